package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.core.Leadership;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat.Role;
import org.junit.jupiter.api.Test;

/// The Lease alone: no other member is known.
class ElectionTest {

    @Test
    void theFirstMemberCreatesTheLeaseAndTakesOverOnlyThen() {
        Steps steps = new Steps().tick();
        assertThat(steps.wanted()).isEqualTo("read");
        assertThat(steps.answer(null).pass(250).wanted()).isEqualTo("create holder=node-a term=0");
        assertThat(steps.stored().wanted()).isEqualTo("take over term=0");
        assertThat(steps.election.leadership()).isInstanceOf(Leadership.Leader.class);
    }

    @Test
    void aFollowerCountsExpiryFromWhenItSawTheRecordChange() {
        Steps steps = new Steps().follows(B, 4);
        LeaseRecord same = steps.lease(B, 4);
        steps.watch(same);
        assertThat(steps.passReading(14_900, same).wanted()).doesNotContain("update");
        assertThat(steps.passReading(400, same).wanted())
                .contains("update holder=node-a term=5 if=" + same.resourceVersion());
        assertThat(steps.stored().wanted()).contains("take over term=5");
    }

    @Test
    void aRenewalInTimeStartsTheCountAnew() {
        Steps steps = new Steps().follows(B, 4).pass(10_000);
        steps.watch(new LeaseRecord("node-b", 15, java.time.Instant.EPOCH, java.time.Instant.EPOCH, 4, "99",
                java.util.Map.of()));
        assertThat(steps.pass(14_000).wanted()).doesNotContain("update");
    }

