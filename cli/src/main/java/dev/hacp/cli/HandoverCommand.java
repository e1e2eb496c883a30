package dev.hacp.cli;

import dev.hacp.agent.control.ControlClient.Handover;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.core.NodeName;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// `hacp handover`: the VIP goes to another node on purpose.
final class HandoverCommand {

    private static final String TO = "--to";

    private HandoverCommand() {}

    static CommandLine create(Terminal terminal) {
        CommandSpec spec = Usage.command(result -> run(terminal, result), "handover",
                "handover [--to NODE] [OPTION...]",
                "Move the VIP from this node to another one.",
                List.of("Runs on the node that owns the VIP ('hacp status' shows which). The successor is ready before the "
                        + "owner lets go; clients are reset while the address is still here and reconnect at once. Prints who "
                        + "owns the VIP then and how long it took."),
                List.of("before a node is rebooted", "hacp handover", "to one of your choice",
                        "hacp handover --to cp2"));
        spec.addOption(OptionSpec.builder(TO).paramLabel("NODE").type(String.class).arity("1")
                .description("The next owner. [default: the best member]").build());
        return ControlCommands.finish(spec);
    }

    private static int run(Terminal terminal, ParseResult result) {
        Optional<NodeName> to = node(result.matchedOptionValue(TO, ""), TO);
        return ControlCommands.ask(terminal, result, agent -> {
            Handover done = agent.handover(to);
            terminal.out().println(done.owner() + " owns the VIP now; the handover took "
                    + Durations.format(done.took()));
        });
    }

    /// Empty when none is given.
    static Optional<NodeName> node(String text, String flag) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(new NodeName(text));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(List.of("to: " + e.getMessage() + " from " + flag));
        }
    }
}
