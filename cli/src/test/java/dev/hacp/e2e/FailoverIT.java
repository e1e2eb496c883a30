package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.agent.Probe;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.KubeBinaries;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Three nodes, one IPv4 VIP: clients keep working whatever happens to one node.
@RequiresRoot
class FailoverIT {

    private static final VirtualIp VIP = Lan.vip4();
    // Wide, for a busy machine: benchmarks say how fast it is, these tests that it happens at all.
    private static final Duration TAKEOVER = Duration.ofSeconds(25);
    private static final Duration SETTLED = Duration.ofSeconds(20);

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.running(List.of(VIP), "--slow-start", "0s");

    private Cluster cluster;
    private Host owner;

    @BeforeEach
    void findTheOwner() {
        cluster = CLUSTER.get();
        owner = cluster.holder();
    }

    @Test
    void threeHundredConnectionsAreSpreadOverThreeBackendsWithinTenPercent() throws Exception {
        Map<String, Integer> servers = cluster.dialer(VIP).spread(300);
        assertThat(servers).hasSize(3);
        assertThat(servers.values()).allSatisfy(count -> assertThat(count).isBetween(90, 110));
    }

    @Test
    void aKilledBackendCostsTheConnectionsInFlightAndNoMore() {
        ApiServer killed = cluster.plane().apiServers().stream().filter(server -> !server.host().equals(owner))
                .findFirst().orElseThrow();
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            killed.kill();
            long dead = System.nanoTime();
            Await.until("it is marked down", Duration.ofSeconds(20),
                    () -> cluster.agent(owner).backend(killed.address().toString()).equals("down"), cluster::evidence);
            long marked = System.nanoTime();
            Await.until("fifty more connections", SETTLED, () -> probe.attempts().stream()
                    .filter(attempt -> attempt.startNanos() > marked && attempt.succeeded()).count() >= 50);

            assertThat(probe.failuresSince(marked)).as("failed after it was marked down").isEmpty();
            assertThat(probe.failuresSince(dead)).as("begun after its death: another backend is tried").isEmpty();
            // 50 connections a second, each done within milliseconds.
            assertThat(probe.failuresSince(0)).as("in flight when it died").hasSizeLessThanOrEqualTo(5);
        }
    }

    @Test
    void clientsGoOnThroughAnotherNodeWhenTheOwnerIsCutOff() {
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            cluster.lan().cutOff(owner);
            long cut = System.nanoTime();
            probe.awaitSuccessAfter(cut, TAKEOVER);
            List<Host> holders = others(cluster.lan().holders(VIP));
            assertThat(holders).as("the live nodes that have the VIP").hasSize(1);
            assertThat(cluster.agent(holders.getFirst()).role()).isEqualTo("leader");
            report("node cut off", probe, cut);
            // Its health checks may need seconds to call it dead.
            String dead = cluster.plane().apiServers().stream().filter(server -> server.host().equals(owner))
                    .findFirst().orElseThrow().address().toString();
            Await.until("the API server of the node that is cut off is suspect", SETTLED, () -> cluster
                    .agent(holders.getFirst()).log().contains("suspect: checked now, used last until a check passes"
                            + "  backends=" + dead),
                    cluster::evidence);
            Await.until("the node that is cut off has let go", SETTLED, () -> !owner.holds(VIP.address()),
                    cluster::evidence);
        }
        cluster.lan().heal(owner);
        cluster.awaitSettled(SETTLED);
    }

    @Test
    void anAgentThatIsStoppedHandsOverAndEndsWithZeroWithinFiveSeconds() {
        HacpProcess agent = cluster.agent(owner);
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            long told = System.nanoTime();
            agent.beginTerminate();
            assertThat(agent.awaitExit(Duration.ofSeconds(5))).isZero();
            assertThat(owner.holds(VIP.address())).as("the stopped agent's node still has the VIP").isFalse();
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            report("agent SIGTERM", probe, told);
        }
        assertThat(cluster.awaitSettled(SETTLED)).isNotEqualTo(owner);
        agent.start();
        cluster.awaitSettled(SETTLED);
    }

    @Test
    void aKilledAgentLeavesNoAddressBehindAndMayComeBack() {
        HacpProcess agent = cluster.agent(owner);
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            agent.kill();
            long killed = System.nanoTime();
            Await.until("another node has the VIP and this one has not", TAKEOVER,
                    () -> !cluster.holder().equals(owner), cluster::evidence);
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            report("agent SIGKILL", probe, killed);
        }
        agent.start();
        cluster.awaitSettled(SETTLED);
    }

    @Test
    void anAgentThatIsRestartedAtOnceAfterSigkillLeavesOneHolder() {
        HacpProcess agent = cluster.agent(owner);
        agent.kill();
        agent.start();
        cluster.awaitSettled(SETTLED);
        assertThat(cluster.lan().holders(VIP)).hasSize(1);
    }

    @Test
    void anAgentThatStandsStillForFiveSecondsDoesNotActOnWhatItBelievedBefore() {
        HacpProcess agent = cluster.agent(owner);
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            long stopped = System.nanoTime();
            agent.pause();
            try {
                // The five seconds are the fault itself; nothing is waited for with them.
                Await.until("it was paused for 5 s", Duration.ofSeconds(10),
                        () -> System.nanoTime() - stopped > Duration.ofSeconds(5).toNanos());
                Await.until("another node has the VIP and this one has not", TAKEOVER,
                        () -> !cluster.holder().equals(owner), cluster::evidence);
                probe.awaitSuccessAfter(System.nanoTime(), TAKEOVER);
            } finally {
                agent.resume();
            }
            report("agent SIGSTOP", probe, stopped);
        }
        assertThat(cluster.awaitSettled(SETTLED)).isNotEqualTo(owner);
    }

    @Test
    void kubectlWorksThroughTheVip() {
        Optional<Path> kubectl = KubeBinaries.kubectl();
        assumeThat(kubectl).as("no kubectl on this machine").isPresent();
        Path kubeconfig = Path.of("target", "e2e", "FailoverIT", "cp1.conf").toAbsolutePath();
        Shell.Result lease = cluster.client().attempt(kubectl.orElseThrow().toString(), "--kubeconfig",
                kubeconfig.toString(), "--namespace", "kube-system", "get", "lease", "hacp", "--output",
                "jsonpath={.spec.holderIdentity}");
        assertThat(lease.output()).isEqualTo(owner.name());
        assertThat(lease.exitCode()).isZero();
    }

    private List<Host> others(List<Host> hosts) {
        return hosts.stream().filter(host -> !host.equals(owner)).toList();
    }

    private static void report(String fault, Probe probe, long since) {
        System.out.println("e2e: " + fault + ": no new connection for "
                + probe.longestGapSince(since).duration().toMillis() + " ms");
    }
}
