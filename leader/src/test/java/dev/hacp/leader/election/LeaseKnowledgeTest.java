package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static dev.hacp.leader.election.Steps.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Leadership;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Ownership;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What an answer, an event and a failure of the Lease API prove, and what they do not.
class LeaseKnowledgeTest {

    private static final Claim C_OWNS = new Claim(Role.OWNER, 4, true);

    private static LeaseRecord lasting(int seconds) {
        return new LeaseRecord("node-b", seconds, Instant.EPOCH, Instant.EPOCH, 4, "9", Map.of());
    }

    @Test
    void aNumberInTheLeaseNeitherKeepsTheVipAwayForYearsNorFreesItSooner() {
        LeaseView view = new LeaseView();
        view.observe(lasting(1_000_000), true, 0);
        assertThat(view.expiresNanos(15_000 * MILLI)).isEqualTo(60_000 * MILLI);
        view = new LeaseView();
        view.observe(lasting(1), true, 0);
        assertThat(view.expiresNanos(15_000 * MILLI)).isEqualTo(15_000 * MILLI);
    }

    @Test
    void onlyItsHolderRenewsALease() {
        LeaseView view = new LeaseView();
        view.observe(lasting(15), true, 0);
        view.observe(written("10", Map.of("who", "a person")), false, 9_000 * MILLI);
        assertThat(view.record().resourceVersion()).isEqualTo("10");
        assertThat(view.expiresNanos(15_000 * MILLI)).as("an annotation more").isEqualTo(15_000 * MILLI);
        view.observe(written("11", Map.of(LeaseRecord.WRITE, "7")), false, 10_000 * MILLI);
        assertThat(view.expiresNanos(15_000 * MILLI)).isEqualTo(25_000 * MILLI);
    }

    private static LeaseRecord written(String version, Map<String, String> annotations) {
        return new LeaseRecord("node-b", 15, Instant.EPOCH, Instant.EPOCH, 4, version, annotations);
    }

    @Test
    void aReadThatIsAnsweredSaysNothingAboutWrites() {
        ApiHealth health = new ApiHealth();
        health.answered();
        health.failed(true, "denied", 0);
        health.answered();
        assertThat(health.isWell()).isFalse();
        assertThat(health.canRead()).isTrue();
        health.wrote(0);
        assertThat(health.isWell()).isTrue();
    }

    @Test
    void aReasonThatChangesWithEachAttemptIsToldEveryTenSeconds() {
        ApiHealth health = new ApiHealth();
        assertThat(health.failed(false, "192.0.2.1: refused", 0)).isTrue();
        assertThat(health.failed(false, "192.0.2.2: refused", 9_000 * MILLI)).isFalse();
        assertThat(health.failed(false, "192.0.2.1: refused", 11_000 * MILLI)).isTrue();
    }

    private static long validUntil(Steps steps) {
        return ((Leadership.Leader) steps.election.leadership()).validUntilNanos();
    }

    @Test
    void aRecordOfThisProcessWithoutTheOpenWritesMarkIsNoRenewal() {
        Steps steps = new Steps().own();
        long valid = validUntil(steps);
        steps.pass(2_200);
        assertThat(steps.wanted()).contains("update holder=node-a");
        steps.watch(steps.lease(A, 0));
        assertThat(validUntil(steps)).isEqualTo(valid);
    }

    @Test
    void aRenewalCountsFromBeforeItWasSentHoweverLateItsAnswerIs() {
        Steps steps = new Steps().own();
        for (int i = 0; i < 300 && !steps.wanted().contains("update"); i++) {
            steps.pass(10);
        }
        long sent = steps.now();
        steps.pass(1_000).stored();
        assertThat(validUntil(steps)).isEqualTo(sent + 10_000 * MILLI);
    }

