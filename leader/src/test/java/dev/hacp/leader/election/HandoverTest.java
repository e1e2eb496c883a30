package dev.hacp.leader.election;

import static dev.hacp.leader.election.EarlyTakeoverTest.attested;
import static dev.hacp.leader.election.EarlyTakeoverTest.following;
import static dev.hacp.leader.election.EarlyTakeoverTest.owning;
import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Moves of a VIP whose owner is well: on request, to a fitter member, to one of higher priority.
class HandoverTest {

    @Test
    void theGapOfAPlannedMoveBeginsWhenTheOwnerSaysThatItStandsDown() {
        Steps steps = following().pass(80);
        steps.hear(C, new Claim(Role.STANDING_DOWN, 4, false), null, null).pass(30);
        String version = steps.lease(C, 4).resourceVersion();
        steps.hear(C, Claim.FOLLOWER, null, null, Optional.of(new Grant(A, 5, version))).pass(5).dutyDone();
        assertThat(steps.journal).contains(
                "TOOK_OVER this node owns the VIP reason=handed over by node-c term=5 lease=not yet written ms=5 gapMs=35");
        assertThat(steps.journal).noneMatch(line -> line.startsWith("OWNER_LOST"));
    }

    @Test
    void aSuccessorActsOnTheOwnersWordAndWritesTheLeaseMeanwhile() {
        Steps steps = following();
        String version = steps.election.lease().record().resourceVersion();
        steps.hear(C, Claim.FOLLOWER, null, null, Optional.of(new Grant(A, 5, version)));
        assertThat(steps.wanted()).contains("take over term=5").contains("update holder=node-a term=5 if=" + version);
    }

    @Test
    void theOthersGiveWayToTheChosenSuccessor() {
        Steps steps = following();
        String version = steps.election.lease().record().resourceVersion();
        steps.hear(C, Claim.FOLLOWER, null, null, Optional.of(new Grant(B, 5, version)));
        assertThat(steps.pass(600).wanted()).doesNotContain("update");
    }

    @Test
    void aHandoverRemovesTheVipThenTellsTheSuccessorAndReleasesOnlyIfItDoesNotTake() {
        Steps steps = owning();
        steps.election.handover(Optional.of(B), steps.now());
        assertThat(steps.wanted()).isEqualTo("stand down HANDOVER");
        assertThat(steps.sent.get(B).grant()).isEmpty();
        steps.dutyDone();
        assertThat(steps.sent.get(B).grant().orElseThrow().successor()).isEqualTo(B);
        assertThat(steps.sent.get(B).claim()).isEqualTo(Claim.FOLLOWER);
        assertThat(steps.wanted()).doesNotContain("update");
        steps.watch(steps.lease(B, 1));
        assertThat(steps.wanted()).isEqualTo("handover node-b: done");
        assertThat(steps.pass(1_000).wanted()).doesNotContain("update");
    }

    @Test
    void anOwnerWithoutABackendHandsOverToAMemberThatHasOneAtMostOncePerMinute() {
        Steps steps = owning();
        steps.fitness(Fitness.unfit("no healthy backend"));
        Runnable beats = () -> attested(steps);
        steps.hearFor(58_000, beats);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        for (int i = 0; i < 40 && steps.election.role() == Role.OWNER; i++) {
            steps.hearFor(100, beats);
        }
        assertThat(steps.election.role()).isEqualTo(Role.STANDING_DOWN);
        steps.dutyDone();
        assertThat(steps.sent.get(C).grant().orElseThrow().successor()).isEqualTo(B);
    }

    @Test
    void anOwnerThatIsMerelyAbleKeepsTheVip() {
        Steps steps = owning();
        steps.fitness(Fitness.reluctant("the link has just come back"));
        steps.hearFor(70_000, () -> attested(steps));
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void aMemberOfHigherPriorityGetsAHealthyVipOnlyWhenItAsksForIt() {
        Steps steps = owning();
        Standing higher = new Standing(5, false, true, "");
        steps.hearFor(75_000, () -> attested(steps, higher));
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        Standing preempting = new Standing(5, true, true, "");
        steps.hearFor(9_000, () -> attested(steps, preempting));
        assertThat(steps.election.role()).as("for ten seconds it must be steady").isEqualTo(Role.OWNER);
        steps.hearFor(2_000, () -> attested(steps, preempting));
        assertThat(steps.election.role()).isEqualTo(Role.STANDING_DOWN);
    }
}
