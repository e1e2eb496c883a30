package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// IPv6 VIPs, alone and paired with an IPv4 one.
@RequiresRoot
class AddressFamiliesIT {

    private static final Duration SETTLED = Duration.ofSeconds(20);
    private static final Duration TAKEOVER = Duration.ofSeconds(25);

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.prepared(List.of(Lan.vip6()));

    @Test
    void anIpv6VipMovesAndSoDoesADualStackPair() {
        Cluster cluster = CLUSTER.get();
        cluster.start();
        movesWhenItsOwnerIsCutOff(cluster, List.of(Lan.vip6()));

        cluster.configure(List.of(Lan.vip4(), Lan.vip6()), List.of());
        assertThat(cluster.lan().holders(Lan.vip6())).as("stopped agents leave nothing").isEmpty();
        cluster.startAgents();
        cluster.awaitSettled(Duration.ofMinutes(1));
        movesWhenItsOwnerIsCutOff(cluster, List.of(Lan.vip4(), Lan.vip6()));
    }

    private static void movesWhenItsOwnerIsCutOff(Cluster cluster, List<VirtualIp> vips) {
        Host owner = cluster.holder();
        List<Dialer> dialers = vips.stream().map(cluster::dialer).toList();
        cluster.lan().cutOff(owner);
        Await.until("another node has " + vips + " and serves", TAKEOVER, () -> {
            for (VirtualIp vip : vips) {
                List<Host> live = cluster.lan().holders(vip).stream().filter(host -> !host.equals(owner)).toList();
                assertThat(live).hasSize(1);
            }
            return dialers.stream().allMatch(Dialer::isServed);
        }, cluster::evidence);
        cluster.lan().heal(owner);
        cluster.awaitSettled(SETTLED);
    }
}
