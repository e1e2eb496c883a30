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
import java.util.TreeMap;
import java.util.stream.Stream;

/// The samples of one run, and the table they come to.
final class Results {

    /// What hacp is to be compared with round by round.
    private static final Product PEER = Product.KEEPALIVED_FAST;

    private record Sample(Product product, Fault fault, int round, long millis) {}

    private final Run run = Run.begin();
    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, Integer> left = new TreeMap<>();

    /// Milliseconds of one sample are kept.
    void gap(Product product, Fault fault, int round, Duration gap) {
        samples.add(new Sample(product, fault, round, gap.toMillis()));
    }

    /// The node whose agent was killed or stopped still had the VIP seconds later, while another one had it as well.
    void leftBehind(Product product, Fault fault) {
        left.merge(product + "/" + fault, 1, Integer::sum);
    }

    List<Product> products() {
        return Stream.of(Product.values()).filter(product -> samples.stream().anyMatch(s -> s.product() == product))
                .toList();
    }

    List<Fault> faults() {
        return Stream.of(Fault.values()).filter(fault -> samples.stream().anyMatch(s -> s.fault() == fault)).toList();
    }

    /// Sorted; empty when it was not measured.
    List<Long> samples(Product product, Fault fault) {
        return samples.stream().filter(sample -> sample.product() == product && sample.fault() == fault)
                .map(Sample::millis).sorted().toList();
    }

    static long median(List<Long> sorted) {
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /// Median, worst and number of rounds of each.
    String table() {
        boolean compares = products().contains(Product.HACP) && products().contains(PEER);
        StringBuilder text = new StringBuilder("| ms without a new connection: median, worst (rounds) |");
        products().forEach(product -> text.append(' ').append(product).append(" |"));
        text.append(compares ? " hacp / " + PEER + " |" : "").append("\n|---|")
                .append("---|".repeat(products().size() + (compares ? 1 : 0))).append('\n');
        for (Fault fault : faults()) {
            text.append("| ").append(fault).append(" |");
            for (Product product : products()) {
                text.append(' ').append(cell(product, fault)).append(" |");
            }
            text.append(compares ? " " + ratio(fault) + " |" : "").append('\n');
        }
        return text.append("\nRun ").append(run).append(".\n").toString();
    }

    private String cell(Product product, Fault fault) {
        List<Long> sorted = samples(product, fault);
        if (sorted.isEmpty()) {
            return "-";
        }
        int rounds = onTwoNodes(product, fault);
        return String.format(Locale.ROOT, "%d, %d (%d)", median(sorted), sorted.getLast(), sorted.size())
                + (rounds == 0 ? "" : "; VIP on two nodes after 5 s in " + rounds);
    }

    /// The median over the rounds in which both were measured; no figure where the peer's clients go on to be served by a node
    /// that is out of its control.
    private String ratio(Fault fault) {
        Map<Integer, Long> rival = new TreeMap<>();
        samples.stream().filter(s -> s.product() == PEER && s.fault() == fault)
                .forEach(s -> rival.put(s.round(), s.millis()));
        List<Double> ratios = samples.stream()
                .filter(s -> s.product() == Product.HACP && s.fault() == fault && rival.containsKey(s.round()))
                .map(s -> (double) s.millis() / rival.getOrDefault(s.round(), 1L)).sorted().toList();
        if (ratios.isEmpty() || onTwoNodes(PEER, fault) > 0) {
            return "-";
        }
        int middle = ratios.size() / 2;
        return String.format(Locale.ROOT, "%.2f", ratios.size() % 2 == 1
                ? ratios.get(middle)
                : (ratios.get(middle - 1) + ratios.get(middle)) / 2);
    }

    /// In how many rounds.
    int onTwoNodes(Product product, Fault fault) {
        return left.getOrDefault(product + "/" + fault, 0);
    }

    /// Table, samples and picture; what is there already is replaced.
    void write(Path folder, String rounds, Duration took) throws IOException {
        Files.createDirectories(folder);
        Map<String, Object> all = new LinkedHashMap<>(run.facts());
        all.put("rounds", rounds);
        all.put("seconds", took.toSeconds());
        all.put("vipOnTwoNodes", left);
        all.put("samples", samples.stream().map(s -> Map.of("product", s.product().toString(), "fault",
                s.fault().toString(), "round", s.round(), "ms", s.millis())).map(TreeMap::new).toList());
        Files.writeString(folder.resolve("samples.json"),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
        Files.writeString(folder.resolve("table.md"), table());
        Files.writeString(folder.resolve("gaps.svg"), GapChart.svg(this));
    }
}
