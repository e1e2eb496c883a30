package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static dev.hacp.leader.election.Steps.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.Ownership;
import java.util.Optional;
import dev.hacp.core.Leadership;
import dev.hacp.core.StandDown;
import org.junit.jupiter.api.Test;

/// When an owner lets go for another, and for whom it waits before it takes the address.
class OwnerLetsGoTest {

    private static final Ownership OURS = new Ownership(A, 0);
    private static final Ownership CS = new Ownership(C, 4);

    /// A owns by term 0; B and C attest to it.
    private static Steps owning() {
        Steps steps = new Steps().members(B, C).own();
        steps.hearFor(600, () -> attested(steps));
        steps.wanted();
        return steps;
    }

    private static void attested(Steps steps) {
        if (steps.wanted().contains("update")) {
            steps.stored();
        }
        steps.hear(B, Claim.FOLLOWER, OURS, null).hear(C, Claim.FOLLOWER, OURS, null);
    }

    // ---- for another owner

    @Test
    void anOwnerThatHearsOneByTheLeaseOfALaterTermLetsGoWhoeverBacksIt() {
        Steps steps = owning();
        steps.hear(C, new Claim(Role.OWNER, 1, false), null, null);
        assertThat(steps.wanted()).contains("stand down LEASE_LOST");
    }

