package dev.hacp.testbed.bench;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.kube.ApiClient;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.KubeBinaries;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `kubectl get configmaps --watch` through the VIP, to which nothing is told for a while.
final class IdleWatch implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Duration NEWS = Duration.ofMillis(100);
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    private final Cluster cluster;
    private final Daemon kubectl;

    private IdleWatch(Cluster cluster, Daemon kubectl) {
        this.cluster = cluster;
        this.kubectl = kubectl;
    }

    /// Returns once it has shown what is there and has been idle for a while.
    static IdleWatch start(Cluster cluster, Path folder) throws IOException {
        Path program = KubeBinaries.kubectl().orElseThrow(() -> new IllegalStateException("no kubectl here"));
        create(cluster, cluster.nodes().getFirst());
        Path kubeconfig = cluster.plane().pki().kubeconfig(folder.resolve("watch.conf"), cluster.vipUrl(),
                cluster.plane().pki().admin());
        Path log = folder.resolve("watch.log");
        Files.deleteIfExists(log);
        IdleWatch watch = new IdleWatch(cluster, Daemon.start(cluster.client().namespace(), log, Map.of(),
                List.of(program.toString(), "--kubeconfig", kubeconfig.toString(), "get", "configmaps", "--watch",
                        "--output", "name")));
        Await.until("kubectl shows what is there", PATIENCE, () -> !watch.kubectl.log().isEmpty());
        long idle = System.nanoTime() + IDLE.toNanos();
        Await.until("it is idle", PATIENCE, () -> System.nanoTime() - idle > 0);
        return watch;
    }

    /// Waits until it hears of something new, or ends because it knows that its connection is lost: then an informer
    /// would list again.
    ///
    /// @param since [System#nanoTime] of the fault
    /// @param lost  the node that is cut off
    Duration awaitAwake(long since, Host lost) {
        String before = kubectl.log();
        Host alive = cluster.nodes().stream().filter(node -> !node.equals(lost)).findFirst().orElseThrow();
        // On a thread of its own: a request to an etcd without a leader blocks, and kubectl may wake up in the
        // meantime.
        Thread news = Thread.ofPlatform().daemon().name("news").start(() -> tellNews(alive));
        Await.until("kubectl hears again", PATIENCE,
                () -> !kubectl.isAlive() || kubectl.log().length() > before.length());
        news.interrupt();
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private void tellNews(Host node) {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                create(cluster, node);
                Thread.sleep(NEWS);
            } catch (IllegalStateException e) {
                // No etcd leader at the moment: again.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void create(Cluster cluster, Host node) {
        ApiServer server = cluster.plane().apiServer(node);
        ApiClient client = cluster.plane().client(node, server);
        client.post(CONFIG_MAPS,
                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"generateName\":\"bench-\"}}");
    }

    @Override
    public void close() {
        kubectl.close();
    }
}
