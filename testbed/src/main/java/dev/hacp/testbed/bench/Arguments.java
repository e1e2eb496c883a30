package dev.hacp.testbed.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

    boolean asks(String name) {
        return values.containsKey(name);
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
