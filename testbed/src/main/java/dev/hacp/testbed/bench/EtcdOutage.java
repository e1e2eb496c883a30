package dev.hacp.testbed.bench;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.EtcdMember;
import java.time.Duration;

/// All of etcd stands still for a minute; then all API servers are killed and started again.
record EtcdOutage(Cluster cluster) implements Ordeal {

    private static final Duration OUTAGE = Duration.ofSeconds(60);

    @Override
    public void run() {
        cluster.plane().etcd().forEach(EtcdMember::pause);
        long over = System.nanoTime() + OUTAGE.toNanos();
        Await.until("the outage is over", OUTAGE.plusSeconds(5), () -> System.nanoTime() - over > 0);
        cluster.plane().etcd().forEach(EtcdMember::resume);
        cluster.plane().apiServers().forEach(ApiServer::kill);
        cluster.plane().start();
    }

    @Override
    public String toString() {
        return "etcd stopped for 60 s, then all API servers restarted";
    }
}
