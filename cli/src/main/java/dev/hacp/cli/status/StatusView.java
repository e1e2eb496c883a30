package dev.hacp.cli.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// One screen from a status: what is a single value on top, each list as a table below. It shows whatever the agent tells,
/// so that an older `hacp status` does not hide what a newer agent knows.
public final class StatusView {

    private static final Pattern GOOD = Pattern.compile("up|yes|leader|ok");
    private static final Pattern BAD = Pattern.compile("down|conflict|error|failed|unreachable|suspect");
    private static final Pattern FAIR = Pattern.compile("drain|draining|starting|waiting|maint|unknown");

    private final boolean colours;

    public StatusView(boolean colours) {
        this.colours = colours;
    }

    public String render(JsonNode status) {
        StringBuilder screen = new StringBuilder();
        Map<String, String> values = new LinkedHashMap<>();
        flatten("", status, values);
        int width = values.keySet().stream().mapToInt(String::length).max().orElse(0);
        values.forEach((key, value) -> screen.append(padded(key, width)).append("  ").append(coloured(value))
                .append('\n'));
        status.properties().stream().filter(entry -> entry.getValue().isArray() && !entry.getValue().isEmpty())
                .forEach(entry -> {
                    screen.append('\n');
                    if (entry.getValue().get(0).isObject()) {
                        table(screen, entry.getKey(), entry.getValue());
                    } else {
                        screen.append(heading(entry.getKey())).append('\n');
                        entry.getValue().forEach(item -> screen.append(text(item)).append('\n'));
                    }
                });
        return screen.toString();
    }

    private void table(StringBuilder screen, String name, JsonNode rows) {
        List<Map<String, String>> cells = new ArrayList<>();
        Set<String> columns = new LinkedHashSet<>();
        for (JsonNode row : rows) {
            Map<String, String> values = new LinkedHashMap<>();
            flatten("", row, values);
            cells.add(values);
            columns.addAll(values.keySet());
        }
        screen.append(heading(name)).append('\n');
        List<String> last = new ArrayList<>(columns);
        StringBuilder head = new StringBuilder();
        for (String column : columns) {
            head.append(padded(column, width(column, cells))).append("  ");
        }
        screen.append(head.toString().stripTrailing()).append('\n');
        for (Map<String, String> row : cells) {
            StringBuilder line = new StringBuilder();
            for (String column : columns) {
                String value = row.getOrDefault(column, "-");
                boolean isLast = column.equals(last.getLast());
                line.append(coloured(value))
                        .append(isLast ? "" : " ".repeat(width(column, cells) - value.length() + 2));
            }
            screen.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private static int width(String column, List<Map<String, String>> rows) {
        return Math.max(column.length(),
                rows.stream().mapToInt(row -> row.getOrDefault(column, "-").length()).max().orElse(0));
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> into) {
        node.properties().forEach(entry -> {
            String key = prefix + entry.getKey();
            if (entry.getValue().isObject()) {
                flatten(key + ".", entry.getValue(), into);
            } else if (!entry.getValue().isArray()) {
                into.put(key, text(entry.getValue()));
            } else if (!prefix.isEmpty()) {
                List<String> items = new ArrayList<>();
                entry.getValue().forEach(item -> items.add(text(item)));
                into.put(key, String.join(",", items));
            }
        });
    }

    private static String text(JsonNode value) {
        if (value.isNull()) {
            return "-";
        }
        if (value.isBoolean()) {
            return value.asBoolean() ? "yes" : "no";
        }
        String text = value.isValueNode() ? value.asText() : value.toString();
        return text.isEmpty() ? "-" : text;
    }

    private String heading(String name) {
        String words = name.toUpperCase(Locale.ROOT);
        return colours ? "\u001b[1m" + words + "\u001b[0m" : words;
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private String coloured(String value) {
        if (!colours) {
            return value;
        }
        String plain = value.toLowerCase(Locale.ROOT);
        String code = GOOD.matcher(plain).matches()
                ? "32"
                : BAD.matcher(plain).matches() ? "31" : FAIR.matcher(plain).matches() ? "33" : "";
        return code.isEmpty() ? value : "\u001b[" + code + "m" + value + "\u001b[0m";
    }
}
