package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseMapperTest {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00.123456Z");
    private final KubernetesSerialization yaml = new KubernetesSerialization();
    private final LeaseMapper mapper = new LeaseMapper("kube-system", "hacp", Duration.ofSeconds(15));

    private Lease lease(String version, String metadata, String spec) {
        return yaml.unmarshal("""
                apiVersion: coordination.k8s.io/v1
                kind: Lease
                metadata: {name: hacp, namespace: kube-system, resourceVersion: "%s", uid: u1%s}
                spec: {%s}
                """.formatted(version, metadata, spec), Lease.class);
    }

    private static LeaseRecord next(LeaseRecord read, String holder, long term) {
        return new LeaseRecord(holder, 15, NOW, NOW, term, read.resourceVersion(), read.annotations());
    }

    @Test
    void whatOtherProgramsKeepInTheLeaseIsSentBackAsItWasRead() {
        LeaseRecord read = mapper.record(lease("7", """
                , labels: {team: a}, annotations: {theirs: x}, finalizers: [example.com/guard], generation: 3,
                ownerReferences: [{apiVersion: v1, kind: Namespace, name: n, uid: u2}],
                managedFields: [{manager: kubectl, operation: Update}]
                """, "holderIdentity: node-b, strategy: OldestEmulationVersion, preferredHolder: node-c, novel: 1"));
        // A watch may bring an older state in the meantime.
        mapper.record(lease("6", "", "holderIdentity: node-b"));
        String sent = yaml.asYaml(mapper.lease(next(read, "node-a", 1)));
        assertThat(sent).contains("team: \"a\"", "theirs: \"x\"", "example.com/guard", "uid: \"u2\"", "uid: \"u1\"",
                "strategy: \"OldestEmulationVersion\"", "preferredHolder: \"node-c\"", "novel: 1",
                "resourceVersion: \"7\"", "holderIdentity: \"node-a\"", "generation: 3");
        assertThat(sent).as("the API server goes on with its own").doesNotContain("managedFields");
    }

    @Test
    void aLeaseThatIsMadeAgainHasNothingOfTheOneBefore() {
        LeaseRecord read = mapper.record(lease("7", ", labels: {team: a}", "holderIdentity: node-b"));
        LeaseRecord created = new LeaseRecord("node-a", 15, NOW, NOW, 0, "", read.annotations());
        assertThat(yaml.asYaml(mapper.lease(created))).doesNotContain("team", "uid", "resourceVersion");
    }

    @Test
    void aReleasedLeaseHasAnEmptyHolderAndNotNone() {
        assertThat(yaml.asYaml(mapper.lease(new LeaseRecord("", 15, NOW, NOW, 0, "", Map.of()))))
                .contains("holderIdentity: \"\"");
    }

    @Test
    void theLargestFieldIsFollowedByALargerTerm() {
        LeaseRecord read = mapper.record(lease("7", "", "leaseTransitions: 2147483647"));
        Lease sent = mapper.lease(next(read, "node-a", read.transitions() + 1));
        assertThat(sent.getSpec().getLeaseTransitions()).isZero();
        assertThat(mapper.record(sent).transitions()).isEqualTo(2147483648L);
    }

    @ParameterizedTest
    @CsvSource({"15,15", "40,40", "60,60", "2147483647,60", "0,0", "-5,0"})
    void aPromiseIsBelievedUpToAMinute(int written, int believed) {
        assertThat(mapper.record(lease("7", "", "leaseDurationSeconds: " + written)).leaseDurationSeconds())
                .isEqualTo(believed);
    }

    @Test
    void aPromiseIsBelievedUpToFourTimesOurOwn() {
        LeaseMapper slow = new LeaseMapper("kube-system", "hacp", Duration.ofMinutes(1));
        assertThat(slow.record(lease("7", "", "leaseDurationSeconds: 2147483647")).leaseDurationSeconds())
                .isEqualTo(240);
        assertThat(slow.record(lease("7", "", "")).leaseDurationSeconds()).isZero();
    }

    @Test
    void aHolderThatIsNoNodeNameIsOneShortLineAndStaysNone() {
        assertThat(mapper.record(lease("7", "", "holderIdentity: \"a\\nb\"")).holder()).isEqualTo("a?b");
        String holder = mapper.record(lease("7", "", "holderIdentity: " + "x".repeat(100_000))).holder();
        assertThat(holder).hasSize(254).endsWith("…");
    }
}