    @Test
    void aReadFromBeforeAWriteDoesNotBringBackWhatWasBeforeIt() {
        Steps steps = new Steps().follows(B, 3);
        steps.wanted();
        for (int i = 0; i < 60 && !steps.wanted().contains("read"); i++) {
            steps.pass(50);
        }
        long read = steps.lastCall();
        LeaseRecord before = steps.released(3);
        steps.watch(before).pass(500);
        assertThat(steps.wanted()).contains("update holder=node-a term=4");
        assertThat(steps.stored().wanted()).contains("take over term=4");
        steps.answer(read, before);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void aLeaseThatComesAfterTheRenewDeadlineMakesNoOwner() {
        Steps steps = new Steps().tick().answer(new LeaseRecord("", 15, Instant.EPOCH, Instant.EPOCH, 3, "9", Map.of()))
                .pass(650);
        assertThat(steps.wanted()).contains("update holder=node-a term=4");
        long take = steps.lastCall();
        steps.pass(10_050).wanted();
        steps.answer(take, new LeaseRecord("node-a", 15, Instant.EPOCH, Instant.EPOCH, 4, "40",
                steps.lease(A, 4).annotations()));
        assertThat(steps.wanted()).doesNotContain("take over").doesNotContain("stand down");
    }

    /// A renewal of an earlier time as owner was carried out and its answer comes when this member owns by votes.
    @Test
    void theAnswerAboutAnEarlierTermSaysNothingOfThisOne() {
        Ownership ours = new Ownership(A, 0);
        Steps steps = new Steps().members(B, C);
        steps.othersReachApi = true;
        steps.own();
        for (int i = 0; i < 60 && !steps.wanted().contains("update"); i++) {
            steps.pass(50).hear(B, Claim.FOLLOWER, ours, null).hear(C, Claim.FOLLOWER, ours, null);
        }
        long renewal = steps.lastCall();
        Ownership bs = new Ownership(B, 1);
        LeaseRecord held = steps.watch(steps.lease(B, 1)).dutyDone().election.lease().record();
        steps.hearFor(1_000, () -> answerReads(steps, held).hear(B, new Claim(Role.OWNER, 1, true), null, null)
                .hear(C, Claim.FOLLOWER, bs, null));
        steps.hearFor(500, () -> answerReads(steps, held).hear(C, Claim.FOLLOWER, null, bs));
        steps.hearFor(400, () -> steps.hear(C, Claim.FOLLOWER, null, bs));
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
        steps.hear(C, Claim.FOLLOWER, new Ownership(A, 2), bs);
        assertThat(steps.election.role()).isEqualTo(Role.PROVISIONAL);
        steps.answer(renewal, steps.lease(A, 0));
        assertThat(steps.election.role()).isEqualTo(Role.PROVISIONAL);
    }

    private static Steps answerReads(Steps steps, @Nullable LeaseRecord record) {
        return steps.wanted().endsWith("read") ? steps.answer(record) : steps;
    }

    // ---- what a member has seen

    /// It does not reach the API any longer, and etcd was restored from a backup.
    @Test
    void aMemberThatHasSeenALaterLeaseThanThereIsKeepsNobodyFromWriting() {
        Steps steps = new Steps().own().members(B, C);
        steps.othersHaveSeen = 7;
        LeaseRecord stored = steps.election.lease().record();
        steps.hearFor(4_000, () -> {
            while (steps.wants.remove("read")) {
                steps.answer(stored);
            }
            steps.hear(B, Claim.FOLLOWER, null, null);
        });
        assertThat(steps.wanted()).contains("update holder=node-a term=0");
    }

    @Test
    void aReadFromBeforeAMembersNewsDoesNotAnswerIt() {
        Steps steps = new Steps().members(B, C).follows(C, 4).hear(B, Claim.FOLLOWER, null, null);
        steps.wanted();
        for (int i = 0; i < 60 && !steps.wants.remove("read"); i++) {
            steps.pass(50);
        }
        steps.othersHaveSeen = 5;
        String wanted = steps.pass(50).hear(B, Claim.FOLLOWER, null, null).answer(steps.lease(C, 4)).wanted();
        assertThat(wanted + steps.pass(50).wanted()).contains("read");
    }

    // ---- whether a member says that it could write

    private static Steps following(boolean ownerWrites) {
        Steps steps = new Steps().members(B, C);
        steps.othersReachApi = ownerWrites;
        steps.follows(C, 4);
        steps.hearFor(500, () -> steps.hear(C, C_OWNS, null, null)).wanted();
        return steps;
    }

    @Test
    void whileTheOwnerCannotWriteAMemberSaysThatItCanOnlyAfterAWriteOfItsOwnALittleAgo() {
        Steps steps = following(true).pass(50);
        assertThat(steps.sent.get(C).view().apiReachable()).isTrue();
        steps.othersReachApi = false;
        steps.pass(50).hear(C, C_OWNS, null, null);
        assertThat(steps.wanted()).endsWith("try a write");
        assertThat(steps.sent.get(C).view().apiReachable()).isFalse();
        steps.answer(null).pass(50);
        assertThat(steps.sent.get(C).view().apiReachable()).isTrue();
        assertThat(steps.election.lease().record()).as("it says nothing of the Lease").isNotNull();
        steps.hearFor(5_000, () -> steps.hear(C, C_OWNS, null, null));
        assertThat(steps.sent.get(C).view().apiReachable()).as("that was long ago").isFalse();
    }

    @Test
    void aMemberTriesToWriteOncePerRetryPeriod() {
        Steps steps = following(false);
        steps.hearFor(10_000, () -> steps.hear(C, C_OWNS, null, null));
        assertThat(steps.wants.stream().filter("try a write"::equals).count()).isBetween(3L, 6L);
    }

    // ---- whether a member votes

    /// C owned and is silent; B asks for votes and suspects nobody that we suspect, so that we do not stand ourselves.
    private static Steps lost() {
        Steps steps = new Steps().members(B, C);
        steps.othersReachApi = true;
        steps.follows(C, 4);
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, null, null).hear(C, C_OWNS, null, null));
        steps.answer(steps.lease(C, 4)).wanted();
        for (int i = 0; i < 60 && steps.election.evidence().suspects().isEmpty(); i++) {
            steps.pass(10).hear(B, Claim.FOLLOWER, null, null);
        }
        assertThat(steps.wanted()).contains("read");
        return steps;
    }

    private static void asks(Steps steps) {
        steps.hear(B, new Claim(Role.CANDIDATE, 5, false), null, null);
    }

    @Test
    void whomTheApiAnswersDoesNotVote() {
        Steps steps = lost();
        steps.answer(steps.lease(C, 4));
        steps.hearFor(600, () -> asks(steps));
        assertThat(steps.election.evidence().attests()).isEmpty();
    }

    @Test
    void whoseQuestionTheApiLeavesUnansweredVotesAfterItHasWaited() {
        Steps steps = lost();
        asks(steps);
        assertThat(steps.election.evidence().attests()).isEmpty();
        steps.hearFor(400, () -> asks(steps));
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 5));
    }

    @Test
    void whoHasVotedDoesNotStandItself() {
        Steps steps = lost();
        steps.hearFor(400, () -> asks(steps));
        steps.wanted();
        Ownership lost = new Ownership(C, 4);
        steps.hearFor(300, () -> steps.hear(B, new Claim(Role.CANDIDATE, 5, false), null, lost));
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void whoMayHaveTheLeaseInAMomentAttestsToNobodyElse() {
        Steps steps = lost();
        Ownership lost = new Ownership(C, 4);
        steps.hear(B, Claim.FOLLOWER, null, lost).pass(10);
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.hear(B, new Claim(Role.PROVISIONAL, 6, true), null, lost);
        assertThat(steps.election.evidence().attests()).isEmpty();
        steps.hearFor(400, () -> steps.hear(B, new Claim(Role.PROVISIONAL, 6, true), null, lost));
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 6));
    }

    @Test
    void whoseQuestionToTheApiFailedVotesAtOnce() {
        Steps steps = lost().fail("connection refused");
        asks(steps);
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 5));
    }

    @Test
    void whoReadsTheLeaseAndIsRefusedAWriteVotes() {
        Steps steps = lost();
        steps.answer(steps.lease(C, 4)).wanted();
        asks(steps);
        assertThat(steps.wanted()).contains("try a write");
        steps.fail("admission webhook denied the request");
        asks(steps);
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 5));
    }
}
