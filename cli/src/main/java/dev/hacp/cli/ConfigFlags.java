package dev.hacp.cli;

import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Option.Shape;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Suggestion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The table of options as flags of a command. Their values stay text here: the reader judges them together with the
/// other sources, so that all problems are reported together.
final class ConfigFlags {

    static final String CONFIG = "--config";

    private ConfigFlags() {}

    static void addTo(CommandSpec spec, Scope scope, List<Option<?>> options) {
        for (Option<?> option : options) {
            boolean many = option.shape() == Shape.MANY;
            OptionSpec.Builder flag = OptionSpec.builder(option.flag()).paramLabel(option.placeholder())
                    .description(Usage.escape(option.help() + " [default: " + option.defaultIn(scope).words() + "]"));
            if (many) {
                flag.type(String[].class).arity("1");
            } else if (option.shape() == Shape.SWITCH) {
                flag.type(String.class).arity("0..1").fallbackValue("true").defaultValue(null);
            } else {
                flag.type(String.class).arity("1");
            }
            spec.addOption(flag.build());
        }
        spec.addOption(OptionSpec.builder("-c", CONFIG).paramLabel("FILE").type(String.class).arity("1")
                .description(
                        "YAML file with the same keys as the flags, without dashes in front. [default: the variable "
                                + ConfigReader.CONFIG_VARIABLE + "]")
                .build());
        spec.parser().collectErrors(true);
    }

    /// All that the command line says, also what it says wrongly.
    static ConfigReader.Flags read(ParseResult result, CommandSpec spec) {
        Map<Option<?>, List<String>> values = new HashMap<>();
        for (Option<?> option : Options.ALL) {
            if (result.hasMatchedOption(option.flag())) {
                Object value = result.matchedOptionValue(option.flag(), null);
                List<String> texts = switch (value) {
                    case String[] several -> Arrays.asList(several);
                    case String text -> List.of(text);
                    case null, default -> List.of();
                };
                if (!texts.isEmpty()) {
                    values.put(option, texts);
                }
            }
        }
        Optional<Path> config = Optional.ofNullable(result.<String>matchedOptionValue(CONFIG, null)).map(Path::of);
        return new ConfigReader.Flags(values, config, problems(result.errors(), spec));
    }

    private static List<String> problems(List<Exception> errors, CommandSpec spec) {
        List<String> problems = new ArrayList<>();
        for (Exception error : errors) {
            switch (error) {
                case UnmatchedArgumentException unmatched -> problems.addAll(unmatched(unmatched, spec));
                case OverwrittenOptionException twice -> problems.add(name(twice.getOverwritten())
                        + ": given twice (expected: once) from the command line");
                case MissingParameterException missing -> problems.add(missing.getMissing().isEmpty()
                        ? String.valueOf(missing.getMessage())
                        : name(missing.getMissing().getFirst()) + ": no value (expected: "
                                + missing.getMissing().getFirst().paramLabel() + ") from the command line");
                default -> problems.add(String.valueOf(error.getMessage()));
            }
        }
        return problems;
    }

    private static String name(picocli.CommandLine.Model.ArgSpec arg) {
        return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
    }

    private static List<String> unmatched(UnmatchedArgumentException e, CommandSpec spec) {
        List<String> problems = new ArrayList<>();
        boolean afterUnknownFlag = false;
        for (String argument : e.getUnmatched()) {
            if (argument.startsWith("-")) {
                String flag = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
                problems.add(flag + ": unknown option" + Suggestion.hint(flag,
                        spec.optionsMap().keySet().stream().filter(name -> name.startsWith("--")).sorted().toList()));
                afterUnknownFlag = !argument.contains("=");
            } else {
                // What follows an unknown flag is most likely its value.
                if (!afterUnknownFlag) {
                    problems.add(argument + ": unexpected argument (expected: options only)");
                }
                afterUnknownFlag = false;
            }
        }
        return problems;
    }
}
