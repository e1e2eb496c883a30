package dev.hacp.cli;

import dev.hacp.agent.Version;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.BalanceConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.cli.manifest.Manifests;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp manifest …`: what to apply, on stdout.
final class ManifestCommand {

    private static final String IMAGE = "--image";
    private static final String JAVA = "--java";
    private static final String JAR = "--jar";

    private ManifestCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(Action.NONE, "manifest", "manifest KIND [OPTION...]",
                "Print a manifest that carries the given options.",
                List.of("The options are those of 'hacp run' (balance-pod and balance-systemd: of 'hacp balance'), from "
                        + "flags, variables and the file; they are checked here and carried as arguments."),
                List.of("a static pod", "hacp manifest pod --vip 10.0.0.10 > /etc/kubernetes/manifests/hacp.yaml",
                        "a DaemonSet with its service account",
                        "(hacp manifest rbac; echo ---; hacp manifest daemonset --vip 10.0.0.10) | kubectl apply -f -"));
        CommandLine line = new CommandLine(spec);
        line.addSubcommand("pod", ofRun(terminal, "pod", "Static pod for control-plane nodes.",
                "/etc/kubernetes/manifests/hacp.yaml", true, (config, arguments, result) -> Manifests.pod(config,
                        arguments, text(result, IMAGE), Version.number())));
        line.addSubcommand("daemonset", ofRun(terminal, "daemonset",
                "DaemonSet for control-plane nodes; needs the service account of 'hacp manifest rbac'.", "hacp.yaml",
                true, (config, arguments, result) -> Manifests.daemonSet(config, arguments, text(result, IMAGE),
                        Version.number())));
        line.addSubcommand("rbac", rbac(terminal));
        line.addSubcommand("systemd", systemd(ofRun(terminal, "systemd", "Hardened systemd unit.",
                "/etc/systemd/system/hacp.service", false, (config, arguments, result) -> Manifests.systemd(arguments,
                        Path.of(text(result, JAVA)), Path.of(text(result, JAR)), Version.number()))));
        line.addSubcommand("kubeadm", ofRun(terminal, "kubeadm",
                "The part of a kubeadm ClusterConfiguration that concerns the VIP.", "kubeadm.yaml", false,
                (config, arguments, result) -> Manifests.kubeadm(config)));
        line.addSubcommand("balance-pod", ofBalance(terminal, "balance-pod",
                "Static pod for worker nodes: the balancer alone.", "/etc/kubernetes/manifests/hacp-balance.yaml", true,
                (config, arguments, result) -> Manifests.balancePod(config, arguments, text(result, IMAGE),
                        Version.number())));
        line.addSubcommand("balance-systemd", systemd(ofBalance(terminal, "balance-systemd",
                "Hardened systemd unit for worker nodes: the balancer alone.",
                "/etc/systemd/system/hacp-balance.service", false,
                (config, arguments, result) -> Manifests.balanceSystemd(arguments, Path.of(text(result, JAVA)),
                        Path.of(text(result, JAR)), Version.number()))));
        return line;
    }

    /// The pod has probes, and those need something to ask: on loopback, beside the ports of `hacp run`. Anyone who
    /// wants none says so.
    private static ConfigReader.Flags withProbes(ConfigReader.Flags flags, List<String> arguments) {
        String option = Options.ADMIN_ADDRESS.flag() + "=";
        if (arguments.stream().anyMatch(argument -> argument.startsWith(option))) {
            return flags;
        }
        Map<Option<?>, List<String>> values = new HashMap<>(flags.values());
        values.put(Options.ADMIN_ADDRESS, List.of("127.0.0.1:9645"));
        return new ConfigReader.Flags(values, flags.config(), flags.problems());
    }

    /// Renders from a checked configuration.
    @FunctionalInterface
    private interface Renderer<C> {
        String render(C config, List<String> arguments, ParseResult result);
    }

    private static CommandLine ofRun(Terminal terminal, String name, String header, String target, boolean image,
            Renderer<AgentConfig> renderer) {
        Action action = result -> {
            ConfigReader.Flags flags = ConfigFlags.read(result, result.commandSpec());
            // The manifest serves every node: the name of this one plays no part.
            AgentConfig config = ConfigReader.agent(flags, terminal.surroundings().withHostName("node"));
            terminal.out().print(renderer.render(config,
                    ConfigReader.arguments(Scope.RUN, flags, terminal.surroundings()), result));
            return Exit.OK;
        };
        return finish(action, name, Scope.RUN, header, "--vip ADDR", "--vip 10.0.0.10", target, image);
    }

    private static CommandLine ofBalance(Terminal terminal, String name, String header, String target, boolean image,
            Renderer<BalanceConfig> renderer) {
        Action action = result -> {
            ConfigReader.Flags given = ConfigFlags.read(result, result.commandSpec());
            ConfigReader.Flags flags = image
                    ? withProbes(given, ConfigReader.arguments(Scope.BALANCE, given, terminal.surroundings()))
                    : given;
            BalanceConfig config = ConfigReader.balance(flags, terminal.surroundings());
            terminal.out().print(renderer.render(config,
                    ConfigReader.arguments(Scope.BALANCE, flags, terminal.surroundings()), result));
            return Exit.OK;
        };
        return finish(action, name, Scope.BALANCE, header, "--listen ADDR:PORT --backend HOST:PORT",
                "--listen 127.0.0.1:7445 --backend 10.0.0.1:6443", target, image);
    }

    private static CommandLine rbac(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> {
            terminal.out().print(Manifests.rbac(ConfigReader.only(Options.LEASE_NAMESPACE,
                    ConfigFlags.read(result, result.commandSpec()), terminal.surroundings())));
            return Exit.OK;
        }, "rbac", "manifest rbac [OPTION...]",
                "Service account of the DaemonSet and what it may do, and nothing else.",
                List.of(), List.of("apply it before the DaemonSet", "hacp manifest rbac | kubectl apply -f -"));
        ConfigFlags.addTo(spec, Scope.RUN, List.of(Options.LEASE_NAMESPACE));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    private static CommandLine finish(Action action, String name, Scope scope, String header, String needed,
            String example, String target, boolean image) {
        CommandSpec spec = Usage.command(action, name, "manifest " + name + " " + needed + " [OPTION...]", header,
                List.of(),
                List.of("write it where it belongs", "hacp manifest " + name + " " + example + " > " + target));
        if (image) {
            spec.addOption(OptionSpec.builder(IMAGE).paramLabel("NAME").type(String.class).arity("1")
                    .defaultValue("localhost/hacp:" + Version.number())
                    .description("Image of the pod. [default: localhost/hacp:VERSION, as deploy/image/build names it]")
                    .build());
        }
        ConfigFlags.addTo(spec, scope, Options.of(scope));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, scope);
        return line;
    }

    private static CommandLine systemd(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        spec.addOption(OptionSpec.builder(JAVA).paramLabel("FILE").type(String.class).arity("1")
                .defaultValue(Path.of(System.getProperty("java.home"), "bin", "java").toString())
                .description("Java of the unit. [default: the one that runs this]").build());
        spec.addOption(OptionSpec.builder(JAR).paramLabel("FILE").type(String.class).arity("1")
                .defaultValue("/opt/hacp/hacp.jar")
                .description("The jar on that host. [default: /opt/hacp/hacp.jar]").build());
        return line;
    }

    private static String text(ParseResult result, String option) {
        return String.valueOf(result.commandSpec().findOption(option).<Object>getValue());
    }
}
