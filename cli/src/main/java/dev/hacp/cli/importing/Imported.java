package dev.hacp.cli.importing;

import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Option.Shape;
import dev.hacp.agent.config.Options;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What several files come to: options of `hacp run`, and remarks.
public final class Imported {

    private final Map<Option<?>, Set<String>> options = new HashMap<>();
    private final Set<String> remarks = new LinkedHashSet<>();

    Imported() {}

    /// Takes over a setting; a second, different value of one that can be given only once becomes a remark.
    void put(Option<?> option, String value, Place place) {
        Set<String> values = options.computeIfAbsent(option, key -> new LinkedHashSet<>());
        if (value.contains("${")) {
            remark(place, option.key() + ": '" + value + "' is a template's variable; give the value yourself");
        } else if (option.shape() != Shape.MANY && !values.isEmpty() && !values.contains(value)) {
            remark(place, option.key() + " is " + values.iterator().next() + " already; " + value + " is left out");
        } else {
            values.add(value);
        }
    }

    void remark(Place place, String text) {
        remarks.add(place + ": " + text);
    }

    public List<String> remarks() {
        return List.copyOf(remarks);
    }

    /// The values by option, for the configuration reader.
    public Map<Option<?>, List<String>> options() {
        Map<Option<?>, List<String>> lists = new HashMap<>();
        options.forEach((option, values) -> {
            if (!values.isEmpty()) {
                lists.put(option, new ArrayList<>(values));
            }
        });
        return lists;
    }

    /// A command line.
    public String asCommand() {
        StringBuilder text = new StringBuilder("hacp run");
        for (Option<?> option : Options.ALL) {
            for (String value : options().getOrDefault(option, List.of())) {
                text.append(" \\\n  ").append(option.flag()).append(option.shape() == Shape.SWITCH ? "=" : " ")
                        .append(value);
            }
        }
        return text.append('\n').toString();
    }

    /// A file for `--config`.
    public String asYaml() {
        StringBuilder text = new StringBuilder();
        for (Option<?> option : Options.ALL) {
            List<String> values = options().getOrDefault(option, List.of());
            if (option.shape() == Shape.MANY && !values.isEmpty()) {
                text.append(option.key()).append(":\n");
                values.forEach(value -> text.append("- \"").append(value).append("\"\n"));
            } else if (!values.isEmpty()) {
                text.append(option.key()).append(": \"").append(values.getFirst()).append("\"\n");
            }
        }
        return text.toString();
    }

    /// @param line one-based
    record Place(String file, int line) {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }
}
