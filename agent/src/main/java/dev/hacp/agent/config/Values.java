package dev.hacp.agent.config;

import dev.hacp.agent.config.Option.Scope;
import dev.hacp.core.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The settings of one command with their sources, and all problems found so far. Two kinds of rules: a text must read as a
/// value of its type, which its [Option] says; and the values must be such as the module's own record takes, which that says.
final class Values {

    private static final Pattern EXPECTED = Pattern.compile("\\(expected: .*\\)$", Pattern.DOTALL);

    /// The texts of one option from the source that won.
    record Given(List<String> texts, Source source) {}

    private final Scope scope;
    private final Map<Option<?>, Given> given;
    private final Map<Option<?>, Object> parsed = new HashMap<>();
    /// Whose problem is noted already.
    private final Set<Option<?>> faulty = new HashSet<>();
    private final List<String> problems;

    Values(Scope scope, Map<Option<?>, Given> given, List<String> problemsOfReading) {
        this.scope = scope;
        this.given = Map.copyOf(given);
        this.problems = new ArrayList<>(problemsOfReading);
        for (Option<?> option : Options.ALL) {
            Given value = given.get(option);
            if (value != null) {
                parse(option, value);
            }
        }
    }

    private void parse(Option<?> option, Given value) {
        List<Object> items = new ArrayList<>();
        // Item by item first, so that each bad one is named.
        for (String text : value.texts()) {
            try {
                items.add(option.parse(List.of(text)));
            } catch (IllegalArgumentException e) {
                problems.add(problem(option, text, expectation(String.valueOf(e.getMessage())), value.source()));
                faulty.add(option);
            }
        }
        if (items.size() == value.texts().size()) {
            parsed.put(option, option.parse(value.texts()));
        }
    }

    private static String expectation(String problem) {
        Matcher matcher = EXPECTED.matcher(problem);
        return matcher.find() ? matcher.group() : "(" + problem + ")";
    }

    private static String problem(Option<?> option, String text, String expectation, Source source) {
        return option.key() + ": " + (text.isEmpty() ? "''" : text) + " " + expectation + " from " + source.text();
    }

    /// Empty when it could not be read: the problem is noted then.
    @SuppressWarnings("unchecked")
    <T> Optional<T> find(Option<T> option) {
        return Optional.ofNullable((T) parsed.get(option));
    }

    /// The default's value where the one given could not be read, so that the others can be judged.
    <T> T get(Option<T> option) {
        return find(option).orElseGet(() -> option.parse(option.defaultIn(scope).texts()));
    }

    /// Makes a module's record of these values, and notes what it says of them. It names a setting as [Option#key] does.
    ///
    /// @return to be asked only after [#throwProblems]
    <T> Supplier<T> make(Supplier<T> record) {
        try {
            T made = record.get();
            return () -> made;
        } catch (ConfigurationException e) {
            // What follows from a value that could not be read is not what is wrong.
            e.problems().stream().filter(problem -> faulty.stream().noneMatch(option -> names(problem, option)))
                    .map(this::withSource).forEach(problems::add);
            return () -> {
                throw e;
            };
        }
    }

    private static boolean names(String problem, Option<?> option) {
        return Pattern.compile("(?<![\\w-])" + Pattern.quote(option.key()) + "(?![\\w-])").matcher(problem).find();
    }

    /// The same with the text that was given, and where.
    private String withSource(String problem) {
        return given.entrySet().stream().filter(entry -> problem.startsWith(entry.getKey().key() + ": ")).findFirst()
                .map(entry -> problem(entry.getKey(), String.join(",", entry.getValue().texts()), expectation(problem),
                        entry.getValue().source()))
                .orElse(problem);
    }

    boolean isGiven(Option<?> option) {
        Given value = given.get(option);
        return value != null && !(value.source() instanceof Source.Default);
    }

    /// Notes a problem when the value could be read and does not fit.
    <T> void check(Option<T> option, Predicate<T> fits, String expected) {
        Optional<T> value = find(option);
        Given text = given.get(option);
        if (value.isPresent() && text != null && !fits.test(value.get())) {
            problems.add(problem(option, String.join(",", text.texts()), "(expected: " + expected + ")",
                    text.source()));
        }
    }

    /// Notes an option that must be given.
    void require(Option<? extends List<?>> option, String example) {
        Given value = given.get(option);
        if (value == null || value.texts().isEmpty()) {
            problems.add(option.key() + ": none given (expected: at least one, such as " + example + ")");
            faulty.add(option);
        }
    }

    void problem(String text) {
        problems.add(text);
    }

    void throwProblems() {
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }
}
