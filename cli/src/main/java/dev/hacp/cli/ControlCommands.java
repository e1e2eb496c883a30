package dev.hacp.cli;

import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.control.ControlClient;
import dev.hacp.agent.control.ControlException;
import dev.hacp.core.ConfigurationException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// What the commands that speak to the agent of this node have in common.
final class ControlCommands {

    private static final String OUTPUT = "--output";

    private ControlCommands() {}

    /// Asks and prints.
    @FunctionalInterface
    interface Question {
        void ask(ControlClient agent) throws ControlException;
    }

    static void addOutput(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-o", OUTPUT).paramLabel("FORMAT").type(String.class).arity("1")
                .defaultValue("text").completionCandidates(List.of("text", "json"))
                .description("text or json. [default: text]").build());
    }

    static boolean json(ParseResult result) {
        String format = result.matchedOptionValue(OUTPUT, "text");
        if (!format.equals("text") && !format.equals("json")) {
            throw new ConfigurationException(List.of("output: " + format + " (expected: text or json) from " + OUTPUT));
        }
        return format.equals("json");
    }

    /// With the option that says where the agent listens.
    static CommandLine finish(CommandSpec spec) {
        ConfigFlags.addTo(spec, Scope.RUN, List.of(Options.CONTROL_SOCKET));
        CommandLine line = new CommandLine(spec);
        Usage.groupOptions(line, Scope.RUN);
        return line;
    }

    static int ask(Terminal terminal, ParseResult result, Question question) {
        Path socket = ConfigReader.only(Options.CONTROL_SOCKET, ConfigFlags.read(result, result.commandSpec()),
                terminal.surroundings())
                .orElseThrow(() -> new CommandFailure("the agent has no control socket: control-socket is none"));
        try {
            question.ask(new ControlClient(socket, sentence -> {
                terminal.err().println(sentence);
                terminal.err().flush();
            }));
            return Exit.OK;
        } catch (ControlException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }
}
