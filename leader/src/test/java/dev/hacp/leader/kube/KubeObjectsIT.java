package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.Member;
import dev.hacp.leader.channel.MemberDirectory;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Events, rights and member Leases at a real kube-apiserver.
class KubeObjectsIT {

    private static final String NAMESPACE = "kube-system";
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
    void whatTheJournalMarksBecomesAnEventOnTheLeaseAndARepetitionASeries() {
        Journal journal = new Journal();
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                EventPublisher publisher = new EventPublisher(servers, NAMESPACE, "hacp", new NodeName("node-a"),
                        journal)) {
            journal.record(Journal.Kind.LEADER_CHANGED, "not for Kubernetes");
            journal.record(Journal.Kind.BACKEND_DOWN, "backend is down", "backend", "10.0.0.1:6443");
            journal.record(Journal.Kind.BACKEND_DOWN, "backend is down", "backend", "10.0.0.1:6443");
            journal.record(Journal.Kind.TOOK_OVER, "this node owns the VIP", "vip", "10.0.0.10");
            await().until(() -> publisher.published() == 3);
            assertThat(publisher.dropped()).isZero();
            List<Event> events = cluster
                    .asAdmin(client -> client.events().v1().events().inNamespace(NAMESPACE).list().getItems()).stream()
                    .filter(event -> "hacp".equals(event.getReportingController())).toList();
            assertThat(events).hasSize(2);
            Event down = events.stream().filter(e -> e.getReason().equals("BackendDown")).findFirst().orElseThrow();
            assertThat(down.getType()).isEqualTo("Warning");
            assertThat(down.getNote()).isEqualTo("backend is down backend=10.0.0.1:6443");
            assertThat(down.getSeries().getCount()).isEqualTo(2);
            assertThat(down.getRegarding().getKind()).isEqualTo("Lease");
            assertThat(down.getRegarding().getName()).isEqualTo("hacp");
            assertThat(down.getReportingInstance()).isEqualTo("node-a");
            assertThat(events).anyMatch(e -> e.getReason().equals("TookOver") && e.getType().equals("Normal"));
        }
    }

    @Test
    void missingRightsAreNamedTogetherAndNoneIsMissingForAnAdministrator() throws Exception {
        List<AccessReview.Right> needed = AccessReview.needed(NAMESPACE, true);
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig())) {
            assertThat(AccessReview.sentence(AccessReview.missing(servers, needed))).isEmpty();
        }
        cluster.asAdmin(client -> {
            client.resource("""
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: Role
                    metadata: {name: some, namespace: kube-system}
                    rules:
                    - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, list, watch, create, delete]}
                    - {apiGroups: [events.k8s.io], resources: [events], verbs: [get, create, patch]}
                    """).create();
            return client.resource("""
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: RoleBinding
                    metadata: {name: some, namespace: kube-system}
                    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: some}
                    subjects:
                    - {apiGroup: rbac.authorization.k8s.io, kind: User, name: half}
                    """).create();
        });
        Path half = cluster.kubeconfig("half.conf", "EC", "half", "");
        try (ApiServers servers = cluster.servers(half)) {
            // The authorizer learns of a new role a moment later.
            await().ignoreExceptionsInstanceOf(ApiException.class)
                    .untilAsserted(() -> assertThat(AccessReview.sentence(AccessReview.missing(servers, needed)))
                            .contains(
                                    "the credential may not update leases.coordination.k8s.io in namespace kube-system;"
                                            + " nor list, watch endpointslices.discovery.k8s.io in namespace default:"
                                            + " grant it, see 'hacp manifest rbac'"));
        }
    }

    @Test
    void membersPublishThemselvesSeeEachOtherAndLeave() throws Exception {
        NodeName a = new NodeName("node-a");
        NodeName b = new NodeName("node-b");
        AtomicReference<List<Member>> seenByA = new AtomicReference<>(List.of());
        AtomicReference<List<Member>> seenByB = new AtomicReference<>(List.of());
        HostPort addressOfA = new HostPort("192.0.2.1", 9644);
        HostPort addressOfB = new HostPort("2001:db8::2", 9644);
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory ofA = new MemberDirectory(servers, NAMESPACE, "hacp", a, addressOfA, Ticker.system());
                MemberDirectory ofB = new MemberDirectory(servers, NAMESPACE, "hacp", b, addressOfB, Ticker.system())) {
            ofA.start("a".repeat(64), members -> seenByA.set(List.copyOf(members)));
            await().until(() -> seenByA.get().equals(List.of(new Member(a, addressOfA, "a".repeat(64)))));
            ofB.start("b".repeat(64), members -> seenByB.set(List.copyOf(members)));
            List<Member> both = List.of(new Member(a, addressOfA, "a".repeat(64)),
                    new Member(b, addressOfB, "b".repeat(64)));
            await().until(() -> seenByA.get().equals(both) && seenByB.get().equals(both));

            // Somebody deletes it by mistake: it is back at once.
            cluster.asAdmin(
                    client -> client.leases().inNamespace(NAMESPACE).withName("hacp-member-node-a").delete());
            await().until(() -> cluster.asAdmin(client -> client.leases().inNamespace(NAMESPACE)
                    .withName("hacp-member-node-a").get() != null));

            ofB.leave();
            await().until(() -> seenByA.get().equals(List.of(both.getFirst())));

            cluster.killApiServer();
            cluster.startApiServer();
            await().until(() -> {
                try {
                    return servers.call(ApiRequest.read("list", "leases", NAMESPACE),
                            (client, server) -> client.leases().inNamespace(NAMESPACE).list().getItems().size()) > 0;
                } catch (ApiException e) {
                    return false;
                }
            });
            assertThat(seenByA.get()).containsExactly(both.getFirst());
        }
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
    }
}
