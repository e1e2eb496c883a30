package dev.hacp.cli;

import dev.hacp.agent.Version;
import dev.hacp.agent.composition.Departure;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.cli.install.Installation;
import dev.hacp.cli.install.Step;
import dev.hacp.core.ConfigurationException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp install` and `hacp uninstall`: a host without containers.
final class InstallCommand {

    private static final String ROOT = "--root";
    private static final String DRY_RUN = "--dry-run";
    private static final String NO_AOT_CACHE = "--no-aot-cache";
    private static final String PURGE = "--purge";

    private InstallCommand() {}

    static CommandLine install(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "install",
                "install --vip ADDR [OPTION...]", "Install jar, configuration, systemd unit and command on this host.",
                List.of("The options are those of 'hacp run'. They become /etc/hacp/hacp.yaml when there is none; an "
                        + "existing one is kept, so an update is the new jar's 'install' without options. The unit uses "
                        + "the Java that runs this. Nothing is started: the last lines say how."),
                List.of("install and start",
                        "java -jar hacp.jar install --vip 10.0.0.10 && systemctl enable --now hacp",
                        "update", "java -jar hacp.jar install && systemctl restart hacp",
                        "see what would be done", "java -jar hacp.jar install --vip 10.0.0.10 --dry-run"));
        addCommon(spec);
        spec.addOption(OptionSpec.builder(NO_AOT_CACHE)
                .description("Do not make an AOT cache, with which the agent starts faster; it takes some seconds.")
                .build());
        ConfigFlags.addTo(spec, Scope.RUN, Options.of(Scope.RUN));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    static CommandLine uninstall(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            Installation installation = installation(result);
            Optional<Departure> departure = departure(terminal, result, installation);
            apply(terminal, result, installation.uninstall(result.hasMatchedOption(PURGE)));
            departure.ifPresent(leaving -> leave(terminal, result, leaving));
            return Exit.OK;
        }, "uninstall", "uninstall [OPTION...]", "Stop the agent and remove what 'hacp install' put on this host.",
                List.of("The VIP is handed over first, and the node's member Lease is deleted, so that the others no longer "
                        + "count it. The configuration is kept unless --purge is given."),
                List.of("remove it", "hacp uninstall", "the configuration too", "hacp uninstall --purge"));
        addCommon(spec);
        spec.addOption(OptionSpec.builder(PURGE).description("Remove /etc/hacp/hacp.yaml too.").build());
        return new CommandLine(spec);
    }

    private static void addCommon(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(ROOT).paramLabel("FOLDER").type(String.class).arity("1").defaultValue("/")
                .description(
                        "The host's file system. Any other than / is only written to; systemctl is not run. [default: /]")
                .build());
        spec.addOption(OptionSpec.builder(DRY_RUN).description("Print what would be done and do nothing.").build());
    }

    private static int run(Terminal terminal, ParseResult result) throws IOException {
        Installation installation = installation(result);
        ConfigReader.Flags flags = ConfigFlags.read(result, result.commandSpec());
        List<String> arguments = ConfigReader.arguments(Scope.RUN, flags, terminal.surroundings());
        boolean update = installation.isInstalled();
        if (installation.isConfigured()) {
            if (!arguments.isEmpty()) {
                throw new CommandFailure(installation.config() + " exists and is kept, so " + arguments.getFirst()
                        + " is not applied: put it into that file, or remove the file first");
            }
            // A new version may judge it otherwise: better now than when the unit starts.
            flags = new ConfigReader.Flags(Map.of(), Optional.of(installation.config()), flags.problems());
        }
        ConfigReader.agent(flags, terminal.surroundings());
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        boolean aotCache = !result.hasMatchedOption(NO_AOT_CACHE);
        apply(terminal, result, installation.install(jar(), java, aotCache, arguments, Version.number()));
        if (aotCache && !result.hasMatchedOption(DRY_RUN) && !installation.hasAotCache()) {
            terminal.out().println("this Java makes no AOT cache; the agent starts without one");
        }
        terminal.out().println(update ? "next: systemctl restart hacp" : "next: systemctl enable --now hacp");
        return Exit.OK;
    }

    private static Installation installation(ParseResult result) {
        Path root = Path.of(result.<String>matchedOptionValue(ROOT, "/"));
        if (!Files.isDirectory(root)) {
            throw new CommandFailure(root + " is not a directory (expected with " + ROOT + ": the host's file system)");
        }
        return new Installation(root);
    }

    private static void apply(Terminal terminal, ParseResult result, List<Step> steps) {
        boolean dry = result.hasMatchedOption(DRY_RUN);
        for (Step step : steps) {
            try {
                terminal.out().println((dry ? "would " : "") + step.describe());
                terminal.out().flush();
                if (!dry) {
                    step.apply();
                }
            } catch (IOException e) {
                terminal.out().flush();
                throw new CommandFailure(reason(e));
            }
        }
    }

    /// Of the node itself, as far as its configuration can be read: before that is removed.
    private static Optional<Departure> departure(Terminal terminal, ParseResult result, Installation installation) {
        if (!result.<String>matchedOptionValue(ROOT, "/").equals("/") || !installation.isConfigured()) {
            return Optional.empty();
        }
        try {
            AgentConfig config = ConfigReader.agent(
                    new ConfigReader.Flags(Map.of(), Optional.of(installation.config()), List.of()),
                    terminal.surroundings());
            return Optional.of(new Departure(config, terminal.surroundings().environment()));
        } catch (ConfigurationException e) {
            terminal.out().println("the member Lease of this node stays for ten minutes: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static void leave(Terminal terminal, ParseResult result, Departure departure) {
        boolean dry = result.hasMatchedOption(DRY_RUN);
        String lease = departure.namespace() + "/" + departure.lease();
        String problem = dry ? "" : departure.apply();
        terminal.out().println(problem.isEmpty()
                ? (dry ? "would " : "") + "delete Lease " + lease
                : "Lease " + lease + " is not deleted (" + problem
                        + "): the others count this node for ten minutes, or until"
                        + " kubectl -n " + departure.namespace() + " delete lease " + departure.lease());
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException denied
                ? denied.getFile() + ": permission denied; run it as root"
                : String.valueOf(e.getMessage());
    }

    /// The jar that this class came from.
    private static Path jar() {
        try {
            Path jar = Path.of(InstallCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isRegularFile(jar)) {
                throw new CommandFailure("there is no jar to install: start it with java -jar hacp.jar install");
            }
            return jar;
        } catch (URISyntaxException e) {
            throw new CommandFailure("the jar that runs cannot be found: " + e.getMessage());
        }
    }
}
