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
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// How long nobody can open a connection to the VIP after a fault of its owner, for hacp and its peers in one run.
///
/// `bin/bench failover [--rounds N] [--peer-rounds N] [--add] [--only NAME,...] [--faults NAME,...] [--kube-vip FILE] [--out DIR]`
public final class FailoverBench {

    private static final Path LOGS = Path.of("target", "bench-failover").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /// A second gap may follow the first: two nodes answer, or the old one comes back.
    private static final Duration AFTERMATH = Duration.ofMillis(500);
    /// An agent that was killed or hangs must lose its address within this time.
    private static final Duration LEFT_BEHIND = Duration.ofSeconds(5);
    /// Faults do not wait for each other here, but neither do they come within the first second of a node's return.
    private static final Duration REST = Duration.ofSeconds(2);

    private final Cluster cluster;
    private final Path out;
    private final Results results = new Results();

    private FailoverBench(Cluster cluster, Path out) {
        this.cluster = cluster;
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        arguments.allow("faults",
                Stream.concat(Stream.of(Fault.values()).map(Fault::name), Stream.of("idle")).toList());
        Path out = Path.of(arguments.value("out", "bench/failover/results")).toAbsolutePath();
        Files.createDirectories(LOGS);
        Optional<Path> kubeVip = Stream.of(arguments.value("kube-vip", "")).filter(text -> !text.isEmpty())
                .map(Path::of).filter(Files::isExecutable).findFirst();
        List<Fault> faults = Arrays.stream(Fault.values())
                .filter(fault -> arguments.selects("faults", fault.name())).toList();
        try (Cluster cluster = new Cluster(LOGS, List.of(Lan.vip4()), List.of())) {
            cluster.plane().start();
            int rounds = Integer.parseInt(arguments.value("rounds", "20"));
            int peerRounds = Integer.parseInt(arguments.value("peer-rounds", Integer.toString(rounds)));
            FailoverBench bench = new FailoverBench(cluster, out);
            List<Contender> contenders = new ArrayList<>(List.of(new Hacp(cluster)));
            contenders.addAll(Peers.find(cluster, LOGS, kubeVip));
            contenders.removeIf(contender -> !arguments.selects("only", contender.name()));
            if (arguments.asks("add")) {
                bench.results.add(out.resolve("samples.json"), name -> contenders.stream()
                        .anyMatch(contender -> contender.name().equals(name)));
            }
            for (Contender contender : contenders) {
                int times = contender instanceof Hacp ? rounds : peerRounds;
                try (contender) {
                    bench.measure(contender, faults, times);
                    if (arguments.selects("faults", "idle")) {
                        bench.idle(contender, Math.min(times, 5));
                    }
                }
                bench.write();
            }
            if (arguments.asks("etcd")) {
                bench.keepsThrough(new Hacp(cluster), new EtcdOutage(cluster));
            }
            if (arguments.asks("steady")) {
                bench.keepsThrough(new Hacp(cluster),
                        new BusyMachine(Duration.ofSeconds(Integer.parseInt(arguments.value("steady", "300"))),
                                Integer.parseInt(arguments.value("nice", "0"))));
            }
            bench.write();
        }
    }

    private void measure(Contender contender, List<Fault> faults, int rounds) {
        for (Fault fault : faults) {
            for (int round = 1; round <= rounds; round++) {
                contender.settle();
                rest();
                Duration gap = once(contender, fault);
                results.gap(contender.name(), fault.toString(), gap);
                System.out.printf("%-18s %-28s %2d/%d  %6d ms%n", contender.name(), fault, round, rounds,
                        gap.toMillis());
            }
        }
    }

    private static void rest() {
        long over = System.nanoTime() + REST.toNanos();
        Await.until("the rest is over", PATIENCE, () -> System.nanoTime() - over > 0);
    }

    private Duration once(Contender contender, Fault fault) {
        Host owner = cluster.holder();
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
            long at = System.nanoTime();
            fault.apply(contender, cluster.lan(), owner);
            try {
                Await.until("another node has the VIP", PATIENCE, () -> cluster.lan().holders(Lan.vip4()).stream()
                        .anyMatch(host -> !host.equals(owner)), cluster::evidence);
                probe.awaitSuccessAfter(System.nanoTime(), PATIENCE);
                long calm = System.nanoTime() + AFTERMATH.toNanos();
                Await.until("the dust has settled", PATIENCE, () -> System.nanoTime() - calm > 0);
                if (fault.endsTheAgent() && keepsVip(owner, at + LEFT_BEHIND.toNanos())) {
                    results.leftBehind(contender.name(), fault.toString());
                }
                return probe.longestGapSince(at).duration();
            } finally {
                fault.heal(contender, cluster.lan(), owner);
            }
        }
    }

    /// Whether the node still has the VIP at that time.
    private static boolean keepsVip(Host node, long until) {
        Await.until("the VIP goes or stays", PATIENCE,
                () -> System.nanoTime() - until > 0 || !node.holds(Lan.vip4().address()));
        return node.holds(Lan.vip4().address());
    }

    /// How long a client that only listens knows nothing of the move.
    private void idle(Contender contender, int rounds) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            contender.settle();
            Host owner = cluster.holder();
            try (IdleWatch watch = IdleWatch.start(cluster, LOGS)) {
                long at = System.nanoTime();
                cluster.lan().cutOff(owner);
                Duration deaf = watch.awaitAwake(at, owner);
                results.gap(contender.name(), "idle kubectl get -w deaf", deaf);
                System.out.printf("%-18s %-28s %2d     %6d ms%n", contender.name(), "idle kubectl get -w deaf", round,
                        deaf.toMillis());
            } finally {
                cluster.lan().heal(owner);
            }
        }
    }

    /// What must not move the VIP.
    private void keepsThrough(Contender contender, Ordeal ordeal) {
        try (contender) {
            contender.settle();
            Host owner = cluster.holder();
            try (HolderWatch watch = HolderWatch.start(cluster)) {
                ordeal.run();
                contender.settle();
                results.kept(contender.name(), ordeal.toString(), watch.moves(), watch.longestAbsence());
                System.out.printf("%-18s %s: %d moves, VIP gone for at most %d ms%n", contender.name(), ordeal,
                        watch.moves(), watch.longestAbsence().toMillis());
                if (watch.moves() > 0) {
                    System.out.println(owner + " did not keep it:\n" + cluster.evidence());
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void write() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("table.md"), results.table());
        Files.writeString(out.resolve("samples.json"), results.json());
        Files.writeString(out.resolve("gaps.svg"), GapChart.svg(results));
        System.out.println("\n" + results.table());
    }
}
