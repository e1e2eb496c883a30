package dev.hacp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.control.ControlClient;
import dev.hacp.agent.control.ControlClient.Identity;
import dev.hacp.agent.control.ControlException;
import dev.hacp.agent.status.StatusClient;
import dev.hacp.cli.drill.Drill;
import dev.hacp.cli.drill.DrillException;
import dev.hacp.cli.drill.DrillPlan;
import dev.hacp.cli.drill.DrillPlan.Cause;
import dev.hacp.cli.drill.DrillReport;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp drill`: moves the VIP and measures what that costs.
final class DrillCommand {

    private static final String VIP = "--vip";
    private static final String TO = "--to";
    private static final String WATCH = "--watch";
    private static final String HARD = "--hard";
    private static final String CONFIRM = "--yes-kill-the-agent";
    private static final String WITHIN = "--within";

    private DrillCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "drill",
                "drill [--watch | --to NODE | --hard --yes-kill-the-agent] [OPTION...]",
                "Move the VIP and measure what clients see of it.",
                List.of("On the node that owns the VIP it orders a handover and measures from there. With --watch it orders "
                        + "nothing and measures whatever moves the VIP: run it on another machine, then 'hacp handover', "
                        + "or pull a cable. A new connection is begun every 20 ms, five idle ones are held, and the agents are "
                        + "asked on their admin addresses.", "",
                        "--hard is for a lab: it kills the agent of this node like a crash would, once the confirmation is given "
                                + "too. Whatever started the agent starts it again. The exit code is 1 when nobody took over."),
                List.of("how long does a handover take here", "hacp drill",
                        "on a client machine, while the cable of the owner is pulled",
                        "hacp drill --watch --admin-address 10.0.0.2:9643 --within 2m", "for a script",
                        "hacp drill -o json | jq .gapMs"));
        spec.addOption(OptionSpec.builder(VIP).paramLabel("ADDRESS").type(String.class).arity("1")
                .description("Which VIP is measured; all of them move together. [default: the first]").build());
        spec.addOption(OptionSpec.builder(TO).paramLabel("NODE").type(String.class).arity("1")
                .description("The next owner. [default: the best member]").build());
        spec.addOption(flag(WATCH, "Order nothing; measure until the VIP has moved."));
        spec.addOption(flag(HARD, "Kill the agent of this node, which owns the VIP, instead of asking it."));
        spec.addOption(flag(CONFIRM, "Confirm --hard."));
        spec.addOption(OptionSpec.builder(WITHIN).paramLabel("DURATION").type(String.class).arity("1")
                .defaultValue("60s").description("How long to wait for the move and its end. [default: 60s]").build());
        ControlCommands.addOutput(spec);
        ConfigFlags.addTo(spec, Scope.RUN, List.of(Options.PORT, Options.ADMIN_ADDRESS, Options.CONTROL_SOCKET));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name).type(boolean.class).arity("0").description(description).build();
    }

    private static int run(Terminal terminal, ParseResult result) throws InterruptedException {
        ConfigReader.Flags flags = ConfigFlags.read(result, result.commandSpec());
        Optional<HostPort> admin = ConfigReader.only(Options.ADMIN_ADDRESS, flags, terminal.surroundings());
        Optional<Path> socket = ConfigReader.only(Options.CONTROL_SOCKET, flags, terminal.surroundings());
        int port = ConfigReader.only(Options.PORT, flags, terminal.surroundings());
        boolean json = ControlCommands.json(result);
        Cause cause = cause(result);
        Optional<NodeName> to = to(result);
        Optional<VirtualIp> vip = vip(result);
        Duration within = within(result);
        Consumer<String> progress = sentence -> {
            terminal.err().println(sentence);
            terminal.err().flush();
        };
        StatusClient agent = new StatusClient(admin.orElseThrow(
                () -> new CommandFailure("the agents cannot be asked: admin-address is none")));
        try {
            DrillPlan plan = DrillPlan.of(status(agent), agent.address(), vip, port, cause, within);
            DrillReport report = Drill.hold(plan, beginning(plan, to, socket, progress), progress);
            terminal.out().print(json ? report.json() : report.text());
            return Exit.OK;
        } catch (DrillException | ControlException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private static Drill.Beginning beginning(DrillPlan plan, Optional<NodeName> to, Optional<Path> socket,
            Consumer<String> progress) throws ControlException, DrillException {
        if (plan.cause() == Cause.ELSEWHERE) {
            return () -> {
                progress.accept("ready: now run 'hacp handover' on " + plan.owner()
                        + ", or whatever you want to measure");
                return "";
            };
        }
        ControlClient control = new ControlClient(
                socket.orElseThrow(() -> new CommandFailure("the agent has no control socket: control-socket is none")),
                progress);
        Identity here = control.identity();
        if (!here.ownsVip()) {
            throw new DrillException(here.node() + " does not own the VIP: " + plan.owner() + " does; run on "
                    + plan.owner() + ": hacp drill" + to.map(node -> " " + TO + " " + node).orElse("")
                    + (plan.cause() == Cause.KILL ? " " + HARD + " " + CONFIRM : "")
                    + "; or measure from here with 'hacp drill --watch' and run on " + plan.owner()
                    + ": hacp handover");
        }
        return plan.cause() == Cause.KILL ? here::kill : () -> handOver(control, to);
    }

    private static JsonNode status(StatusClient agent) {
        try {
            return agent.read();
        } catch (IOException e) {
            throw new CommandFailure("no agent at " + agent.url() + " (" + e.getMessage()
                    + "): --admin-address says which one to ask");
        }
    }

    private static String handOver(ControlClient control, Optional<NodeName> to) throws DrillException {
        try {
            ControlClient.Handover done = control.handover(to);
            return "told to hand over (to " + done.owner() + ", which took the agent "
                    + Durations.format(done.took()) + ")";
        } catch (ControlException e) {
            throw new DrillException(String.valueOf(e.getMessage()));
        }
    }

    private static Cause cause(ParseResult result) {
        boolean watch = result.hasMatchedOption(WATCH);
        boolean hard = result.hasMatchedOption(HARD);
        List<String> problems = new ArrayList<>();
        if (hard && !result.hasMatchedOption(CONFIRM)) {
            problems.add("hard: it kills the agent of this node (expected: " + CONFIRM + " as well) from " + HARD);
        }
        if (!hard && result.hasMatchedOption(CONFIRM)) {
            problems.add("yes-kill-the-agent: (expected: " + HARD + " as well) from " + CONFIRM);
        }
        if ((watch && hard) || (result.hasMatchedOption(TO) && (watch || hard))) {
            problems.add("one of " + WATCH + ", " + HARD + " and " + TO + " at a time");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return watch ? Cause.ELSEWHERE : hard ? Cause.KILL : Cause.HANDOVER;
    }

    private static Optional<VirtualIp> vip(ParseResult result) {
        String text = result.matchedOptionValue(VIP, "");
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(VirtualIp.parse(text));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(List.of("vip: " + e.getMessage() + " from " + VIP));
        }
    }

    private static Optional<NodeName> to(ParseResult result) {
        return HandoverCommand.node(result.matchedOptionValue(TO, ""), TO);
    }

    private static Duration within(ParseResult result) {
        String text = result.matchedOptionValue(WITHIN, "60s");
        try {
            Duration within = Durations.parse(text);
            if (within.compareTo(Duration.ofSeconds(1)) >= 0 && within.compareTo(Duration.ofHours(1)) <= 0) {
                return within;
            }
        } catch (IllegalArgumentException e) {
            // Told below like one that is too short.
        }
        throw new ConfigurationException(List.of("within: " + text + " (expected: 1s to 1h) from " + WITHIN));
    }
}
