package dev.hacp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Rows under headings, as wide as they have to be.
final class Table<T> {

    private record Column<T>(String heading, Function<T, String> cell) {}

    private final List<Column<T>> columns = new ArrayList<>();

    Table<T> column(String heading, Function<T, String> cell) {
        columns.add(new Column<>(heading, cell));
        return this;
    }

    String render(List<T> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns.stream().map(Column::heading).toList());
        rows.forEach(row -> lines.add(columns.stream().map(column -> column.cell().apply(row))
                .map(cell -> cell.isEmpty() ? "-" : cell).toList()));
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder();
            for (int i = 0; i < line.size(); i++) {
                int at = i;
                int width = lines.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
                padded.append(line.get(i)).append(" ".repeat(width - line.get(i).length() + 2));
            }
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /// `312 B`, `4.1 MiB`
    static String bytes(long n) {
        if (n < 1024) {
            return n + " B";
        }
        double value = n;
        int unit = -1;
        while (value >= 1024 && unit < 4) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, "KMGTP".charAt(unit));
    }
}
