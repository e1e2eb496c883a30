package dev.hacp.cli;

import dev.hacp.agent.config.Suggestion;
import dev.hacp.core.ConfigurationException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Runs one command line and says in one clear line each what was wrong with it.
final class CommandLineRunner {

    private final Terminal terminal;

    CommandLineRunner(Terminal terminal) {
        this.terminal = terminal;
    }

    /// @return the exit code
    int run(String... args) {
        CommandLine root = Commands.tree(terminal, args);
        Ansi ansi = terminal.colours() ? Ansi.ON : Ansi.OFF;
        root.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
        root.setOut(terminal.out());
        root.setErr(terminal.err());
        root.setParameterExceptionHandler(this::misused);
        root.setExecutionStrategy(this::perform);
        return root.execute(args);
    }

    private int misused(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        terminal.err().println(name + ": " + describe(e, command));
        terminal.err().println("See '" + name + " --help'.");
        return Exit.USAGE;
    }

    private static String describe(ParameterException e, CommandLine command) {
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            if (word.startsWith("-")) {
                List<String> flags = command.getCommandSpec().optionsMap().keySet().stream()
                        .filter(flag -> flag.startsWith("--")).sorted().toList();
                return "unknown option '" + word + "'" + Suggestion.hint(word, flags);
            }
            return command.getSubcommands().isEmpty()
                    ? "unexpected argument '" + word + "'"
                    : "unknown command '" + word + "'"
                            + Suggestion.hint(word, command.getSubcommands().keySet());
        }
        return String.valueOf(e.getMessage());
    }

    private int perform(ParseResult parsed) {
        Integer help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        CommandSpec spec = last.commandSpec();
        String name = spec.qualifiedName();
        Action action = (Action) spec.userObject();
        if (action.equals(Action.NONE)) {
            terminal.err().println(name + ": which command? (expected: one of "
                    + String.join(", ", spec.subcommands().keySet()) + ")");
            terminal.err().println("See '" + name + " --help'.");
            return Exit.USAGE;
        }
        try {
            return action.run(last);
        } catch (ConfigurationException e) {
            printProblems(name, e.problems());
            return Exit.USAGE;
        } catch (CommandFailure e) {
            terminal.err().println(name + ": " + e.getMessage());
            return Exit.FAILURE;
        } catch (Exception e) {
            // An internal error: the reader needs the stack trace.
            terminal.err().println(name + ": unexpected failure");
            e.printStackTrace(terminal.err());
            return Exit.FAILURE;
        }
    }

    private void printProblems(String name, List<String> problems) {
        terminal.err().println(name + ": the configuration has "
                + (problems.size() == 1 ? "a problem:" : problems.size() + " problems:"));
        problems.forEach(problem -> terminal.err().println("  " + problem));
        terminal.err().println("See '" + name + " --help'.");
    }
}
