package dev.hacp.testbed.bench;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.EtcdMember;
import java.time.Duration;
import java.util.List;

/// Products that run at the same time on the nodes of one LAN, each with a VIP of its own.
///
/// @param contenders hacp's VIP is that of the cluster's agents
record SideBySide(Cluster cluster, List<Contender> contenders) {

    private static final Duration REST = Duration.ofSeconds(5);

    SideBySide {
        contenders = List.copyOf(contenders);
    }

    /// Everything runs, every VIP is on one node, clients are served, and some seconds later it is still so: what an earlier
    /// scenario left behind may have begun a move that shows only then.
    void settle() {
        settleOnce();
        long over = System.nanoTime() + REST.toNanos();
        Await.until("the rest is over", REST.plusMinutes(1), () -> System.nanoTime() - over > 0);
        settleOnce();
    }

    private void settleOnce() {
        cluster.plane().start();
        for (Contender contender : contenders) {
            try {
                contender.settle();
            } catch (AssertionError e) {
                System.out.println(contender.product() + " is restarted: " + e.getMessage());
                contender.close();
                contender.settle();
            }
        }
    }

    /// Starts what does not run, as kubelet and systemd do, and returns at once.
    void startWhatHasEnded() {
        cluster.plane().etcd().forEach(EtcdMember::start);
        cluster.plane().apiServers().forEach(ApiServer::start);
        contenders.forEach(Contender::start);
    }

    /// Nothing runs and no VIP is left.
    void stopEverything() {
        contenders.forEach(Contender::close);
        cluster.plane().apiServers().forEach(ApiServer::kill);
        cluster.plane().etcd().forEach(EtcdMember::kill);
    }
}
