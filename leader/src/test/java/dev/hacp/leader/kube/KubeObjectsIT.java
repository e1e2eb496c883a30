package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.Difference;
import dev.hacp.leader.channel.Member;
import dev.hacp.leader.channel.MemberDirectory;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
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
    void membersPublishThemselvesSeeEachOtherAndStayMembersWhenTheyStop() throws Exception {
        NodeName a = new NodeName("node-a");
        NodeName b = new NodeName("node-b");
        AtomicReference<List<Member>> seenByA = new AtomicReference<>(List.of());
        AtomicReference<List<Member>> seenByB = new AtomicReference<>(List.of());
        HostPort addressOfA = new HostPort("192.0.2.1", 9644);
        HostPort addressOfB = new HostPort("2001:db8::2", 9644);
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory ofA = directory(servers, a, addressOfA)) {
            MemberDirectory ofB = directory(servers, b, addressOfB);
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

            // A majority must not shrink with each agent that is stopped.
            ofB.leave();
            ofB.close();
            await().until(() -> lease("hacp-member-node-b").getMetadata().getAnnotations()
                    .containsKey("hacp.dev/stopped"));
            assertThat(seenByA.get()).isEqualTo(both);

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
            assertThat(seenByA.get()).isEqualTo(both);
            new MemberLeases(servers, NAMESPACE, "hacp", () -> {}).delete(b);
            await().until(() -> seenByA.get().equals(List.of(both.getFirst())));
        }
    }

    @Test
    void theLaterOfTwoAgentsOfOneNameStaysOutAndSaysWhereTheOtherIs() throws Exception {
        NodeName twin = new NodeName("raspberrypi");
        Journal journal = new Journal();
        AtomicReference<List<Member>> seenBySecond = new AtomicReference<>(List.of());
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory second = directory(servers, twin, new HostPort("192.0.2.12", 9644), SETTINGS,
                        journal)) {
            MemberDirectory first = directory(servers, twin, new HostPort("192.0.2.11", 9644));
            first.start("1".repeat(64), members -> {});
            await().until(() -> first.nameProblem().isEmpty());
            CompletableFuture<Void> named = second.claim("2".repeat(64)).toCompletableFuture();
            second.start("2".repeat(64), members -> seenBySecond.set(List.copyOf(members)));
            await().until(second::isNameTaken);
            assertThat(second.nameProblem()).isEqualTo(
                    "another agent is called raspberrypi, at 192.0.2.11: give one of them another --node-name");
            assertThat(first.nameProblem()).isEmpty();
            assertThat(named).isNotDone();

            // Neither writes over the other in turns.
            String version = lease("hacp-member-raspberrypi").getMetadata().getResourceVersion();
            await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
            assertThat(lease("hacp-member-raspberrypi").getMetadata().getResourceVersion()).isEqualTo(version);
            assertThat(journal.entries().stream().filter(e -> e.kind() == Journal.Kind.NAME_TAKEN)).hasSize(1);
            assertThat(seenBySecond.get()).isEmpty();

            // The other one ends: so does the refusal.
            first.leave();
            first.close();
            await().until(() -> named.isDone() && second.nameProblem().isEmpty());
            await().until(() -> seenBySecond.get().stream().map(Member::fingerprint).toList()
                    .contains("2".repeat(64)));
        }
    }

    @Test
    void anAgentWhoseLeaseALivingTwinWritesOverLeavesTheMembersAndDoesNotWriteItBack() {
        NodeName twin = new NodeName("overwritten");
        AtomicReference<List<Member>> seen = new AtomicReference<>(List.of());
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory directory = directory(servers, twin, new HostPort("192.0.2.21", 9644))) {
            directory.start("3".repeat(64), members -> seen.set(List.copyOf(members)));
            await().until(() -> seen.get().stream().anyMatch(member -> member.node().equals(twin)));
            // As version 0.1 does, which asks nobody.
            cluster.asAdmin(client -> client.leases().inNamespace(NAMESPACE).withName("hacp-member-overwritten")
                    .edit(lease -> new LeaseBuilder(lease).editMetadata()
                            .addToAnnotations("hacp.dev/peer-fingerprint", "4".repeat(64))
                            .addToAnnotations("hacp.dev/peer-address", "192.0.2.22:9644").endMetadata().editSpec()
                            .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC)).endSpec().build()));
            await().until(directory::isNameTaken);
            assertThat(directory.nameProblem()).contains("at 192.0.2.22:");
            await().until(() -> seen.get().isEmpty());
            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            assertThat(lease("hacp-member-overwritten").getMetadata().getAnnotations())
                    .containsEntry("hacp.dev/peer-fingerprint", "4".repeat(64));
        }
    }

    @Test
    void anAgentThatWasKilledAndComesBackAtItsAddressIsAMemberAgainAtOnce() {
        NodeName node = new NodeName("restarted");
        HostPort address = new HostPort("192.0.2.31", 9644);
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig())) {
            MemberDirectory killed = directory(servers, node, address);
            killed.start("5".repeat(64), members -> {});
            await().until(() -> killed.nameProblem().isEmpty());
            killed.close();
            try (MemberDirectory again = directory(servers, node, address)) {
                again.start("6".repeat(64), members -> {});
                await().atMost(Duration.ofSeconds(5)).until(() -> again.nameProblem().isEmpty());
            }
        }
    }

    @Test
    void aNodeThatGetsAnotherAddressIsFoundThere() {
        NodeName node = new NodeName("moving");
        NodeName other = new NodeName("resting");
        AtomicReference<List<Member>> seen = new AtomicReference<>(List.of());
        HostPort moved = new HostPort("192.0.2.42", 9644);
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory directory = directory(servers, node, new HostPort("192.0.2.41", 9644));
                MemberDirectory peer = directory(servers, other, new HostPort("192.0.2.43", 9644))) {
            directory.start("7".repeat(64), members -> {});
            peer.start("8".repeat(64), members -> seen.set(List.copyOf(members)));
            await().until(() -> seen.get().stream().anyMatch(member -> member.node().equals(node)));
            directory.moved(moved);
            await().atMost(Duration.ofSeconds(5)).until(
                    () -> seen.get().contains(new Member(node, moved, "7".repeat(64))));
            assertThat(directory.nameProblem()).isEmpty();
        }
    }

    @Test
    void aMemberOfAnotherVipIsToldApartOnceAndAgainWhenItIsAlike() {
        NodeName node = new NodeName("judging");
        NodeName other = new NodeName("otherwise");
        Journal journal = new Journal();
        AtomicReference<List<Member>> seen = new AtomicReference<>(List.of());
        HostPort address = new HostPort("192.0.2.51", 9644);
        MemberSettings settings = new MemberSettings(List.of("10.0.0.11"), 6443, Map.of("heartbeat", "200ms"), "0.2.0");
        try (ApiServers servers = cluster.servers(cluster.adminKubeconfig());
                MemberDirectory judge = directory(servers, node, new HostPort("192.0.2.50", 9644), SETTINGS,
                        journal)) {
            judge.start("9".repeat(64), members -> seen.set(List.copyOf(members)));
            MemberDirectory odd = directory(servers, other, address, settings, new Journal());
            odd.start("a".repeat(64), members -> {});
            Difference difference = new Difference("vip 10.0.0.11 (here 10.0.0.10)", "heartbeat 200ms (here 100ms)");
            await().until(() -> seen.get().contains(new Member(other, address, "a".repeat(64), difference)));
            odd.close();
            assertThat(journal.entries()).filteredOn(e -> e.keys().containsValue("otherwise")).singleElement()
                    .returns(Journal.Kind.MEMBER_DIFFERS, Journal.Entry::kind);
            try (MemberDirectory alike = directory(servers, other, address)) {
                alike.start("b".repeat(64), members -> {});
                await().until(() -> seen.get().contains(new Member(other, address, "b".repeat(64))));
                assertThat(journal.entries()).filteredOn(e -> e.keys().containsValue("otherwise")).hasSize(2);
            }
        }
    }

    static final MemberSettings SETTINGS = new MemberSettings(List.of("10.0.0.10"), 6443,
            Map.of("heartbeat", "100ms"), "0.2.0");

    @AfterEach
    void forgetTheMembers() {
        cluster.asAdmin(client -> client.leases().inNamespace(NAMESPACE).withLabel(MemberLeases.LABEL).delete());
    }

    private static MemberDirectory directory(ApiServers servers, NodeName node, HostPort address) {
        return directory(servers, node, address, SETTINGS, new Journal());
    }

    private static MemberDirectory directory(ApiServers servers, NodeName node, HostPort address,
            MemberSettings settings, Journal journal) {
        return new MemberDirectory(servers, NAMESPACE, "hacp", node, address, settings, journal, Ticker.system());
    }

    private static Lease lease(String name) {
        return cluster.asAdmin(client -> client.leases().inNamespace(NAMESPACE).withName(name).get());
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
    }
}
