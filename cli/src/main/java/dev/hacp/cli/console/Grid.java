package dev.hacp.cli.console;

import java.util.ArrayList;
import java.util.List;

/// Rows of cells under headings, each column as wide as it has to be; what is empty in every row is left out. A colour
/// never takes the place of a word.
final class Grid {

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

    private final boolean colours;
    private final List<List<Cell>> lines = new ArrayList<>();

    Grid(boolean colours, List<String> headings) {
        this.colours = colours;
        lines.add(headings.stream().map(heading -> new Cell(heading, Paint.QUIET)).toList());
    }

    void row(List<Cell> cells) {
        lines.add(List.copyOf(cells));
    }

    /// Empty when no cell has anything to show.
    String render() {
        StringBuilder text = new StringBuilder();
        List<Integer> columns = new ArrayList<>();
        for (int column = 0; column < lines.getFirst().size(); column++) {
            int at = column;
            if (lines.stream().skip(1).anyMatch(line -> !line.get(at).text().isEmpty())) {
                columns.add(column);
            }
        }
        if (columns.isEmpty()) {
            return "";
        }
        for (List<Cell> line : lines) {
            StringBuilder row = new StringBuilder();
            int spaces = 0;
            for (int column : columns) {
                Cell cell = line.get(column);
                String shown = cell.text().isEmpty() && cell.paint() != Paint.QUIET ? "-" : cell.text();
                row.append(" ".repeat(spaces)).append(cell.paint().on(shown, colours));
                spaces = width(column) - shown.length() + 2;
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int width(int column) {
        return lines.stream().mapToInt(line -> Math.max(1, line.get(column).text().length())).max().orElse(0);
    }

    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
