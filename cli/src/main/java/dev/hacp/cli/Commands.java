package dev.hacp.cli;

import dev.hacp.agent.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The tree of commands.
final class Commands {

    private static final Map<String, Function<Terminal, CommandLine>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("run", RunCommand::create);
        ALL.put("balance", BalanceCommand::create);
        ALL.put("manifest", ManifestCommand::create);
        ALL.put("status", StatusCommand::create);
        ALL.put("connections", ConnectionsCommand::create);
        ALL.put("backend", BackendCommand::create);
        ALL.put("handover", HandoverCommand::create);
        ALL.put("drill", DrillCommand::create);
        ALL.put("doctor", DoctorCommand::create);
        ALL.put("import", ImportCommand::create);
        ALL.put("install", InstallCommand::install);
        ALL.put("uninstall", InstallCommand::uninstall);
        ALL.put("completion", CompletionCommand::create);
        ALL.put("man", ManCommand::create);
        ALL.put("version", VersionCommand::create);
    }

    private Commands() {}

    /// The tree as far as these arguments need it: a named command alone is built, for a quick start.
    static CommandLine tree(Terminal terminal, String... args) {
        CommandSpec spec = Usage.command(Action.NONE, "hacp", "COMMAND [OPTION...]",
                "hacp gives a Kubernetes control plane one address that always answers.",
                List.of("One agent per control-plane node: a Lease decides which node owns the virtual IP, the owner "
                        + "announces it on the LAN and balances clients over the healthy API servers."),
                List.of("run an agent on a kubeadm control-plane node", "hacp run --vip 10.0.0.10",
                        "the same as a static pod",
                        "hacp manifest pod --vip 10.0.0.10 > /etc/kubernetes/manifests/hacp.yaml"));
        spec.addOption(OptionSpec.builder("-V", "--version").versionHelp(true)
                .description("Print the version and exit.").build());
        spec.versionProvider(() -> new String[]{Version.line()});
        CommandLine root = new CommandLine(spec).setExpandAtFiles(false);
        Function<Terminal, CommandLine> only = args.length == 0 ? null : ALL.get(args[0]);
        if (only != null) {
            root.addSubcommand(args[0], only.apply(terminal));
        } else {
            ALL.forEach((name, factory) -> root.addSubcommand(name, factory.apply(terminal)));
        }
        return root;
    }
}
