package dev.hacp.testbed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Samples by contender and row, and the table they come to.
final class Results {

    private final Map<String, Map<String, List<Long>>> gaps = new LinkedHashMap<>();
    private final Map<String, Integer> left = new LinkedHashMap<>();
    private final List<String> kept = new ArrayList<>();

    /// What an earlier run wrote, but for contenders that are measured again.
    void add(Path samples, Predicate<String> again) throws IOException {
        JsonNode earlier = new ObjectMapper().readTree(Files.readString(samples));
        earlier.path("milliseconds").properties().stream().filter(entry -> !again.test(entry.getKey()))
                .forEach(contender -> contender.getValue().properties().forEach(row -> row.getValue().forEach(
                        sample -> gap(contender.getKey(), row.getKey(), Duration.ofMillis(sample.asLong())))));
        earlier.path("vipOnTwoNodes").properties().stream()
                .filter(entry -> !again.test(entry.getKey().replaceFirst("/[^/]*$", "")))
                .forEach(entry -> left.put(entry.getKey(), entry.getValue().asInt()));
        earlier.path("kept").forEach(line -> kept.add(line.asText()));
    }

    /// Milliseconds of one sample are kept.
    void gap(String contender, String row, Duration gap) {
        gaps.computeIfAbsent(contender, c -> new LinkedHashMap<>()).computeIfAbsent(row, r -> new ArrayList<>())
                .add(gap.toMillis());
    }

    /// The node whose agent was killed or stopped still had the VIP seconds later, while another one had it, too.
    void leftBehind(String contender, String row) {
        left.merge(contender + "/" + row, 1, Integer::sum);
    }

    void kept(String contender, String ordeal, int moves, Duration absence) {
        kept.add(contender + ", " + ordeal + ": " + moves + " moves, the VIP gone for at most " + absence.toMillis()
                + " ms");
    }

    /// hacp first, whichever was measured when.
    Set<String> contenders() {
        Set<String> names = new LinkedHashSet<>();
        if (gaps.containsKey(Hacp.NAME)) {
            names.add(Hacp.NAME);
        }
        names.addAll(gaps.keySet());
        return names;
    }

    Set<String> rows() {
        Set<String> rows = new LinkedHashSet<>();
        gaps.values().forEach(each -> rows.addAll(each.keySet()));
        return rows;
    }

    /// Sorted; empty when it was not measured.
    List<Long> samples(String contender, String row) {
        return gaps.getOrDefault(contender, Map.of()).getOrDefault(row, List.of()).stream().sorted().toList();
    }

    static long median(List<Long> sorted) {
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /// Median, worst and number of rounds of each.
    String table() {
        StringBuilder text = new StringBuilder("| ms without a new connection: median, worst (rounds) |");
        contenders().forEach(name -> text.append(' ').append(name).append(" |"));
        text.append("\n|---|").append("---|".repeat(gaps.size())).append('\n');
        for (String row : rows()) {
            text.append("| ").append(row).append(" |");
            for (String contender : contenders()) {
                List<Long> sorted = samples(contender, row);
                text.append(' ').append(sorted.isEmpty()
                        ? "-"
                        : String.format(Locale.ROOT, "%d, %d (%d)", median(sorted), sorted.getLast(), sorted.size())
                                + stale(contender, row))
                        .append(" |");
            }
            text.append('\n');
        }
        kept.forEach(line -> text.append('\n').append(line).append('\n'));
        return text.toString();
    }

    private String stale(String contender, String row) {
        int rounds = onTwoNodes(contender, row);
        return rounds == 0 ? "" : "; VIP on two nodes after 5 s in " + rounds;
    }

    /// In how many rounds.
    int onTwoNodes(String contender, String row) {
        return left.getOrDefault(contender + "/" + row, 0);
    }

    String json() throws IOException {
        return new ObjectMapper().writerWithDefaultPrettyPrinter()
                .writeValueAsString(Map.of("milliseconds", gaps, "vipOnTwoNodes", left, "kept", kept)) + "\n";
    }
}
