package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.leader.members.Ownership;
import org.junit.jupiter.api.Test;

/// Owning by the members' votes, while no API server answers in time.
class VotesTest {

    private static final Ownership CS = new Ownership(C, 4);
    private static final Ownership C_BY_VOTES = new Ownership(C, 5);

    @Test
    void whileNoApiServerAnswersTheMajoritysVoteIsEnoughAndTheLeaseFollows() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.pass(250);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
        assertThat(steps.wanted()).doesNotContain("take over");
        steps.hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS);
        assertThat(steps.election.role()).isEqualTo(Role.PROVISIONAL);
        assertThat(steps.wanted()).contains("take over term=5");
        assertThat(steps.election.leadership()).isInstanceOf(Leadership.Leader.class);
    }

    @Test
    void aSwapThatHangsLeadsToVotesAlsoWhenTheMajoritysSuspicionCameAndWentMeanwhile() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.hear(B, Claim.FOLLOWER, null, null);
        steps.hear(B, Claim.FOLLOWER, null, CS).pass(350);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
    }

    @Test
    void anOwnerByVotesWritesTheLeaseAsSoonAsItHearsThatTheApiLives() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        steps.pass(250).hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS);
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS));
        steps.wanted();
        LeaseRecord released = steps.released(4);
        steps.watch(released).pass(50);
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5 if=" + released.resourceVersion());
    }

    @Test
    void anOwnerByVotesThatIsLostBeforeItHasWrittenTheLeaseIsReplacedEarlyToo() {
        Steps steps = followingByVotes();
        steps.election.lost(C, Loss.REFUSED, steps.now());
        steps.hear(B, Claim.FOLLOWER, null, C_BY_VOTES);
        assertThat(steps.wanted()).as("a later term than the lost one").contains("update holder=node-a term=6");
        steps.pass(250);
        assertThat(steps.election.role()).as("its machine answers: it may prove itself").isEqualTo(Role.FOLLOWER);
        steps.pass(200);
        assertThat(steps.election.role()).as("the write is not answered").isEqualTo(Role.CANDIDATE);
    }

    @Test
    void whileTheLeaseIsReleasedAnOwnerLostToTheMajorityIsStillAReasonToAskForVotes() {
        Steps steps = followingByVotes();
        steps.watch(steps.released(4));
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, C_BY_VOTES));
        steps.pass(250);
        assertThat(steps.election.role()).isEqualTo(Role.CANDIDATE);
    }

    /// A and B follow C, which owns by votes for term 5; the Lease still names another.
    private static Steps followingByVotes() {
        Steps steps = new Steps().members(B, C).tick();
        steps.answer(steps.lease(new NodeName("node-d"), 4));
        Claim provisional = new Claim(Role.PROVISIONAL, 5, true);
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, C_BY_VOTES, null).hear(C, provisional, null, null));
        assertThat(steps.election.evidence().attests()).contains(C_BY_VOTES);
        steps.wanted();
        return steps;
    }

    @Test
    void whoHasJustAskedForTheLeaseDoesNotVoteForAnotherBeforeTheAnswerIsLate() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        Claim candidate = new Claim(Role.CANDIDATE, 6, false);
        steps.hear(B, candidate, null, CS);
        assertThat(steps.election.evidence().attests()).isEmpty();
        assertThat(steps.stored().wanted()).contains("take over term=5");
    }

    @Test
    void theLeaseThatCameTooLateIsGivenBackAtOnce() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(400, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        steps.hear(B, new Claim(Role.PROVISIONAL, 6, true), null, null);
        steps.stored();
        assertThat(steps.election.role()).isEqualTo(Role.FOLLOWER);
        assertThat(steps.pass(450).wanted()).contains("update holder= term=5");
    }

    @Test
    void aProvisionalOwnerThatLosesItsMajorityStandsDownWithinThePeerTimeout() {
        Steps steps = EarlyTakeoverTest.following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        steps.pass(250).hear(B, Claim.FOLLOWER, new Ownership(A, 5), CS);
        steps.wanted();
        assertThat(steps.pass(450).wanted()).contains("stand down MINORITY");
    }
}