    @Test
    void aReleasedLeaseIsTakenWithoutWaitingForExpiry() {
        Steps steps = new Steps().follows(B, 4).pass(1_000);
        steps.wanted();
        steps.watch(steps.released(4));
        assertThat(steps.pass(250).wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void theVipIsGoneBeforeTheLeaseIsReleased() {
        Steps steps = new Steps().own();
        steps.election.stop(steps.now());
        assertThat(steps.wanted()).isEqualTo("stand down SHUTDOWN");
        assertThat(steps.pass(1_000).wanted()).isEmpty();
        assertThat(steps.dutyDone().wanted()).startsWith("update holder= term=0");
        assertThat(steps.stored().wanted()).isEqualTo("stopped");
    }

    @Test
    void withoutAConfirmedRemovalTheLeaseIsNeverReleased() {
        Steps steps = new Steps().own();
        steps.election.relinquish(StandDown.CONFLICT, 5_000 * Steps.MILLI, steps.now());
        assertThat(steps.wanted()).isEqualTo("stand down CONFLICT");
        steps.dutyFails("still there");
        for (int i = 0; i < 20; i++) {
            assertThat(steps.pass(1_000).wanted()).isIn("", "stand down CONFLICT");
            assertThat(steps.election.role()).isEqualTo(Role.STANDING_DOWN);
            steps.dutyFails("still there");
        }
    }

    @Test
    void anUnansweredRenewalEndsTheOwnershipAtTheRenewDeadlineCountedFromBeforeItWasSent() {
        Steps steps = new Steps().own();
        long sent = steps.now() - 150 * Steps.MILLI;
        long validUntil = ((Leadership.Leader) steps.election.leadership()).validUntilNanos();
        assertThat(validUntil - sent).isEqualTo(10_000 * Steps.MILLI);
        steps.pass(9_800);
        assertThat(steps.wanted()).contains("update holder=node-a term=0").doesNotContain("stand down");
        steps.pass(100);
        assertThat(steps.wanted()).contains("stand down RENEW_DEADLINE");
    }

    @Test
    void aRenewalMovesTheDeadline() {
        Steps steps = new Steps().own();
        for (int i = 0; i < 300; i++) {
            steps.pass(100);
            if (steps.wanted().contains("update")) {
                steps.stored();
            }
        }
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void anotherHolderInTheLeaseEndsTheOwnershipAtOnceAndNothingIsReleased() {
        Steps steps = new Steps().own();
        steps.watch(steps.lease(B, 1));
        assertThat(steps.wanted()).isEqualTo("stand down LEASE_LOST");
        assertThat(steps.dutyDone().pass(5_000).wanted()).doesNotContain("update");
        assertThat(steps.election.leader()).contains(B);
    }

    @Test
    void anOlderWatchEventChangesNothing() {
        Steps steps = new Steps();
        LeaseRecord old = steps.lease(B, 0);
        steps.tick().answer(steps.released(0)).pass(500).stored();
        steps.wanted();
        steps.watch(old);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void aConflictThatSomebodyElsesAnnotationCausedIsReadAndSurvived() {
        Steps steps = new Steps().own();
        steps.pass(2_200);
        assertThat(steps.wanted()).contains("update holder=node-a");
        assertThat(steps.conflict().wanted()).isEqualTo("read");
        LeaseRecord annotated = steps.lease(A, 0);
        steps.answer(annotated).pass(2_200);
        assertThat(steps.wanted()).contains("update holder=node-a term=0 if=" + annotated.resourceVersion());
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void aConflictThatNobodyExplainsWithinThePeerTimeoutEndsTheOwnership() {
        Steps steps = new Steps().own();
        steps.pass(2_200).conflict();
        steps.wanted();
        assertThat(steps.pass(500).wanted()).contains("stand down LEASE_LOST");
    }

    @Test
    void aFailedTakeoverGivesTheLeaseBackAndBacksOff() {
        Steps steps = new Steps().tick().answer(null).pass(250).stored();
        steps.wanted();
        assertThat(steps.dutyFails("a stranger answers").wanted()).isEqualTo("stand down ADDRESS_FAILED");
        assertThat(steps.dutyDone().wanted()).startsWith("update holder= term=0");
        steps.stored();
        assertThat(steps.pass(4_500).wanted()).doesNotContain("update holder=node-a");
        assertThat(steps.answer(steps.released(0)).pass(2_500).wanted()).contains("update holder=node-a term=1");
        assertThat(steps.journal).anyMatch(line -> line.startsWith("ADDRESS_FAILED"));
    }

    @Test
    void aProcessThatFindsItsOwnNameTakesTheLeaseUpAgainAsANewTerm() {
        LeaseRecord earlier = new LeaseRecord("node-a", 15, java.time.Instant.EPOCH, java.time.Instant.EPOCH, 7, "50",
                java.util.Map.of(LeaseRecord.INSTANCE, "an-earlier-process"));
        Steps steps = new Steps().tick().answer(earlier);
        assertThat(steps.wanted()).doesNotContain("take over");
        assertThat(steps.pass(1_000).wanted()).contains("update holder=node-a term=8 if=50");
        assertThat(steps.stored().wanted()).isEqualTo("take over term=8");
    }

    @Test
    void anotherProcessWithOurNameThatAppearsLaterIsSomebodyElse() {
        Steps steps = new Steps().follows(B, 4).pass(1_000);
        steps.wanted();
        steps.watch(new LeaseRecord("node-a", 15, java.time.Instant.EPOCH, java.time.Instant.EPOCH, 5, "60",
                java.util.Map.of(LeaseRecord.INSTANCE, "a-twin")));
        assertThat(steps.pass(5_000).wanted()).doesNotContain("update");
    }

    @Test
    void aDeletedLeaseIsWaitedForLikeAnExpiringOne() {
        Steps steps = new Steps().follows(B, 4);
        steps.election.observed(null, steps.now());
        assertThat(steps.pass(14_000).wanted()).doesNotContain("create");
        assertThat(steps.answer(null).pass(2_000).wanted()).contains("create holder=node-a");
    }

    @Test
    void theWallClockInTheRecordDecidesNothing() {
        for (java.time.Instant renewed : new java.time.Instant[]{java.time.Instant.EPOCH,
                java.time.Instant.now().plusSeconds(3600)}) {
            LeaseRecord record = new LeaseRecord("node-b", 15, renewed, renewed, 4, "70", java.util.Map.of());
            Steps steps = new Steps().tick().answer(record);
            assertThat(steps.passReading(14_900, record).wanted()).doesNotContain("update");
            assertThat(steps.passReading(600, record).wanted()).contains("update holder=node-a term=5 if=70");
        }
    }

    @Test
    void anUnfitMemberDoesNotStand() {
        Steps steps = new Steps().fitness(Fitness.unfit("interface=eth0 has no carrier")).tick().answer(null);
        assertThat(steps.pass(1_000).wanted()).doesNotContain("create");
        steps.fitness(Fitness.FIT);
        assertThat(steps.pass(500).wanted()).as("nobody better is there").contains("create");
    }

    @Test
    void anOwnerThatWasPausedBeyondItsDeadlineStandsDownFirst() {
        Steps steps = new Steps().own();
        steps.sleep(60_000).tick();
        assertThat(steps.wanted()).startsWith("stand down RENEW_DEADLINE");
    }

    @Test
    void theReasonForWaitingIsToldOncePerChange() {
        Steps steps = new Steps().tick().fail("no credentials yet");
        for (int i = 0; i < 5; i++) {
            steps.pass(2_500).fail("no credentials yet");
        }
        steps.pass(2_500).fail("connection refused");
        assertThat(steps.journal.stream().filter(line -> line.startsWith("WAITING"))).hasSize(2);
    }

    /// kube-apiserver answers a list with resourceVersion=0 from its watch cache, also without etcd.
    @Test
    void anOldRecordThatIsToldAgainIsNoRenewal() {
        Steps steps = new Steps().own();
        LeaseRecord known = steps.election.lease().record();
        for (int i = 0; i < 5; i++) {
            steps.pass(2_000).watch(known);
        }
        assertThat(steps.pass(500).wanted()).contains("stand down RENEW_DEADLINE");
    }

    @Test
    void aHandoverWithoutAnybodyToHandOverToIsRefusedAndMovesNothing() {
        Steps steps = new Steps().own();
        steps.election.handover(java.util.Optional.empty(), steps.now());
        assertThat(steps.wanted()).isEqualTo("handover node-a: no other member is ready to own the VIP");
        steps.election.handover(java.util.Optional.of(C), steps.now());
        assertThat(steps.wanted()).contains("node-c is not a member");
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }
}
