package dev.hacp.testbed.bench;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.Probe;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// How long nobody can open a connection to the VIP after a fault of its owner, for hacp and its peers in one run. The
/// products take turns round by round: whatever the machine does in an hour, it does to all of them.
///
/// `bin/bench failover [--rounds N] [--peer-rounds NAME=N,...] [--products NAME,...] [--faults NAME,...] [--kube-vip FILE] [--out DIR]`
public final class FailoverBench {

    private static final Path LOGS = Path.of("target", "bench-failover").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /// A second gap may follow the first: two nodes answer, or the old one comes back.
    private static final Duration AFTERMATH = Duration.ofMillis(500);
    /// An agent that was killed or hangs must lose its address within this time.
    private static final Duration LEFT_BEHIND = Duration.ofSeconds(5);
    /// Faults do not wait for each other here, but neither do they come within the first second of a node's return.
    private static final Duration REST = Duration.ofSeconds(2);
    /// A move costs kube-vip up to 22 s.
    private static final int KUBE_VIP_ROUNDS = 5;
    /// A watch through a peer is deaf for 28 s, round after round.
    private static final int PEER_WATCH_ROUNDS = 5;

    private final Cluster cluster;
    private final HolderWatch holders;
    private final List<Fault> faults;
    private final int rounds;
    private final Map<Contender, Integer> shares;
    private final Results results;

    private FailoverBench(Cluster cluster, HolderWatch holders, List<Fault> faults, int rounds,
            Map<Contender, Integer> shares, Results results) {
        this.cluster = cluster;
        this.holders = holders;
        this.faults = faults;
        this.rounds = rounds;
        this.shares = shares;
        this.results = results;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        arguments.allow("faults", Stream.of(Fault.values()).map(Fault::option).toList());
        arguments.allow("products", Product.options());
        int rounds = Integer.parseInt(arguments.value("rounds", "20"));
        Map<String, Integer> fewer = arguments.numbers("peer-rounds", Product.options());
        Path out = Path.of(arguments.value("out", "bench/failover/results")).toAbsolutePath();
        Files.createDirectories(LOGS);
        Optional<Path> kubeVip = arguments.program("kube-vip");
        List<Fault> faults = Arrays.stream(Fault.values())
                .filter(fault -> arguments.selects("faults", fault.option())).toList();
        List<Product> products = Product.select(arguments, String.join(",", Product.options()), kubeVip);
        try (Cluster cluster = new Cluster(LOGS, List.of(Lan.vip4()), List.of());
                HolderWatch holders = HolderWatch.start(cluster.nodes(), List.of(Lan.vip4()))) {
            cluster.plane().start();
            Map<Contender, Integer> shares = new LinkedHashMap<>();
            for (Product product : products) {
                int most = product.isKubeVip() ? Math.min(rounds, KUBE_VIP_ROUNDS) : rounds;
                shares.put(product.contender(cluster, LOGS, Lan.vip4(), kubeVip),
                        fewer.getOrDefault(product.option(), most));
            }
            new FailoverBench(cluster, holders, faults, rounds, shares, new Results()).run(out);
        }
    }

    private void run(Path out) throws IOException {
        long start = System.nanoTime();
        for (int round = 1; round <= rounds; round++) {
            for (Map.Entry<Contender, Integer> share : shares.entrySet()) {
                if (isDue(round, share.getValue())) {
                    try (Contender contender = share.getKey()) {
                        measure(contender, round);
                    }
                }
            }
            results.write(out, round + " of " + rounds, Duration.ofNanos(System.nanoTime() - start));
        }
        System.out.println("\n" + results.table());
    }

    /// Fewer rounds than all are spread over the whole run.
    private boolean isDue(int round, int share) {
        return round * share / rounds > (round - 1) * share / rounds;
    }

    private boolean watches(Contender contender, int round) {
        return contender.product() == Product.HACP || shares.getOrDefault(contender, 0) <= PEER_WATCH_ROUNDS
                || isDue(round, PEER_WATCH_ROUNDS);
    }

    private void measure(Contender contender, int round) throws IOException {
        // Another one first each time: the first fault meets a product that has just been started.
        List<Fault> order = new ArrayList<>(faults);
        Collections.rotate(order, -round);
        for (Fault fault : order) {
            if (fault == Fault.WATCH && !watches(contender, round)) {
                continue;
            }
            contender.settle();
            rest(REST);
            Duration gap = fault == Fault.WATCH ? deaf(contender) : once(contender, fault);
            results.gap(contender.product(), fault, round, gap);
            System.out.printf("%2d/%d  %-18s %-28s %6d ms%n", round, rounds, contender.product(), fault,
                    gap.toMillis());
        }
    }

    private static void rest(Duration length) {
        long over = System.nanoTime() + length.toNanos();
        Await.until("the rest is over", PATIENCE, () -> System.nanoTime() - over > 0);
    }

    private Duration once(Contender contender, Fault fault) {
        Host owner = cluster.holder();
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
            long at = System.nanoTime();
            fault.apply(contender, cluster.lan(), owner);
            try {
                Await.until("another node has the VIP", PATIENCE, () -> holders.holders(Lan.vip4()).stream()
                        .anyMatch(host -> !host.equals(owner.name())), cluster::evidence);
                probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
                rest(AFTERMATH);
                if (fault.endsTheAgent() && keepsVip(owner, at + LEFT_BEHIND.toNanos())) {
                    results.leftBehind(contender.product(), fault);
                }
                return probe.longestGapSince(at).duration();
            } finally {
                fault.heal(contender, cluster.lan(), owner);
            }
        }
    }

    /// Whether the node still has the VIP at that time.
    private boolean keepsVip(Host node, long until) {
        Await.until("the VIP goes or stays", PATIENCE,
                () -> System.nanoTime() - until > 0 || !holders.holders(Lan.vip4()).contains(node.name()));
        return node.holds(Lan.vip4().address());
    }

    /// How long a client that only listens knows nothing of the move.
    private Duration deaf(Contender contender) throws IOException {
        Host owner = cluster.holder();
        try (IdleWatch watch = IdleWatch.start(cluster, LOGS)) {
            long at = System.nanoTime();
            Fault.WATCH.apply(contender, cluster.lan(), owner);
            return watch.awaitAwake(at, owner);
        } finally {
            Fault.WATCH.heal(contender, cluster.lan(), owner);
        }
    }
}
