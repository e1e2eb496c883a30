package dev.hacp.agent.config;

import dev.hacp.core.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The settings of one command with their sources, and all problems found so far.
final class Values {

    private static final Pattern EXPECTED = Pattern.compile("\\(expected: .*\\)$", Pattern.DOTALL);

    /// The texts of one option from the source that won.
    record Given(List<String> texts, Source source) {}

    private final Map<Option<?>, Given> given;
    private final Map<Option<?>, Object> parsed = new HashMap<>();
    private final List<String> problems;

    Values(Map<Option<?>, Given> given, List<String> problemsOfReading) {
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
                problems.add(problem(option, text, expectation(e), value.source()));
            }
        }
        if (items.size() == value.texts().size()) {
            parsed.put(option, option.parse(value.texts()));
        }
    }

    private static String expectation(IllegalArgumentException e) {
        Matcher matcher = EXPECTED.matcher(String.valueOf(e.getMessage()));
        return matcher.find() ? matcher.group() : "(" + e.getMessage() + ")";
    }

    private static String problem(Option<?> option, String text, String expectation, Source source) {
        return option.key() + ": " + (text.isEmpty() ? "''" : text) + " " + expectation + " from " + source.text();
    }

    /// Empty when it could not be read: the problem is noted then.
    @SuppressWarnings("unchecked")
    <T> Optional<T> find(Option<T> option) {
        return Optional.ofNullable((T) parsed.get(option));
    }

    /// Only after [#throwProblems].
    <T> T get(Option<T> option) {
        return find(option).orElseThrow();
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
