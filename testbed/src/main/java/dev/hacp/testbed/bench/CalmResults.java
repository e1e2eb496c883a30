package dev.hacp.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Who had which VIP in which scenario, and the table it comes to.
final class CalmResults {

    private static final long MOST_NOBODY_MICROS = 500_000;

    private final Run run = Run.begin();
    private final List<Product> products;
    private final Duration length;
    private final Map<String, Row> rows = new LinkedHashMap<>();

    /// One scenario, all its stretches.
    private static final class Row {

        private final String title;
        private final Map<Product, List<Stretch>> stretches = new LinkedHashMap<>();
        private final List<Double> load = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        Row(String title) {
            this.title = title;
        }
    }

    private record Stretch(HolderHistory history, int restarts) {}

    CalmResults(List<Product> products, Duration length) {
        this.products = List.copyOf(products);
        this.length = length;
    }

    /// @param restarts of processes that ended by themselves
    void add(String name, String title, Product product, HolderHistory history, int restarts) {
        rows.computeIfAbsent(name, n -> new Row(title)).stretches.computeIfAbsent(product, p -> new ArrayList<>())
                .add(new Stretch(history, restarts));
    }

    void load(String name, LoadAverage load) {
        Row row = rows.get(name);
        if (row != null) {
            row.load.addAll(load.samples());
        }
    }

    void note(String name, String note) {
        Row row = rows.get(name);
        if (row != null && !note.isEmpty()) {
            row.notes.add(note);
        }
    }

    private static int moves(List<Stretch> stretches) {
        return stretches.stream().mapToInt(stretch -> stretch.history().moves()).sum();
    }

    private static long longest(List<Stretch> stretches, Function<HolderHistory, List<Long>> spans) {
        return stretches.stream().flatMap(stretch -> spans.apply(stretch.history()).stream()).mapToLong(Long::longValue)
                .max().orElse(0);
    }

    private static long total(List<Stretch> stretches, Function<HolderHistory, List<Long>> spans) {
        return stretches.stream().flatMap(stretch -> spans.apply(stretch.history()).stream()).mapToLong(Long::longValue)
                .sum();
    }

    private static String cell(List<Stretch> stretches) {
        return stretches.isEmpty()
                ? "-"
                : String.format(Locale.ROOT, "%d, %d, %d", moves(stretches),
                        rounded(longest(stretches, HolderHistory::nobody)),
                        rounded(longest(stretches, HolderHistory::two))) + first(stretches);
    }

    /// When each start had its first owner; empty text where there was one from the beginning.
    private static String first(List<Stretch> stretches) {
        List<OptionalLong> first = stretches.stream().map(stretch -> stretch.history().first()).toList();
        return first.stream().allMatch(micros -> micros.isPresent() && micros.getAsLong() == 0)
                ? ""
                : "; first owner after " + first.stream()
                        .map(micros -> micros.isPresent() ? micros.getAsLong() / 1_000_000 + " s" : "never")
                        .collect(Collectors.joining(", ")).replace("after never", "never");
    }

    /// Microseconds in milliseconds; what was there at all is at least one.
    private static long rounded(long micros) {
        return micros == 0 ? 0 : Math.max(1, Math.round(micros / 1000.0));
    }

    private static double quantile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1L, (long) (sorted.size() * share)));
    }

    /// A scenario's outcome in one line.
    String line(String name) {
        Row row = rows.get(name);
        return row == null
                ? name
                : name + ": moves, longest nobody ms, longest two ms: " + String.join("; ",
                        row.stretches.entrySet().stream().map(e -> e.getKey() + " " + cell(e.getValue())).toList());
    }

    String table() {
        StringBuilder text = new StringBuilder("| moves, longest time nobody had the VIP, two had it (ms) |");
        products.forEach(product -> text.append(' ').append(product).append(" |"));
        text.append(" runnable threads, median, 95 % |\n|---|").append("---|".repeat(products.size() + 1)).append('\n');
        for (Row row : rows.values()) {
            text.append("| ").append(row.title).append(" |");
            products.forEach(product -> text.append(' ')
                    .append(cell(row.stretches.getOrDefault(product, List.of()))).append(" |"));
            text.append(String.format(Locale.ROOT, " %.0f, %.0f |%n", quantile(row.load, 0.5),
                    quantile(row.load, 0.95)));
        }
        return text.append("\n").append(String.format(Locale.ROOT, "%.1f", length.toSeconds() / 60.0))
                .append(" minutes each. Run ").append(run).append(".\n").toString();
    }

    /// Where hacp moved, or nobody had its VIP for longer than promised.
    List<String> broken() {
        List<String> broken = new ArrayList<>();
        rows.forEach((name, row) -> {
            List<Stretch> hacp = row.stretches.getOrDefault(Product.HACP, List.of());
            if (moves(hacp) > 0) {
                broken.add(name + ": the VIP of hacp moved " + moves(hacp) + " times");
            }
            long nobody = longest(hacp, HolderHistory::nobody);
            if (nobody > MOST_NOBODY_MICROS) {
                broken.add(name + ": nobody had the VIP of hacp for " + rounded(nobody) + " ms");
            }
        });
        return broken;
    }

    /// Table and everything that happened; what is there already is replaced.
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Map<String, Object> all = new LinkedHashMap<>(run.facts());
        all.put("minutes", length.toMillis() / 60_000.0);
        Map<String, Object> scenarios = new LinkedHashMap<>();
        rows.forEach((name, row) -> {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("title", row.title);
            facts.put("notes", row.notes);
            facts.put("runnableMedian", quantile(row.load, 0.5));
            facts.put("runnable95", quantile(row.load, 0.95));
            Map<String, Object> each = new LinkedHashMap<>();
            row.stretches.forEach((product, stretches) -> each.put(product.toString(), facts(stretches)));
            facts.put("products", each);
            scenarios.put(name, facts);
        });
        all.put("scenarios", scenarios);
        Files.writeString(folder.resolve("events.json"),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
        Files.writeString(folder.resolve("table.md"), table());
    }

    private static Map<String, Object> facts(List<Stretch> stretches) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("moves", moves(stretches));
        facts.put("nobodyLongestMicros", longest(stretches, HolderHistory::nobody));
        facts.put("nobodyTotalMicros", total(stretches, HolderHistory::nobody));
        facts.put("twoLongestMicros", longest(stretches, HolderHistory::two));
        facts.put("twoTotalMicros", total(stretches, HolderHistory::two));
        facts.put("restarts", stretches.stream().mapToInt(Stretch::restarts).sum());
        facts.put("stretches", stretches.stream().map(CalmResults::events).toList());
        return facts;
    }

    /// One line for each change: microseconds since the watch began, and who had the VIP from then on.
    private static List<String> events(Stretch stretch) {
        long from = stretch.history().changes().getFirst().atMicros();
        return Stream.concat(
                stretch.history().changes().stream().map(change -> (change.atMicros() - from) + " "
                        + (change.holders().isEmpty()
                                ? "nobody"
                                : String.join("+", change.holders().stream().sorted().toList()))),
                Stream.of((stretch.history().endMicros() - from) + " end")).toList();
    }
}
