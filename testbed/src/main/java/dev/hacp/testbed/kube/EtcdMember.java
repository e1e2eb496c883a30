package dev.hacp.testbed.kube;

import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One etcd process, a member of the cluster that `hosts` form. Plain HTTP: nobody else is on this LAN.
public final class EtcdMember {

    private final Path program;
    private final Host host;
    private final List<Host> hosts;
    private final Path data;
    private final Path logFile;
    private @Nullable Daemon daemon;

    EtcdMember(Path program, Host host, List<Host> hosts, Path data, Path logFile) {
        this.program = program;
        this.host = host;
        this.hosts = hosts;
        this.data = data;
        this.logFile = logFile;
    }

    public Host host() {
        return host;
    }

    /// Starts it, with the data it had; returns at once.
    public void start() {
        if (isRunning()) {
            return;
        }
        String client = "http://" + IpAddresses.text(host.ipv4()) + ":2379";
        String cluster = hosts.stream().map(each -> each.name() + "=" + peerUrl(each)).collect(Collectors.joining(","));
        daemon = Daemon.start(host.namespace(), logFile, Map.of(),
                List.of(program.toString(), "--name=" + host.name(), "--data-dir=" + data,
                        "--listen-client-urls=http://127.0.0.1:2379," + client, "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peerUrl(host), "--initial-advertise-peer-urls=" + peerUrl(host),
                        "--initial-cluster=" + cluster, "--initial-cluster-state=new", "--logger=zap",
                        "--log-outputs=stderr"));
    }

    private static String peerUrl(Host host) {
        return "http://" + IpAddresses.text(host.ipv4()) + ":2380";
    }

    /// SIGKILL; the data stays.
    public void kill() {
        if (daemon != null) {
            daemon.kill();
        }
    }

    /// SIGSTOP: connections stay open, nothing is answered.
    public void pause() {
        running().signal("STOP");
    }

    /// SIGCONT
    public void resume() {
        running().signal("CONT");
    }

    public boolean isRunning() {
        return daemon != null && daemon.isAlive();
    }

    /// SIGTERM and wait.
    public void terminate() {
        running().signal("TERM");
        running().awaitExit(Duration.ofSeconds(20));
    }

    public String logTail() {
        return daemon == null ? "etcd on " + host + " was never started" : daemon.logTail(30);
    }

    private Daemon running() {
        if (daemon == null || !daemon.isAlive()) {
            throw new IllegalStateException("etcd on " + host + " does not run");
        }
        return daemon;
    }
}
