package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/// Which nodes have which VIP, by the events of each node's own kernel: `ip monitor` in its namespace, ahead of all that
/// runs on the machine (SCHED_FIFO), writes the time beside each event. This JVM may read it late.
final class HolderWatch implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String LOOPBACK = "lo";
    private static final List<String> AHEAD = List.of("chrt", "-f", "50");

    private final List<Host> nodes;
    private final List<VirtualIp> vips;
    private final Queue<AddressEvent> events = new ConcurrentLinkedQueue<>();
    private final List<Process> monitors = new ArrayList<>();
    private final Map<String, Set<String>> first = new TreeMap<>();
    private final long from;
    private volatile String problem = "";

    private HolderWatch(List<Host> nodes, List<VirtualIp> vips) {
        this.nodes = List.copyOf(nodes);
        this.vips = List.copyOf(vips);
        List<String> ahead = Shell.attempt("chrt", "-f", "50", "true").exitCode() == 0
                ? AHEAD
                : List.of("nice", "-n",
                        "-20");
        try {
            nodes.forEach(node -> follow(node, ahead));
            awaitCaughtUp();
            from = micros();
            for (VirtualIp vip : vips) {
                first.put(vip.toString(), nodes.stream().filter(node -> node.holds(vip.address())).map(Host::name)
                        .collect(Collectors.toCollection(TreeSet::new)));
            }
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /// Returns when it hears every kernel.
    static HolderWatch start(List<Host> nodes, List<VirtualIp> vips) {
        return new HolderWatch(nodes, vips);
    }

    private static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private void follow(Host node, List<String> ahead) {
        List<String> command = new ArrayList<>(ahead);
        command.addAll(node.process("env", "TZ=UTC", "ip", "-ts", "-o", "monitor", "address").command());
        try {
            Process monitor = new ProcessBuilder(command).redirectErrorStream(true).start();
            monitors.add(monitor);
            Thread.ofPlatform().name("holders-" + node.name()).daemon().start(() -> read(node, monitor));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Host node, Process monitor) {
        Map<String, Boolean> known = new HashMap<>();
        try (BufferedReader lines = monitor.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("receive error")) {
                    problem = node + ": " + line;
                }
                // An address that is put again, as hacp does every second or so, is nothing new; but see awaitCaughtUp.
                AddressEvent.parse(node.name(), line)
                        .filter(event -> !Objects.equals(known.put(event.address(), event.put()), event.put())
                                || event.networkInterface().equals(LOOPBACK))
                        .ifPresent(events::add);
            }
        } catch (IOException e) {
            // The watch has ended.
        }
    }

    /// Waits until everything that has happened so far was read: each node's loopback address is put again, and the event of
    /// that comes behind all others.
    private void awaitCaughtUp() {
        long since = micros();
        for (Host node : nodes) {
            Await.until(node + " tells of its addresses", PATIENCE, () -> {
                node.run("ip", "addr", "replace", "127.0.0.1/8", "dev", LOOPBACK);
                return events.stream().anyMatch(event -> event.node().equals(node.name())
                        && event.networkInterface().equals(LOOPBACK) && event.atMicros() >= since);
            }, () -> problem);
        }
    }

    /// The names of the nodes that have it, as far as it was read.
    Set<String> holders(VirtualIp vip) {
        return history(vip, Long.MAX_VALUE).changes().getLast().holders();
    }

    /// What happened to each VIP since the start.
    ///
    /// @throws IllegalStateException when events were lost
    Map<VirtualIp, HolderHistory> histories() {
        long to = micros();
        awaitCaughtUp();
        if (!problem.isEmpty()) {
            throw new IllegalStateException("events were lost: " + problem);
        }
        return vips.stream().collect(Collectors.toMap(vip -> vip, vip -> history(vip, to)));
    }

    private HolderHistory history(VirtualIp vip, long to) {
        return HolderHistory.of(first.getOrDefault(vip.toString(), Set.of()), from,
                events.stream().filter(event -> event.address().equals(vip.toString())).toList(), to);
    }

    @Override
    public void close() {
        monitors.forEach(Process::destroy);
    }
}
