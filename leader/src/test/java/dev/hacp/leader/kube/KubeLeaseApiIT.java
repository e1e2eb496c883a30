package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.election.LeaseApi;
import dev.hacp.leader.election.LeaseApiException;
import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against a real kube-apiserver with RBAC.
class KubeLeaseApiIT {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456Z");
    private static LoopbackCluster cluster;

    @BeforeAll
    static void startCluster() throws IOException {
        Assumptions.assumeTrue(LoopbackCluster.binary().isPresent(), "no kube-apiserver and etcd on this machine");
        cluster = new LoopbackCluster();
    }

    @AfterAll
    static void stopCluster() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aLeaseIsCreatedReadAndUpdatedByCompareAndSwap() throws Exception {
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig())) {
            LeaseApi lease = leaseApi(servers, "cas");
            assertThat(lease.read()).isEmpty();
            LeaseRecord created = lease.create(record("node-a", 0, ""));
            assertThat(created.resourceVersion()).isNotEmpty();
            assertThat(lease.read()).contains(created);
            assertThat(created.renewTime()).isEqualTo(NOW);
            assertThat(created.annotations()).containsEntry("hacp.dev/instance", "x");
            assertThatThrownBy(() -> lease.create(record("node-b", 0, "")))
                    .isInstanceOf(LeaseApiException.Conflict.class);

            LeaseRecord taken = lease.update(record("node-b", 1, created.resourceVersion()));
            assertThat(taken.holder()).isEqualTo("node-b");
            assertThatThrownBy(() -> lease.update(record("node-a", 0, created.resourceVersion())))
                    .isInstanceOf(LeaseApiException.Conflict.class).hasMessageContaining("409");
            assertThat(lease.read().orElseThrow().holder()).isEqualTo("node-b");

            LeaseRecord released = lease.update(record("", 1, taken.resourceVersion()));
            assertThat(released.isReleased()).isTrue();
            assertThat(lease.read().orElseThrow().isReleased()).isTrue();
        }
    }

    @Test
    void anUpdateOfALeaseThatIsGoneIsAConflict() throws Exception {
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig())) {
            LeaseApi lease = leaseApi(servers, "gone");
            LeaseRecord created = lease.create(record("node-a", 0, ""));
            cluster.asAdmin(client -> client.leases().inNamespace("kube-system").withName("gone").delete());
            assertThatThrownBy(() -> lease.update(record("node-a", 0, created.resourceVersion())))
                    .isInstanceOf(LeaseApiException.Conflict.class);
        }
    }

    @Test
    void aWatchTellsWhatIsThereAndEachChangeAndComesBackAfterARestartOfTheApiServer() throws Exception {
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig())) {
            LeaseApi lease = leaseApi(servers, "watched");
            LeaseRecord created = lease.create(record("node-a", 0, ""));
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            AutoCloseable watch = lease.watch(new LeaseApi.Listener() {
                @Override
                public void observed(LeaseRecord record) {
                    seen.add(record.holder());
                }

                @Override
                public void deleted() {
                    seen.add("deleted");
                }
            });
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("node-a");
            LeaseRecord second = lease.update(record("node-b", 1, created.resourceVersion()));
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("node-b");

            cluster.killApiServer();
            assertThatThrownBy(lease::read).isInstanceOf(LeaseApiException.Unreachable.class)
                    .hasMessageContaining("refused the connection").hasMessageContaining(cluster.server().toString());
            cluster.startApiServer();
            awaitRead(lease);
            lease.update(record("node-c", 2, second.resourceVersion()));
            assertThat(seen.poll(20, TimeUnit.SECONDS)).as("node-b is not told again").isEqualTo("node-c");
            cluster.asAdmin(client -> client.leases().inNamespace("kube-system").withName("watched").delete());
            assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("deleted");
            watch.close();
        }
    }

    @Test
    void aBlackHoledApiServerCostsAReadOnlyTheHedgeAndIsThenAskedLast() throws Exception {
        // A listener that nobody accepts from: TCP connects, TLS never answers.
        try (ServerSocket hole = blackHole();
                ApiServers servers = cluster.servers(List.of(new HostPort("127.0.0.1", hole.getLocalPort())),
                        cluster.adminKubeconfig())) {
            LeaseApi lease = leaseApi(servers, "hedged");
            warm(servers);
            long start = System.nanoTime();
            LeaseRecord created = lease.create(record("node-a", 0, ""));
            Duration write = Duration.ofNanos(System.nanoTime() - start);
            start = System.nanoTime();
            assertThat(lease.read()).contains(created);
            Duration second = Duration.ofNanos(System.nanoTime() - start);
            System.out
                    .println("black hole first: create " + write.toMillis() + " ms, read " + second.toMillis() + " ms");
            assertThat(write).isLessThan(Duration.ofSeconds(4));
            assertThat(second).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void aCredentialThatIsRefusedGivesWayToTheNextOne() throws Exception {
        Path stranger = cluster.kubeconfig("stranger.conf", "RSA", "stranger", "");
        Path unknown = Kubeconfigs.writeUser(cluster.directory().resolve("unknown.conf"),
                "https://" + cluster.server(), cluster.authority(), "token: nobody-knows-this");
        try (ApiServers servers = cluster.servers(unknown, stranger, cluster.adminKubeconfig())) {
            LeaseApi lease = leaseApi(servers, "refused");
            lease.create(record("node-a", 0, ""));
            assertThat(servers.credentials().current().orElseThrow().source()).endsWith("admin.conf");
        }
    }

    @Test
    void aMissingRightIsNamedWithVerbAndResource() {
        Path stranger = cluster.kubeconfig("stranger2.conf", "EC", "stranger", "");
        try (ApiServers servers = cluster.servers(stranger)) {
            LeaseApi lease = leaseApi(servers, "hacp");
            assertThatThrownBy(() -> lease.update(record("node-a", 0, "1")))
                    .isInstanceOfSatisfying(LeaseApiException.Forbidden.class,
                            e -> assertThat(e.verb()).isEqualTo("update"))
                    .hasMessage("the credential " + stranger + " may not update leases.coordination.k8s.io"
                            + " kube-system/hacp: grant it, see 'hacp manifest rbac'");
        }
    }

    @Test
    void aCredentialThatAppearsLaterIsUsed() throws Exception {
        Path later = cluster.directory().resolve("later.conf");
        try (ApiServers servers = cluster.servers(later)) {
            LeaseApi lease = leaseApi(servers, "later");
            assertThatThrownBy(lease::read).isInstanceOf(LeaseApiException.Unauthorised.class)
                    .hasMessage("no credential can be used: " + later + " does not exist");
            Files.copy(cluster.adminKubeconfig(), later);
            assertThat(lease.read()).isEmpty();
        }
    }

    @Test
    void aTokenIsAsGoodAsACertificate() throws Exception {
        Path robot = Kubeconfigs.writeUser(cluster.directory().resolve("robot.conf"), "https://" + cluster.server(),
                cluster.authority(), "token: token-of-robot");
        try (ApiServers servers = cluster.servers(robot)) {
            LeaseApi lease = leaseApi(servers, "token");
            assertThatThrownBy(lease::read).isInstanceOf(LeaseApiException.Forbidden.class);
        }
    }

    @Test
    void anApiServerOfAnotherClusterIsNotTrusted() {
        Path foreign = Kubeconfigs.write(cluster.directory().resolve("foreign.conf"), "https://" + cluster.server(),
                new dev.hacp.leader.pki.TestAuthority("other"), cluster.authority().client("EC", "admin",
                        "system:masters", Duration.ofDays(1)));
        try (ApiServers servers = cluster.servers(foreign)) {
            LeaseApi lease = leaseApi(servers, "foreign");
            assertThatThrownBy(lease::read).isInstanceOf(LeaseApiException.Unreachable.class)
                    .hasMessageContaining("failed in TLS");
        }
    }

    @Test
    void theApiServersAreDiscoveredAndTheLastListIsKeptWhileNoneAnswers() throws Exception {
        List<List<HostPort>> lists = new CopyOnWriteArrayList<>();
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                EndpointDiscovery discovery = new EndpointDiscovery(servers, lists::add).start()) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !lists.isEmpty());
            assertThat(lists.getFirst()).contains(new HostPort("192.0.2.1", cluster.server().port()));

            EndpointSlice more = cluster.asAdmin(client -> {
                EndpointSlice slice = client.discovery().v1().endpointSlices().inNamespace("default")
                        .withLabel("kubernetes.io/service-name", "kubernetes").list().getItems().getFirst();
                slice.setMetadata(new io.fabric8.kubernetes.api.model.ObjectMetaBuilder().withName("second")
                        .withNamespace("default").addToLabels("kubernetes.io/service-name", "kubernetes").build());
                slice.setAddressType("IPv6");
                slice.getEndpoints().getFirst().setAddresses(List.of("2001:db8::2"));
                return client.resource(slice).create();
            });
            HostPort second = new HostPort("2001:db8::2", cluster.server().port());
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> discovery.endpoints().contains(second));

            cluster.killApiServer();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !discovery.problem().isEmpty());
            assertThat(discovery.endpoints()).contains(second);
            cluster.startApiServer();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> discovery.problem().isEmpty());
            assertThat(discovery.endpoints()).contains(second);
            cluster.asAdmin(client -> client.resource(more).delete());
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !discovery.endpoints().contains(second));
            assertThat(lists).noneMatch(List::isEmpty);
        }
    }

    private static LeaseApi leaseApi(ApiServers servers, String name) {
        return new KubeLeaseApi(servers, "kube-system", name, new NodeName("node-a"), Duration.ofSeconds(15),
                Ticker.system());
    }

    private static LeaseRecord record(String holder, long transitions, String version) {
        return new LeaseRecord(holder, 15, NOW, NOW, transitions, version, Map.of("hacp.dev/instance", "x"));
    }

    private static void warm(ApiServers servers) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            try {
                return servers.call(ApiRequest.read("get", "/version", ""),
                        (client, server) -> Optional.ofNullable(client.getKubernetesVersion())).isPresent();
            } catch (ApiException e) {
                return false;
            }
        });
    }

    private static void awaitRead(LeaseApi lease) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
            try {
                return lease.read().isPresent();
            } catch (LeaseApiException e) {
                return false;
            }
        });
    }

    private static ServerSocket blackHole() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}));
    }
}
