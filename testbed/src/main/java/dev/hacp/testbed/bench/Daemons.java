package dev.hacp.testbed.bench;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A peer that is one process per node. The API servers listen on the wildcard address, so whoever holds the VIP serves it
/// with the API server of that node: exactly what these products do without a balancer.
final class Daemons implements Contender {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /// How it is started on one node.
    interface Start {

        /// @param number 0 for the first node
        List<String> command(Host node, int number) throws IOException;
    }

    private final String name;
    private final Cluster cluster;
    private final Path folder;
    private final Start start;
    private final Map<String, String> environment;
    private final Map<Host, Daemon> daemons = new LinkedHashMap<>();

    Daemons(String name, Cluster cluster, Path folder, Map<String, String> environment, Start start) {
        this.name = name;
        this.cluster = cluster;
        this.folder = folder;
        this.environment = environment;
        this.start = start;
    }

    @Override
    public String name() {
        return name;
    }

    private String slug() {
        return name.replaceAll("[^a-z0-9.]+", "-");
    }

    @Override
    public void settle() {
        int number = 0;
        for (Host node : cluster.nodes()) {
            Daemon daemon = daemons.get(node);
            if (daemon == null || !daemon.isAlive()) {
                // What a killed one left behind would otherwise stay for good.
                removeVip(node);
                try {
                    Path logFile = Files.createDirectories(folder).resolve(slug() + "-" + node.name() + ".log");
                    daemons.put(node, Daemon.start(node.namespace(), logFile, environment,
                            start.command(node, number)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            number++;
        }
        Dialer dialer = cluster.dialer(Lan.vip4());
        Await.until(name + ": one node has the VIP and clients are served", PATIENCE,
                () -> cluster.lan().holders(Lan.vip4()).size() == 1 && dialer.isServed(),
                () -> "holders: " + cluster.lan().holders(Lan.vip4()));
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
            throw new IllegalStateException(name + " was never started on " + node);
        }
        return daemon;
    }

    private static void removeVip(Host node) {
        if (node.holds(Lan.vip4().address())) {
            node.attempt("ip", "addr", "del", Lan.vip4() + "/32", "dev", Host.INTERFACE);
        }
    }

    @Override
    public void close() {
        daemons.keySet().forEach(this::kill);
        daemons.values().forEach(Daemon::close);
        daemons.clear();
        cluster.nodes().forEach(Daemons::removeVip);
    }
}
