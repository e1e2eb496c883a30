package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.MemberDirectory;
import dev.hacp.leader.election.LeaseApi;
import dev.hacp.leader.election.LeaseApiException;
import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A Lease that can be read but not written, and one that others write, at a real kube-apiserver: each test in a namespace
/// of its own.
class LeaseRefusalsIT {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456Z");
    private static final NodeName NODE = new NodeName("node-a");
    private static LoopbackCluster cluster;
    private static ApiServers servers;

    @BeforeAll
    static void startCluster() throws IOException {
        Assumptions.assumeTrue(LoopbackCluster.binary().isPresent(), "no kube-apiserver and etcd on this machine");
        cluster = new LoopbackCluster();
        servers = cluster.servers(cluster.adminKubeconfig());
    }

    @AfterAll
    static void stopCluster() throws IOException {
        if (cluster != null) {
            servers.close();
            cluster.close();
        }
    }

    @Test
    void aWebhookThatFailsClosedLetsReadsThroughAndIsNamedInItsOwnWords() throws Exception {
        LeaseApi lease = leaseIn("webhook");
        LeaseRecord held = lease.create(record("node-a", 0, "", Map.of("hacp.dev/instance", "x")));
        publishMember("webhook");
        lease.tryWrite();
        cluster.asAdmin(client -> client.resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingWebhookConfiguration
                metadata: {name: gone}
                webhooks:
                - name: gone.example.com
                  admissionReviewVersions: [v1]
                  sideEffects: None
                  failurePolicy: Fail
                  timeoutSeconds: 2
                  clientConfig: {url: "https://127.0.0.1:1/"}
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: webhook}}
                  rules:
                  - {apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: ["*"]}
                """).create());
        LeaseApiException tried = awaitRefusal(lease);
        assertThat(tried).isInstanceOf(LeaseApiException.Unreachable.class)
                .hasMessageStartingWith("cannot update leases.coordination.k8s.io webhook/hacp-member-node-a: the API"
                        + " server answered 500 (Internal error occurred: failed calling webhook \"gone.example.com\"");
        assertThat(servers.failing(cluster.server())).as("what can be read there stays").isFalse();
        assertThat(lease.read().map(LeaseRecord::holder)).contains("node-a");
        assertThatThrownBy(() -> lease.update(record("node-a", 0, held.resourceVersion(), Map.of())))
                .as("surely not carried out").isInstanceOf(LeaseApiException.Unreachable.class)
                .hasMessageContaining("gone.example.com");
    }

    @Test
    void aPolicyIsToldInItsOwnWordsAndNotAsAMissingRight() throws Exception {
        LeaseApi lease = leaseIn("policy");
        publishMember("policy");
        cluster.asAdmin(client -> client.resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: labels}
                spec:
                  failurePolicy: Fail
                  matchConstraints:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: policy}}
                    resourceRules:
                    - {apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [leases]}
                  validations:
                  - expression: has(object.metadata.labels) && 'team' in object.metadata.labels
                    message: every object needs the label team
                    reason: Forbidden
                """).create());
        cluster.asAdmin(client -> client.resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: labels}
                spec: {policyName: labels, validationActions: [Deny]}
                """).create());
        assertThat(awaitRefusal(lease)).isInstanceOf(LeaseApiException.Unreachable.class)
                .hasMessageContaining("every object needs the label team").message().doesNotContain("grant it");
    }

    @Test
    void aNamespaceThatIsMissingOrBeingDeletedIsNamed() throws Exception {
        LeaseApi nowhere = lease("nowhere");
        assertThat(nowhere.read()).isEmpty();
        assertThatThrownBy(() -> nowhere.create(record("node-a", 0, "", Map.of())))
                .isInstanceOf(LeaseApiException.Unreachable.class)
                .hasMessage("cannot create leases.coordination.k8s.io nowhere/hacp: the API server answered 404"
                        + " (namespaces \"nowhere\" not found): create the namespace 'nowhere', or give another"
                        + " --lease-namespace");

        LeaseApi ending = leaseIn("ending");
        // Nobody runs here who would carry it out.
        cluster.asAdmin(client -> client.namespaces().withName("ending").delete());
        assertThatThrownBy(() -> ending.create(record("node-a", 0, "", Map.of())))
                .isInstanceOf(LeaseApiException.Unreachable.class)
                .hasMessageStartingWith("cannot create leases.coordination.k8s.io ending/hacp: the API server answered"
                        + " 403 (leases.coordination.k8s.io \"hacp\" is forbidden: ")
                .hasMessageEndingWith(": the namespace is being deleted; create it again, or give another"
                        + " --lease-namespace")
                .message().doesNotContain("grant it");
    }

    @Test
    void anEtcdThatIsFullRefusesAWriteForSureAndADryRunWouldNotShowIt() throws Exception {
        LeaseApi lease = leaseIn("full");
        LeaseRecord held = lease.create(record("node-a", 0, "", Map.of("hacp.dev/instance", "x")));
        publishMember("full");
        lease.tryWrite();
        Matcher member = Pattern.compile("\"member_id\":\"(\\d+)\"").matcher(etcd("maintenance/status", "{}"));
        assertThat(member.find()).isTrue();
        String alarm = "\"memberID\":\"" + member.group(1) + "\",\"alarm\":\"NOSPACE\"}";
        assertThat(etcd("maintenance/alarm", "{\"action\":\"ACTIVATE\"," + alarm)).contains("NOSPACE");
        try {
            cluster.asAdmin(client -> {
                Lease own = client.leases().inNamespace("full").withName("hacp-member-node-a").get();
                own.getMetadata().setLabels(Map.of("dry", "run"));
                return client.resource(own).dryRun(true).update();
            });
            assertThatThrownBy(lease::tryWrite).isInstanceOf(LeaseApiException.Unreachable.class)
                    .hasMessageContaining("database space exceeded");
            assertThatThrownBy(() -> lease.update(record("node-b", 1, held.resourceVersion(), held.annotations())))
                    .isInstanceOf(LeaseApiException.Unreachable.class);
            assertThat(lease.update(record("node-a", 0, held.resourceVersion(), held.annotations())))
                    .as("an update that changes nothing is not stored: it would show nothing").isEqualTo(held);
            assertThat(lease.read()).contains(held);
        } finally {
            etcd("maintenance/alarm", "{\"action\":\"DEACTIVATE\"," + alarm);
        }
        lease.tryWrite();
    }

    @Test
    void aTriedWriteLeavesWhatTheMemberPublishesAndMakesNothing() throws Exception {
        LeaseApi lease = leaseIn("probe");
        assertThatThrownBy(lease::tryWrite).isInstanceOf(LeaseApiException.Unreachable.class).hasMessage(
                "it is not known whether Leases can be written: this member's own, probe/hacp-member-node-a, does not"
                        + " exist");
        publishMember("probe");
        Lease before = memberLease("probe");
        lease.tryWrite();
        Lease after = memberLease("probe");
        assertThat(after.getMetadata().getResourceVersion()).as("stored")
                .isNotEqualTo(before.getMetadata().getResourceVersion());
        assertThat(after.getSpec()).isEqualTo(before.getSpec());
        assertThat(after.getMetadata().getLabels()).isEqualTo(before.getMetadata().getLabels());
        assertThat(after.getMetadata().getAnnotations()).containsAllEntriesOf(before.getMetadata().getAnnotations());
    }

    @Test
    void aLeaseThatSomebodyEditedIsHeldOnAndMended() throws Exception {
        LeaseApi lease = leaseIn("edited");
        LeaseRecord held = lease.create(record("node-a", 7, "", Map.of("hacp.dev/instance", "x")));
        patch("edited", """
                {"metadata":{"labels":{"team":"a"},"finalizers":["example.com/guard"],
                 "ownerReferences":[{"apiVersion":"v1","kind":"Namespace","name":"edited","uid":"u"}]},
                 "spec":{"leaseTransitions":2147483647,"leaseDurationSeconds":2147483647}}""");
        LeaseRecord edited = lease.read().orElseThrow();
        assertThat(edited.transitions()).as("the term is the owner's still").isEqualTo(7);
        assertThat(edited.leaseDurationSeconds()).isEqualTo(60);
        assertThat(edited.resourceVersion()).isNotEqualTo(held.resourceVersion());

        lease.update(record("node-a", 7, edited.resourceVersion(), edited.annotations()));
        Lease mended = cluster.asAdmin(client -> client.leases().inNamespace("edited").withName("hacp").get());
        assertThat(mended.getSpec().getLeaseTransitions()).isEqualTo(7);
        assertThat(mended.getSpec().getLeaseDurationSeconds()).isEqualTo(15);
        assertThat(mended.getMetadata().getLabels()).containsEntry("team", "a");
        assertThat(mended.getMetadata().getFinalizers()).containsExactly("example.com/guard");
        assertThat(mended.getMetadata().getOwnerReferences()).hasSize(1);
        assertThat(mended.getMetadata().getManagedFields()).extracting("manager").contains("somebody");
    }

    @Test
    void aLeaseWithTheLargestFieldIsTakenByALargerTerm() throws Exception {
        LeaseApi lease = leaseIn("largest");
        cluster.asAdmin(client -> client.resource("""
                apiVersion: coordination.k8s.io/v1
                kind: Lease
                metadata: {name: hacp, namespace: largest}
                spec: {holderIdentity: other, leaseTransitions: 2147483647}
                """).create());
        LeaseRecord found = lease.read().orElseThrow();
        assertThat(found.transitions()).isEqualTo(2147483647L);
        LeaseRecord taken = lease.update(record("node-a", 2147483648L, found.resourceVersion(), Map.of()));
        assertThat(taken.transitions()).isEqualTo(2147483648L);
        // An agent before 0.2 counts on in the field and keeps the annotation.
        patch("largest", "{\"spec\":{\"leaseTransitions\":1,\"holderIdentity\":\"old\"}}");
        assertThat(lease.read().orElseThrow().transitions()).isEqualTo(2147483649L);
    }

    private static LeaseApi leaseIn(String namespace) {
        cluster.asAdmin(client -> client.resource(new NamespaceBuilder().withNewMetadata().withName(namespace)
                .addToLabels("kubernetes.io/metadata.name", namespace).endMetadata().build()).create());
        return lease(namespace);
    }

    private static LeaseApi lease(String namespace) {
        return new KubeLeaseApi(servers, namespace, "hacp", NODE, Duration.ofSeconds(15), Ticker.system());
    }

    private static LeaseRecord record(String holder, long term, String version, Map<String, String> annotations) {
        return new LeaseRecord(holder, 15, NOW, NOW, term, version, annotations);
    }

    private static Lease memberLease(String namespace) {
        return cluster.asAdmin(client -> client.leases().inNamespace(namespace).withName("hacp-member-node-a").get());
    }

    /// As the agent does, which then no longer runs: nothing but the tried write touches it.
    private static void publishMember(String namespace) {
        try (MemberDirectory directory = new MemberDirectory(servers, namespace, "hacp", NODE,
                new HostPort("192.0.2.1", 9644), KubeObjectsIT.SETTINGS, new Journal(), Ticker.system())) {
            directory.start("a".repeat(64), members -> {});
            await().until(() -> memberLease(namespace) != null);
        }
    }

    /// The API server learns of a new webhook or policy a moment later.
    private static LeaseApiException awaitRefusal(LeaseApi lease) {
        return (LeaseApiException) await().until(() -> catchThrowable(lease::tryWrite),
                thrown -> thrown instanceof LeaseApiException);
    }

    private static void patch(String namespace, String change) {
        cluster.asAdmin(client -> client.leases().inNamespace(namespace).withName("hacp")
                .patch(new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).withFieldManager("somebody")
                        .build(),
                        change));
    }

    private static String etcd(String path, String body) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest
                    .newBuilder(URI.create("http://127.0.0.1:" + cluster.etcdPort() + "/v3/" + path))
                    .POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    private static org.awaitility.core.ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
    }
}
