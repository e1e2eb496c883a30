package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.Ownership;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// When a member that owns nothing takes, asks for votes or acts on a grant, and above all when it does not.
class FollowerTest {

    private static final Ownership CS = new Ownership(C, 4);
    private static final Claim C_OWNS = new Claim(Role.OWNER, 4, true);

    private static Steps following() {
        Steps steps = new Steps().members(B, C);
        steps.othersReachApi = true;
        steps.follows(C, 4);
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, CS, null).hear(C, C_OWNS, null, null));
        steps.wanted();
        return steps;
    }

    // ---- grants

    private static Steps granting(Steps steps, long term) {
        return steps.hear(C, Claim.FOLLOWER, null, null, Optional.of(new Grant(A, term, "1")));
    }

    @Test
    void aGrantOfTheLeasesHolderForALaterTermIsActedOn() {
        assertThat(granting(following(), 5).wanted()).contains("take over term=5");
    }

    @Test
    void aGrantOfOneThatDoesNotHoldTheLeaseIsIgnored() {
        Steps steps = following();
        steps.watch(steps.lease(B, 4));
        assertThat(granting(steps, 5).wanted()).doesNotContain("take over");
    }

    @Test
    void aGrantForATermThatTheLeaseHasReachedIsIgnored() {
        Steps steps = following();
        steps.watch(steps.lease(C, 5));
        assertThat(granting(steps, 5).wanted()).doesNotContain("take over");
    }

    @Test
    void aMemberThatIsUnfitOrStopsActsOnNoGrant() {
        assertThat(granting(following().fitness(Fitness.unfit("no link")).tick(), 5).wanted())
                .doesNotContain("take over");
        Steps steps = following();
        steps.election.stop(steps.now());
        assertThat(granting(steps, 5).wanted()).doesNotContain("take over");
    }

    /// It was paused, the others have moved on, and the request to hand over is the first thing that it comes to.
    @Test
    void aGrantOfAnOwnerThatWasOvertakenIsIgnored() {
        Steps steps = following().hear(B, new Claim(Role.PROVISIONAL, 5, true), null, null);
        assertThat(granting(steps, 5).wanted()).as("we hear the one that overtook it").doesNotContain("take over");

        steps = following().hear(B, Claim.FOLLOWER, new Ownership(new NodeName("node-d"), 5), null);
        assertThat(granting(steps, 5).wanted()).as("another hears it").doesNotContain("take over");

        steps = following();
        for (int i = 0; i < 60 && steps.election.evidence().suspects().isEmpty(); i++) {
            steps.pass(10).hear(B, Claim.FOLLOWER, null, null);
        }
        steps.fail("connection refused").hear(B, new Claim(Role.CANDIDATE, 5, false), null, CS);
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 5));
        assertThat(granting(steps, 5).wanted()).as("another has our vote").doesNotContain("take over");
    }

    // ---- by the Lease

    @Test
    void whoHasNotBeenToldTheMembersTakesNoReleasedLeaseAndMakesNone() {
        Steps steps = Steps.awaitingMembers().tick().answer(null);
        assertThat(steps.passReading(10_000, null).wanted()).doesNotContain("create");
        assertThat(steps.members().pass(300).wanted()).contains("create holder=node-a term=0");

        steps = Steps.awaitingMembers().tick();
        LeaseRecord free = steps.released(4);
        assertThat(steps.answer(free).passReading(10_000, free).wanted()).doesNotContain("update");
        assertThat(steps.members().pass(300).wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void aMinorityMakesNoLeaseBeforeALeaseDurationHasPassed() {
        Steps steps = new Steps().members(B, C).tick().answer(null);
        assertThat(steps.passReading(10_000, null).wanted()).doesNotContain("create");
        assertThat(steps.passReading(6_000, null).wanted()).contains("create holder=node-a term=0");
        steps = new Steps().members(B, C).tick().answer(null).hear(B, Claim.FOLLOWER, null, null);
        assertThat(steps.pass(100).wanted()).contains("create holder=node-a term=0");
    }

    @Test
    void aLeaseThatCameAfterOthersHadMovedOnIsNotOwnedBy() {
        Steps steps = following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.hear(B, Claim.FOLLOWER, new Ownership(C, 5), null);
        assertThat(steps.stored().wanted()).doesNotContain("take over");
    }

    @Test
    void aNewMemberLeavesAReleasedLeaseToABackedOwnerThatItHears() {
        Steps steps = new Steps().members(B, C).tick().hear(B, Claim.FOLLOWER, null, null).hear(C, C_OWNS, null, null);
        steps.answer(steps.released(4)).hearFor(300,
                () -> steps.hear(B, Claim.FOLLOWER, null, null).hear(C, C_OWNS, null, null));
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void aNewMemberLeavesAReleasedLeaseToAnOwnerThatAnotherAttestsTo() {
        Steps steps = new Steps().members(B, C).tick().hear(B, Claim.FOLLOWER, CS, null);
        steps.answer(steps.released(4)).hearFor(300, () -> steps.hear(B, Claim.FOLLOWER, CS, null));
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void aLeaseThatSomebodyElseWroteIsNotTakenForTheLossOfTheOwnerBefore() {
        Steps steps = following();
        steps.watch(new LeaseRecord("somebody else", 15, Instant.EPOCH, Instant.EPOCH, 4, "900", Map.of()));
        steps.hearFor(800, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.election.evidence().suspects()).contains(CS);
        assertThat(steps.wanted()).doesNotContain("update");
    }

    private static LeaseRecord earlier(String process, String version) {
        return new LeaseRecord("node-a", 15, Instant.EPOCH, Instant.EPOCH, 7, version,
                Map.of(LeaseRecord.INSTANCE, process));
    }

    @Test
    void aMinorityDoesNotTakeUpAgainWhatItsEarlierProcessHeld() {
        LeaseRecord own = earlier("an-earlier-process", "50");
        Steps steps = new Steps().members(B, C).tick().answer(own);
        assertThat(steps.passReading(10_000, own).wanted()).doesNotContain("update");
    }

    @Test
    void aProcessThatFoundItsOwnNameHasOneChance() {
        Steps steps = new Steps().tick().answer(earlier("a-twin", "50")).pass(1_000);
        assertThat(steps.wanted()).contains("update holder=node-a term=8 if=50");
        LeaseRecord renewed = earlier("a-twin", "51");
        assertThat(steps.conflict().wanted()).contains("read");
        assertThat(steps.answer(renewed).passReading(10_000, renewed).wanted()).doesNotContain("update");
    }

    @Test
    void aReluctantMemberThatHearsTooFewCannotKnowThatNobodyIsBetter() {
        Steps steps = new Steps().members(B, C).fitness(Fitness.reluctant("the link has just come back")).tick();
        LeaseRecord held = steps.lease(C, 4);
        assertThat(steps.answer(held).passReading(17_000, held).wanted()).doesNotContain("update");
    }

    @Test
    void aGroundFromBeforeAPauseCountsFromItsEnd() {
        Steps steps = new Steps().tick().answer(null);
        steps.election.observed(steps.released(3), steps.now());
        steps.pass(400).sleep(3_000).tick();
        assertThat(steps.wanted()).doesNotContain("update");
        assertThat(steps.pass(600).wanted()).contains("update holder=node-a term=4");
    }

    @Test
    void standingAgainForTheSameReasonIsToldOncePerMinute() {
        Steps steps = new Steps().tick();
        LeaseRecord free = steps.released(3);
        steps.answer(free).pass(650);
        for (int i = 0; i < 500; i++) {
            if (steps.wanted().contains("update")) {
                steps.conflict().answer(free);
            }
            steps.pass(200);
        }
        assertThat(steps.journal.stream().filter(line -> line.contains("standing for election"))).hasSize(2);
    }

    // ---- by votes

    private static Steps swapping(KernelState kernelOfC) {
        Steps steps = following().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        steps.hear(B, Claim.FOLLOWER, CS, null).hear(C, C_OWNS, null, null).kernel(C, kernelOfC);
        for (int i = 0; i < 60 && !steps.wants.toString().contains("update"); i++) {
            steps.pass(10).hear(B, Claim.FOLLOWER, null, CS);
        }
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        return steps;
    }

    private static Steps asking() {
        Steps steps = swapping(KernelState.ANSWERING);
        steps.hearFor(300, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
        return steps;
    }

    @Test
    void whileTheOwnersMachineAnswersVotesAreAskedForOnlyAfterItCanHaveLetGo() {
        Steps steps = swapping(KernelState.ANSWERING);
        steps.pass(150).hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
        steps.pass(150).hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void whenTheOwnersMachineIsSilentVotesAreAskedForAtOnceIfTheApiDoesNotAnswer() {
        Steps steps = swapping(KernelState.SILENT).pass(50);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void aCandidateGivesUpWhenTheLeaseHasItsTerm() {
        Steps steps = asking();
        steps.watch(steps.lease(B, 5));
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aCandidateGivesUpWhenItHearsAnOwnerByTheLeaseOfItsTerm() {
        Steps steps = asking();
        steps.hear(B, new Claim(Role.OWNER, 5, false), null, CS);
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aCandidateGivesUpForABetterOne() {
        Steps steps = asking();
        steps.hear(B, new Claim(Role.CANDIDATE, 5, false), null, CS, new Standing(-1, false, true, ""));
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
        steps.hear(B, new Claim(Role.CANDIDATE, 5, false), null, CS, new Standing(1, false, true, ""));
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aCandidateThatGetsNoVotesGivesUpAfterTwoTimeoutsAndTriesAgain() {
        Steps steps = asking();
        int gaveUp = 0;
        for (int i = 0; i < 20; i++) {
            steps.pass(50).hear(B, Claim.FOLLOWER, null, CS);
            gaveUp += steps.election.role() == Role.FOLLOWER ? 1 : 0;
        }
        assertThat(gaveUp).isPositive();
    }

    @Test
    void whoMayReadAndNotWriteAnExpiredLeaseAsksForVotes() {
        Steps steps = new Steps().members(B, C).tick();
        LeaseRecord held = steps.lease(C, 4);
        steps.answer(held);
        for (int i = 0; i < 400 && !steps.wants.toString().contains("update"); i++) {
            if (steps.wanted().contains("read")) {
                steps.answer(held);
            }
            steps.pass(50).hear(B, Claim.FOLLOWER, null, null);
        }
        steps.fail("admission webhook denied the request").pass(200);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void theLeaseOfAnOwnerThatSaidItIsNoneIsTakenWithoutWaitingForItsExpiry() {
        Steps steps = following();
        steps.hearFor(400, () -> steps.hear(C, Claim.FOLLOWER, null, null).hear(B, Claim.FOLLOWER, null, null));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void askingForVotesAgainForTheSameReasonIsToldOncePerMinute() {
        Steps steps = asking();
        steps.hearFor(10_000, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.journal.stream().filter(line -> line.contains("asking the members"))).hasSize(1);
    }
}
