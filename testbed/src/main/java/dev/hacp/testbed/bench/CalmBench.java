package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// How often a VIP moves when it should stay: hacp and its peers at the same time on one LAN, each with a VIP of its own, so
/// that all meet the same load.
///
/// `bin/bench calm [--minutes N] [--only NAME,...] [--products NAME,...] [--loops N] [--flood-rate N] [--kube-vip FILE] [--out DIR]`
///
/// Ends with 1 when hacp moved, or when nobody had its VIP for longer than half a second.
public final class CalmBench {

    private static final Path LOGS = Path.of("target", "bench-calm").toAbsolutePath();
    private static final Duration TICK = Duration.ofMillis(250);
    private static final String USUAL = "loops,start,stalls,loss,flood";

    private final Cluster cluster;
    private final List<Contender> contenders;
    private final CalmResults results;

    private CalmBench(Cluster cluster, List<Contender> contenders, CalmResults results) {
        this.cluster = cluster;
        this.contenders = contenders;
        this.results = results;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        arguments.allow("products", Product.options());
        Path out = Path.of(arguments.value("out", "bench/calm/results")).toAbsolutePath();
        Duration length = Duration.ofMillis(
                Math.round(Double.parseDouble(arguments.value("minutes", "10")) * 60_000));
        Files.createDirectories(LOGS);
        Optional<Path> kubeVip = arguments.program("kube-vip");
        List<Product> products = Product.select(arguments, String.join(",", Product.options()), kubeVip);
        CalmResults results = new CalmResults(products, length);
        try (Cluster cluster = new Cluster(LOGS, List.of(Lan.vip4()), List.of())) {
            Map<String, Scenario> scenarios = scenarios(cluster, arguments);
            arguments.allow("only", scenarios.keySet());
            List<String> wanted = List.of(arguments.value("only", USUAL).split(","));
            List<Contender> contenders = new ArrayList<>();
            for (Product product : products) {
                contenders.add(product.contender(cluster, LOGS, product == Product.HACP
                        ? Lan.vip4()
                        : Lan.peerVip4(contenders.size() + 1), kubeVip));
            }
            CalmBench bench = new CalmBench(cluster, contenders, results);
            try {
                for (Map.Entry<String, Scenario> scenario : scenarios.entrySet()) {
                    if (wanted.contains(scenario.getKey())) {
                        bench.run(scenario.getKey(), scenario.getValue(), length);
                        results.write(out);
                    }
                }
            } finally {
                contenders.forEach(Contender::close);
            }
        }
        System.out.println("\n" + results.table());
        List<String> broken = results.broken();
        broken.forEach(line -> System.out.println("NOT CALM: " + line));
        System.exit(broken.isEmpty() ? 0 : 1);
    }

    private static Map<String, Scenario> scenarios(Cluster cluster, Arguments arguments) {
        Map<String, Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("loops", new EndlessLoops(Integer.parseInt(arguments.value("loops", "16"))));
        scenarios.put("start", new StartOfEverything(LOGS));
        scenarios.put("stalls", new Stalls(cluster));
        scenarios.put("loss", new LossAndJitter());
        scenarios.put("flood", new MemberFlood(Integer.parseInt(arguments.value("flood-rate", "1500"))));
        scenarios.put("outage", new EtcdOutage());
        return scenarios;
    }

    private void run(String name, Scenario scenario, Duration length) throws IOException {
        List<Contender> taking = contenders.stream()
                .filter(each -> scenario.concernsPeers() || each.product() == Product.HACP).toList();
        contenders.stream().filter(each -> !taking.contains(each)).forEach(Contender::close);
        SideBySide sides = new SideBySide(cluster, taking);
        int stretches = scenario.stretches(length);
        for (int stretch = 1; stretch <= stretches; stretch++) {
            System.out.printf("%s, %d of %d: %s%n", name, stretch, stretches, scenario.title());
            String note = "";
            try {
                scenario.prepare(sides);
                stretch(name, scenario, sides, length.dividedBy(stretches));
            } finally {
                note = scenario.end(sides);
                System.out.print(note.isEmpty() ? "" : name + ": " + note + "\n");
            }
            results.note(name, note);
        }
        System.out.println(results.line(name));
    }

    private void stretch(String name, Scenario scenario, SideBySide sides, Duration length) throws IOException {
        LoadAverage load = new LoadAverage();
        try (HolderWatch watch = HolderWatch.start(cluster.nodes(),
                sides.contenders().stream().map(Contender::vip).toList())) {
            long start = System.nanoTime();
            scenario.begin(sides, length);
            // What begins with a start has started each of them once.
            Map<Contender, Integer> begun = new LinkedHashMap<>();
            sides.contenders().forEach(each -> begun.put(each, each.starts()));
            for (Duration elapsed = Duration.ZERO; elapsed.compareTo(length) < 0; elapsed = Duration
                    .ofNanos(System.nanoTime() - start)) {
                scenario.tick(sides, elapsed);
                sides.startWhatHasEnded();
                load.sample();
                LockSupport.parkNanos(TICK.toNanos());
            }
            Map<VirtualIp, HolderHistory> histories = watch.histories();
            for (Contender each : sides.contenders()) {
                HolderHistory history = Objects.requireNonNull(histories.get(each.vip()));
                results.add(name, scenario.title(), each.product(), history,
                        each.starts() - begun.getOrDefault(each, 0));
            }
            results.load(name, load);
        }
    }
}
