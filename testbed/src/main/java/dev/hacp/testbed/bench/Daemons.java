package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A peer that is one process per node. The API servers listen on the wildcard address, so the holder of the VIP serves
/// it with the API server of that node: exactly what these products do without a balancer.
final class Daemons implements Contender {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration GRACE = Duration.ofSeconds(10);

    /// How it is started on one node.
    interface Start {

        /// @param number 0 for the first node
        List<String> command(Host node, int number) throws IOException;
    }

    private final Product product;
    private final Cluster cluster;
    private final Path folder;
    private final VirtualIp vip;
    private final Start start;
    private final Map<String, String> environment;
    private final Map<Host, Daemon> daemons = new LinkedHashMap<>();
    private int starts;

    Daemons(Product product, Cluster cluster, Path folder, VirtualIp vip, Map<String, String> environment,
            Start start) {
        this.product = product;
        this.cluster = cluster;
        this.folder = folder;
        this.vip = vip;
        this.environment = environment;
        this.start = start;
    }

    @Override
    public Product product() {
        return product;
    }

    @Override
    public VirtualIp vip() {
        return vip;
    }

    @Override
    public int starts() {
        return starts;
    }

    @Override
    public void start() {
        absent().forEach(this::start);
    }

    private List<Host> absent() {
        return cluster.nodes().stream().filter(node -> {
            Daemon daemon = daemons.get(node);
            return daemon == null || !daemon.isAlive();
        }).toList();
    }

    private void start(Host node) {
        try {
            Path logFile = Files.createDirectories(folder).resolve(product.option() + "-" + node.name() + ".log");
            daemons.put(node, Daemon.start(node.namespace(), logFile, environment,
                    start.command(node, cluster.nodes().indexOf(node))));
            starts++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void settle() {
        for (Host node : absent()) {
            // What a killed one left behind would otherwise stay for good.
            removeVip(node);
            start(node);
        }
        Dialer dialer = cluster.dialer(vip);
        Await.until(product + ": one node has the VIP and clients are served", PATIENCE,
                () -> cluster.lan().holders(vip).size() == 1 && dialer.isServed(),
                () -> "holders: " + cluster.lan().holders(vip));
    }

    @Override
    public void kill(Host node) {
        signalAll(node, "KILL");
    }

    @Override
    public void pause(Host node) {
        signalAll(node, "STOP");
    }

    @Override
    public void resume(Host node) {
        signalAll(node, "CONT");
    }

    /// keepalived works in a child: the whole service is meant.
    private void signalAll(Host node, String name) {
        List<Long> pids = new ArrayList<>();
        long main = daemon(node).pid();
        pids.add(main);
        ProcessHandle.of(main).stream().flatMap(ProcessHandle::descendants).map(ProcessHandle::pid)
                .forEach(pids::add);
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        pids.forEach(pid -> command.add(pid.toString()));
        Shell.attempt(command.toArray(String[]::new));
    }

    @Override
    public void terminate(Host node) {
        daemon(node).signal("TERM");
    }

    private Daemon daemon(Host node) {
        Daemon daemon = daemons.get(node);
        if (daemon == null) {
            throw new IllegalStateException(product + " was never started on " + node);
        }
        return daemon;
    }

    private void removeVip(Host node) {
        if (node.holds(vip.address())) {
            node.attempt("ip", "addr", "del", vip + "/32", "dev", Host.INTERFACE);
        }
    }

    @Override
    public void close() {
        // A Lease that is released now is none that the next start waits for.
        daemons.values().stream().filter(Daemon::isAlive).forEach(daemon -> daemon.signal("TERM"));
        try {
            Await.until(product + " ends", GRACE, () -> daemons.values().stream().noneMatch(Daemon::isAlive));
        } catch (AssertionError e) {
            daemons.keySet().forEach(this::kill);
        }
        daemons.values().forEach(Daemon::close);
        daemons.clear();
        cluster.nodes().forEach(this::removeVip);
    }
}