    @Test
    void anOwnerByVotesLetsGoForTheOwnerByTheLeaseOfItsOwnTerm() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS));
        assertThat(steps.election.role()).isEqualTo(Role.PROVISIONAL);
        steps.wanted();
        steps.hear(C, new Claim(Role.PROVISIONAL, 5, true), null, null);
        assertThat(steps.election.role()).as("another by votes is no better").isEqualTo(Role.PROVISIONAL);
        steps.hear(C, new Claim(Role.OWNER, 5, false), null, null);
        assertThat(steps.wanted()).contains("stand down LEASE_LOST");
    }

    @Test
    void anOwnerThatNobodyBacksLetsGoForOneThatIsBackedAtALaterTerm() {
        Steps steps = owning().pass(200);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        steps.wanted();
        steps.hear(B, new Claim(Role.PROVISIONAL, 1, false), null, null);
        assertThat(steps.election.role()).as("it is not backed itself").isEqualTo(Role.OWNER);
        steps.hear(B, new Claim(Role.PROVISIONAL, 1, true), null, null);
        assertThat(steps.wanted()).contains("stand down LEASE_LOST");
    }

    @Test
    void anOwnerThatAMajorityBacksStaysWhateverAnOwnerByVotesSaysOfItself() {
        Steps steps = owning();
        steps.hear(C, new Claim(Role.PROVISIONAL, 1, true), null, null).hear(B, Claim.FOLLOWER, OURS, null);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void anOwnerByAWordAloneLetsGoForOneThatAMajorityBacksByTheSameTerm() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hear(C, Claim.FOLLOWER, null, null, Optional.of(new Heartbeat.Grant(A, 5, "1")));
        assertThat(steps.wanted()).contains("take over term=5");
        steps.hear(B, new Claim(Role.PROVISIONAL, 5, false), null, null);
        assertThat(steps.election.role()).as("it is not backed either").isEqualTo(Role.PROVISIONAL);
        steps.hear(B, new Claim(Role.PROVISIONAL, 5, true), null, null);
        assertThat(steps.wanted()).contains("stand down LEASE_LOST");
    }

    // ---- waiting for the one before

    /// B and C are heard, C stands down; the released Lease is A's by term 5.
    private static Steps succeedingC(Runnable[] cSays) {
        Steps steps = new Steps().members(B, C).tick();
        steps.answer(steps.released(4));
        cSays[0] = () -> steps.hear(C, new Claim(Role.STANDING_DOWN, 4, false), null, null).hear(B, Claim.FOLLOWER,
                null, null);
        steps.hearFor(500, cSays[0]);
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.stored();
        return steps;
    }

    @Test
    void theNewOwnerTakesTheAddressAsSoonAsTheOneBeforeSaysThatItIsGone() {
        Runnable[] cSays = new Runnable[1];
        Steps steps = succeedingC(cSays).hearFor(300, cSays[0]);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        assertThat(steps.wanted()).doesNotContain("take over");
        steps.hear(C, Claim.FOLLOWER, null, null);
        assertThat(steps.wanted()).contains("take over term=5");
    }

    @Test
    void theNewOwnerWaitsForTheOneBeforeAtMostOneAndAHalfTimeouts() {
        Runnable[] cSays = new Runnable[1];
        Steps steps = succeedingC(cSays).hearFor(500, cSays[0]);
        assertThat(steps.wanted()).doesNotContain("take over");
        steps.hearFor(200, cSays[0]);
        assertThat(steps.wanted()).contains("take over term=5");
    }

    // ---- what its proof is good for

    @Test
    void aReadProvesTheLeaseFromWhenItWasSent() {
        Steps steps = owning().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        steps.pass(250);
        assertThat(steps.wanted()).contains("update");
        assertThat(steps.conflict().wanted()).contains("read");
        long read = steps.lastCall();
        steps.pass(200).answer(read, steps.lease(A, 0));
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        steps.pass(100);
        assertThat(steps.election.role()).isEqualTo(Role.STANDING_DOWN);
    }

    // ---- clocks

    /// B's heartbeat now, by a clock that ran on for so long while ours stopped.
    private static void hearAhead(Steps steps, long millis) {
        long sent = steps.now() + millis * MILLI;
        long echo = steps.sent.get(B).stamp().sentNanos();
        Heartbeat beat = new Heartbeat(new Stamp(B.value().hashCode(), sent, 0xa, echo), Claim.FOLLOWER,
                new View(Optional.of(OURS), Optional.empty(), 0, false, -1, 0), new Standing(0, false, true, ""),
                Optional.empty(), new Pace(150, 400, 0, 3, sent));
        steps.election.heard(B, beat, steps.now(), steps.now());
    }

    @Test
    void anOwnerThatWasFrozenWithItsClockLetsGoAtTheFirstWordOfAMemberWhoseClockRan() {
        Steps steps = owning();
        hearAhead(steps, 0);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        hearAhead(steps, 12_000);
        assertThat(steps.wanted()).contains("stand down");
    }

    @Test
    void anOwnerWhoseMachineWasSuspendedLetsGoAsIfItsClockHadRun() {
        Steps steps = owning();
        steps.election.suspended(12_000 * MILLI, steps.now());
        assertThat(steps.wanted()).contains("stand down");
    }

    @Test
    void thatThisProcessWasLateTwiceIsToldForAWhile() {
        Steps steps = new Steps().members(B, C).tick().sleep(300).tick().pass(100);
        assertThat(steps.sent.get(B).pace().lateness()).isZero();
        steps.sleep(300).tick().pass(100);
        assertThat(steps.sent.get(B).pace().lateness()).isBetween(200, 300);
        assertThat(steps.pass(10_000).sent.get(B).pace().lateness()).isBetween(50, 150);
        assertThat(steps.pass(20_000).sent.get(B).pace().lateness()).isZero();
    }

    // ---- handing over

    @Test
    void anOwnerHandsOverWhatItIsUnfitForOnlyAfterThreeSteadySeconds() {
        Steps steps = owning();
        steps.hearFor(62_000, () -> attested(steps));
        steps.fitness(Fitness.unfit("no healthy backend")).hearFor(2_500, () -> attested(steps));
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        steps.hearFor(1_000, () -> attested(steps));
        assertThat(steps.election.role()).isEqualTo(Role.STANDING_DOWN);
    }

    @Test
    void aSuccessorThatWasChosenLongAgoIsNotToldToTakeOver() {
        Steps steps = owning();
        steps.election.handover(Optional.of(B), steps.now());
        steps.hearFor(5_100, () -> attested(steps));
        steps.dutyDone().pass(50);
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
        assertThat(steps.sent.get(B).grant()).isEmpty();
    }

    @Test
    void aHandoverThatNobodyTakesIsToldAsFailed() {
        Steps steps = owning();
        steps.election.handover(Optional.of(B), steps.now());
        steps.dutyDone();
        assertThat(steps.pass(6_000).wanted()).contains("handover node-b: node-b has not taken over");
    }

    @Test
    void aGrantIsSaidForOneTimeoutOnly() {
        Steps steps = owning();
        steps.election.handover(Optional.of(B), steps.now());
        steps.dutyDone().pass(300);
        assertThat(steps.sent.get(B).grant()).isPresent();
        assertThat(steps.pass(200).sent.get(B).grant()).isEmpty();
    }

    // ---- duties and the end

    @Test
    void anOwnerByVotesLetsGoWhenItSeesAnotherInTheLeaseOfItsTerm() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS));
        assertThat(steps.election.role()).isEqualTo(Role.PROVISIONAL);
        steps.watch(steps.lease(B, 5));
        assertThat(steps.wanted()).contains("stand down LEASE_LOST");
    }

    @Test
    void theEndOfAnEarlierDutySaysNothingOfThisOne() {
        Steps steps = new Steps().tick().answer(null).pass(250).stored();
        steps.election.tookOver(0, null, steps.now());
        assertThat(steps.journal).noneMatch(line -> line.startsWith("TOOK_OVER"));
        steps.dutyDone();
        assertThat(steps.journal).anyMatch(line -> line.startsWith("TOOK_OVER"));
    }

    @Test
    void aRemovalThatFailedIsTriedAgain() {
        Steps steps = new Steps().own();
        steps.election.relinquish(StandDown.CONFLICT, 5_000 * MILLI, steps.now());
        steps.dutyFails("still there").wanted();
        assertThat(steps.pass(2_100).wanted()).contains("stand down CONFLICT");
    }

    @Test
    void aLeaseThatCannotBeReleasedIsLeftToExpire() {
        Steps steps = new Steps().own();
        steps.election.relinquish(StandDown.CONFLICT, 60_000 * MILLI, steps.now());
        steps.dutyDone();
        for (int i = 0; i < 302; i++) {
            if (steps.wanted().contains("update")) {
                steps.fail("denied");
            }
            steps.pass(50);
        }
        steps.wanted();
        assertThat(steps.pass(3_000).wanted()).doesNotContain("update holder= ");
    }

    @Test
    void aMemberThatCannotReleaseTheLeaseEndsAfterThreeSeconds() {
        Steps steps = new Steps().own();
        steps.election.stop(steps.now());
        steps.dutyDone().pass(2_900);
        assertThat(steps.wanted()).doesNotContain("stopped");
        assertThat(steps.pass(200).wanted()).contains("stopped");
    }

    @Test
    void theElectorIsWokenWhenWhatEntitlesTheOwnerEnds() {
        Steps steps = new Steps().tick().answer(null).pass(257).stored().dutyDone();
        long end = ((Leadership.Leader) steps.election.leadership()).validUntilNanos();
        while (end - steps.now() > 60 * MILLI) {
            steps.pass(1);
        }
        while (end - steps.now() > 0) {
            assertThat(steps.election.nextNanos()).isLessThanOrEqualTo(end);
            steps.pass(1);
        }
    }
}
