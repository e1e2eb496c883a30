package dev.hacp.testbed.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// `--name value` and `--name`.
final class Arguments {

    private final Map<String, String> values = new HashMap<>();

    Arguments(String... args) {
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("--")) {
                throw new IllegalArgumentException("'" + args[i] + "' (expected: --name [value])");
            }
            boolean hasValue = i + 1 < args.length && !args[i + 1].startsWith("--");
            values.put(args[i].substring(2), hasValue ? args[++i] : "");
        }
    }

    String value(String name, String otherwise) {
        String value = values.getOrDefault(name, "");
        return value.isEmpty() ? otherwise : value;
    }

    /// `--name hacp=20,kube-vip-5=3`
    ///
    /// @throws IllegalArgumentException when something else is given
    Map<String, Integer> numbers(String name, Collection<String> keys) {
        Map<String, Integer> numbers = new HashMap<>();
        for (String item : value(name, "").split(",")) {
            if (!item.isEmpty()) {
                int at = item.lastIndexOf('=');
                if (at < 0 || !keys.contains(item.substring(0, at)) || !item.substring(at + 1).matches("\\d{1,6}")) {
                    throw new IllegalArgumentException(
                            "--" + name + ": '" + item + "' (expected: NAME=NUMBER, the names being "
                                    + String.join(",", keys) + ")");
                }
                numbers.put(item.substring(0, at), Integer.parseInt(item.substring(at + 1)));
            }
        }
        return numbers;
    }

    /// The path that is given, when a program is there.
    Optional<Path> program(String name) {
        return Optional.of(value(name, "")).filter(text -> !text.isEmpty()).map(Path::of).filter(Files::isExecutable);
    }

    /// @throws IllegalArgumentException when the comma-separated list `name` has something else than these
    void allow(String name, Collection<String> items) {
        List<String> known = items.stream().map(item -> item.toLowerCase(Locale.ROOT)).toList();
        for (String item : value(name, "").toLowerCase(Locale.ROOT).split(",")) {
            if (!item.isEmpty() && !known.contains(item)) {
                throw new IllegalArgumentException(
                        "--" + name + ": '" + item + "' (expected: some of " + String.join(",", known) + ")");
            }
        }
    }

    /// Whether the comma-separated list `name` has the item, or is not given.
    boolean selects(String name, String item) {
        List<String> wanted = Arrays.asList(values.getOrDefault(name, item).toLowerCase(Locale.ROOT).split(","));
        return wanted.contains(item.toLowerCase(Locale.ROOT));
    }
}
