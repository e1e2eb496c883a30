package dev.hacp.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Rows under headings, each column as wide as it has to be. A colour never takes the place of a word.
public final class Table<T> {

    enum Paint {
        PLAIN(""),
        STRONG("1"),
        QUIET("2"),
        GOOD("32"),
        FAIR("33"),
        BAD("31");

        private final String code;

        Paint(String code) {
            this.code = code;
        }

        String on(String text, boolean colours) {
            return colours && !code.isEmpty() && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
        }
    }

    /// @param text shown as it is, but for control characters: what a peer or a certificate says must not steer a terminal
    record Cell(String text, Paint paint) {

        static final Cell EMPTY = of("");

        Cell {
            text = printable(text);
        }

        static Cell of(String text) {
            return new Cell(text, Paint.PLAIN);
        }
    }

    private record Column<T>(String heading, Function<T, Cell> cell) {}

    private final List<Column<T>> columns = new ArrayList<>();

    public Table<T> column(String heading, Function<T, String> text) {
        return painted(heading, row -> Cell.of(text.apply(row)));
    }

    Table<T> painted(String heading, Function<T, Cell> cell) {
        columns.add(new Column<>(heading, cell));
        return this;
    }

    /// All columns, without colours.
    public String render(List<T> rows) {
        return render(lines(rows), IntStream.range(0, columns.size()).boxed().toList(), false);
    }

    /// The columns that have something to show; empty when none has.
    String renderShown(List<T> rows, boolean colours) {
        List<List<Cell>> lines = lines(rows);
        List<Integer> shown = IntStream.range(0, columns.size())
                .filter(at -> lines.stream().skip(1).anyMatch(line -> !line.get(at).text().isEmpty())).boxed().toList();
        return shown.isEmpty() ? "" : render(lines, shown, colours);
    }

    private List<List<Cell>> lines(List<T> rows) {
        List<List<Cell>> lines = new ArrayList<>();
        lines.add(columns.stream().map(column -> new Cell(column.heading(), Paint.QUIET)).toList());
        rows.forEach(row -> lines.add(columns.stream().map(column -> column.cell().apply(row)).toList()));
        return lines;
    }

    private static String render(List<List<Cell>> lines, List<Integer> columns, boolean colours) {
        StringBuilder text = new StringBuilder();
        for (List<Cell> line : lines) {
            StringBuilder row = new StringBuilder();
            int spaces = 0;
            for (int column : columns) {
                Cell cell = line.get(column);
                String shown = cell.text().isEmpty() && cell.paint() != Paint.QUIET ? "-" : cell.text();
                row.append(" ".repeat(spaces)).append(cell.paint().on(shown, colours));
                spaces = width(lines, column) - shown.length() + 2;
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static int width(List<List<Cell>> lines, int column) {
        return lines.stream().mapToInt(line -> Math.max(1, line.get(column).text().length())).max().orElse(0);
    }

    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
