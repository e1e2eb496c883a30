package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.agent.HacpJar;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.agent.Probe;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What an operator orders on a node of three, with the commands as they are shipped.
@RequiresRoot
class OrdersIT {

    private static final VirtualIp VIP = Lan.vip4();
    private static final Duration SETTLED = Duration.ofSeconds(25);

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.running(List.of(VIP), "--slow-start", "0s");

    private Cluster cluster;
    private Host owner;
    private Host other;

    @BeforeEach
    void findTheOwner() {
        cluster = CLUSTER.get();
        owner = cluster.holder();
        other = cluster.nodes().stream().filter(node -> !node.equals(owner)).findFirst().orElseThrow();
    }

    @Test
    void handoverMovesTheVipToTheNodeOfChoiceAndTellsHowLongItTook() {
        try (Probe probe = cluster.probe()) {
            probe.awaitSuccessAfter(System.nanoTime(), SETTLED);
            Shell.Result refused = cluster.agent(other).order("handover");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output()).contains(other.name() + " does not own the VIP: " + owner.name() + " does");

            long told = System.nanoTime();
            Shell.Result moved = cluster.agent(owner).order("handover", "--to", other.name());
            assertThat(moved.exitCode()).as(moved.output()).isZero();
            assertThat(moved.output()).startsWith(other.name() + " owns the VIP now; the handover took ");
            assertThat(cluster.awaitSettled(SETTLED)).isEqualTo(other);
            probe.awaitSuccessAfter(System.nanoTime(), SETTLED);
            System.out.println("e2e: " + moved.output().strip() + "; no new connection for "
                    + probe.longestGapSince(told).duration().toMillis() + " ms");
        }
        JsonNode status = cluster.agent(other).status();
        JsonNode move = status.path("moves").path(status.path("moves").size() - 1);
        assertThat(move.path("kind").asText()).isEqualTo("took_over");
        assertThat(move.path("gapMs").asLong(-1)).as(move.toString()).isBetween(0L, SETTLED.toMillis());
        assertThat(status.path("vips").path(0).path("connections").path("total").asLong()).isPositive();
        assertThat(cluster.agent(other).page("/metrics"))
                .containsPattern("hacp_vip_connections_total\\{vip=\"" + VIP + "\"} [1-9]");
    }

    @Test
    void theDoctorFindsARunningAgentWell() {
        Path kubeconfig = Path.of("target", "e2e", "OrdersIT", other.name() + ".conf").toAbsolutePath();
        Shell.Result doctor = cluster.agent(other).order("doctor", "--vip", VIP.toString(), "--kubeconfig",
                kubeconfig.toString());
        assertThat(doctor.output()).contains("runs here; " + owner.name() + " owns the VIP")
                .contains(owner.mac() + " answers for it, which should be " + owner.name())
                .contains("port 9644: taken by the agent that runs here").contains("API servers: 3: one may fail")
                .contains("etcd: reached by all 3 API servers that report it");
    }

    @Test
    void aClientsConnectionIsListedWithItsBackend() throws IOException {
        try (Socket client = cluster.client().call(() -> new Socket(VIP.address(), ApiServer.PORT))) {
            String address = IpAddresses.text(cluster.client().ipv4()) + ":" + client.getLocalPort();
            HacpProcess agent = cluster.agent(owner);
            Await.until("the connection of " + address + " is listed", SETTLED,
                    () -> json(agent.order("connections", "--by", "age", "-o", "json")).findValuesAsText("client")
                            .contains(address),
                    cluster::evidence);
            JsonNode row = json(agent.order("connections", "--top", "100000", "-o", "json")).valueStream()
                    .filter(each -> each.path("client").asText().equals(address)).findFirst().orElseThrow();
            assertThat(row.path("vip").asText()).isEqualTo(VIP.toString());
            assertThat(cluster.plane().apiServers()).extracting(server -> server.address().toString())
                    .contains(row.path("backend").asText());
        }
    }

    @Test
    void aBackendThatIsDrainedByHandGetsNoNewClientUntilItIsReadyAgain() throws Exception {
        HacpProcess agent = cluster.agent(owner);
        ApiServer drained = cluster.plane().apiServer(other);
        String address = drained.address().toString();
        assertThat(agent.order("backend", "drain", address).exitCode()).isZero();
        assertThat(agent.backend(address)).isEqualTo("drain");
        assertThat(cluster.dialer(VIP).spread(30)).hasSize(2).doesNotContainKey(drained.commonName());
        Shell.Result listed = agent.order("backend", "ls");
        assertThat(listed.output()).containsPattern(address + "\\s+drain\\s+drain");

        assertThat(agent.order("backend", "ready", address).exitCode()).isZero();
        Await.until("it is up again", SETTLED, () -> agent.backend(address).equals("up"), cluster::evidence);
        assertThat(cluster.dialer(VIP).spread(30)).hasSize(3);
    }

    @Test
    void aDrillOnTheOwnerMovesTheVipAndMeasuresTheMove() {
        // The report is on stdout, progress on stderr: both come as one text here.
        Shell.Result drill = cluster.agent(owner).order("drill");
        assertThat(drill.exitCode()).as(drill.output()).isZero();
        assertThat(drill.output()).contains("told to hand over (to ")
                .contains("the address is gone from " + owner.name())
                .contains("says that it owns the VIP").contains("first new connection served")
                .containsPattern("the last of \\d idle clients has noticed").containsPattern("gap: +\\d+ ms");
        assertThat(cluster.awaitSettled(SETTLED)).isNotEqualTo(owner);
        System.out.println("e2e: drill on the owner:\n" + drill.output());

        Shell.Result refused = cluster.agent(owner).order("drill");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains(owner.name() + " does not own the VIP",
                "run on " + cluster.awaitSettled(SETTLED).name() + ": hacp drill");
    }

    @Test
    void aDrillThatKillsTheAgentIsWatchedFromAClientMachine() {
        Path log = Path.of("target", "e2e", "OrdersIT", "watch.log").toAbsolutePath();
        List<String> command = HacpJar.require().command(List.of("drill", "--watch", "--admin-address",
                IpAddresses.text(other.ipv4()) + ":9643", "--within", "50s"));
        try (Daemon watch = Daemon.start(cluster.client().namespace(), log, Map.of(), command)) {
            Await.until("the client measures", SETTLED, () -> watch.log().contains("ready: now run"), watch::log);
            Shell.Result killed = cluster.agent(owner).order("drill", "--hard", "--yes-kill-the-agent");
            assertThat(killed.exitCode()).as(killed.output()).isZero();
            assertThat(killed.output()).contains("killed the agent of " + owner.name())
                    .contains("the address is gone from " + owner.name());
            assertThat(cluster.agent(owner).isAlive()).isFalse();
            assertThat(watch.awaitExit(Duration.ofSeconds(60))).as(watch.log()).isZero();
            assertThat(watch.log()).contains("the last connection that " + owner.name() + " served")
                    .contains("first new connection served").contains("idle clients has noticed")
                    .contains("'s own notes:");
            System.out.println("e2e: the agent is killed, seen from a client:\n" + watch.log());
        }
    }

    private static JsonNode json(Shell.Result result) {
        try {
            return new ObjectMapper().readTree(result.output());
        } catch (IOException e) {
            throw new IllegalStateException(result.output(), e);
        }
    }
}
