package dev.hacp.leader.election;

import static dev.hacp.leader.election.Steps.A;
import static dev.hacp.leader.election.Steps.B;
import static dev.hacp.leader.election.Steps.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.leader.members.Ownership;
import org.junit.jupiter.api.Test;

/// What the members' evidence adds to the Lease.
class EarlyTakeoverTest {

    private static final Ownership OURS = new Ownership(A, 0);
    private static final Ownership CS = new Ownership(C, 4);
    private static final Claim C_OWNS = new Claim(Role.OWNER, 4, true);

    /// A and B follow C, which owns by term 4.
    static Steps following() {
        Steps steps = new Steps().members(B, C).tick();
        steps.answer(steps.lease(C, 4));
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, CS, null).hear(C, C_OWNS, null, null));
        if (steps.wanted().contains("read")) {
            steps.answer(steps.lease(C, 4));
        }
        steps.wanted();
        assertThat(steps.election.evidence().attests()).contains(CS);
        return steps;
    }

    /// A owns by term 0 and B and C attest to it.
    static Steps owning() {
        Steps steps = new Steps().members(B, C).own();
        steps.hearFor(600, () -> steps.hear(B, Claim.FOLLOWER, OURS, null).hear(C, Claim.FOLLOWER, OURS, null));
        steps.wanted();
        return steps;
    }

    @Test
    void aMajorityThatLostTheOwnerTakesTheLeaseByCompareAndSwapWithoutWaitingForExpiry() {
        Steps steps = following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
        assertThat(steps.stored().wanted()).contains("take over term=5");
    }

    @Test
    void aTakeoverTellsItsReasonAndForHowLongAtMostNobodyAnswered() {
        Steps steps = following();
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS)).stored().pass(7).dutyDone();
        assertThat(steps.journal).contains("TOOK_OVER this node owns the VIP"
                + " reason=owner lost: a majority no longer reaches it term=5 lease=held ms=7 gapMs=507");
        assertThat(steps.journal).contains("OWNER_LOST the owner is lost: this node takes over owner=node-c term=5"
                + " reason=owner lost: a majority no longer reaches it");
    }

    @Test
    void whoNeverHeardAnOwnerTellsNoGapAndAfterItsOwnTimeAsOwnerItCountsFromItsEnd() {
        Steps steps = owning();
        assertThat(steps.journal).anyMatch(line -> line.startsWith("TOOK_OVER") && !line.contains("gapMs"));
        steps.election.relinquish(StandDown.CONFLICT, 1_000 * Steps.MILLI, steps.now());
        steps.dutyDone().pass(50).stored();
        steps.hearFor(3_000, () -> steps.hear(B, Claim.FOLLOWER, null, null).hear(C, Claim.FOLLOWER, null, null));
        steps.stored().dutyDone();
        assertThat(steps.journal).anyMatch(line -> line.startsWith("TOOK_OVER") && line.contains(" gapMs="));
    }

    @Test
    void aMinorityLeavesAReleasedLeaseAloneForAsLongAsItWouldHaveLasted() {
        Steps steps = new Steps().members(B, C).tick();
        var released = steps.released(4);
        steps.answer(released);
        assertThat(steps.passReading(14_000, released).wanted()).doesNotContain("update");
        assertThat(steps.passReading(2_000, released).wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void aMemberThatHearsAMajorityTakesAReleasedLeaseAtOnce() {
        Steps steps = new Steps().members(B, C).tick();
        steps.answer(steps.released(4));
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, null));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void aMemberWhoseLinkHasJustComeBackLeavesItToAFitOne() {
        Steps steps = following().fitness(Fitness.reluctant("interface=eth0 came back less than 3s ago"));
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void whenNobodyIsFitTheReluctantStandsAndTheUnfitDoesNot() {
        Standing unfit = new Standing(0, false, false, "interface=eth0 came back less than 3s ago");
        Steps steps = following().fitness(Fitness.reluctant("interface=eth0 came back less than 3s ago"));
        steps.hearFor(500, () -> steps.hear(B, Claim.FOLLOWER, null, CS, unfit));
        assertThat(steps.wanted()).contains("update holder=node-a term=5");

        Steps without = following().fitness(Fitness.unfit("interface=eth0 has no link"));
        without.hearFor(500, () -> without.hear(B, Claim.FOLLOWER, null, CS, unfit));
        assertThat(without.wanted()).doesNotContain("update");
    }

    @Test
    void aKilledOwnersRefusedConnectionIsActedOnAtOnce() {
        Steps steps = following();
        steps.election.lost(C, Loss.REFUSED, steps.now());
        steps.hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void aBrokenConnectionAloneSaysNothingAboutTheOwner() {
        Steps steps = following();
        steps.election.lost(C, Loss.BROKEN, steps.now());
        steps.hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.pass(100).wanted()).doesNotContain("update");
        assertThat(steps.election.evidence().attests()).contains(CS);
    }

    @Test
    void aMinorityNeverTakesOverEarly() {
        Steps steps = following();
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, CS, null));
        assertThat(steps.wanted()).doesNotContain("update");
        steps.pass(5_000);
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void aClusterOfTwoWaitsForTheLease() {
        Steps steps = new Steps().members(B).tick();
        Ownership bs = new Ownership(B, 4);
        steps.answer(steps.lease(B, 4));
        steps.hearFor(1_000, () -> steps.hear(B, new Claim(Role.OWNER, 4, false), null, null));
        assertThat(steps.election.evidence().attests()).contains(bs);
        steps.wanted();
        steps.election.lost(B, Loss.REFUSED, steps.now());
        assertThat(steps.pass(10_000).wanted()).doesNotContain("update");
    }

    @Test
    void theWorseFollowerStandsByWhileTheBetterOneTakesOver() {
        Steps steps = new Steps(new ElectorConfig(ElectorConfig.DEFAULT.leaseDuration(),
                ElectorConfig.DEFAULT.renewDeadline(), ElectorConfig.DEFAULT.retryPeriod(),
                ElectorConfig.DEFAULT.heartbeat(), ElectorConfig.DEFAULT.peerTimeout(), -1, false)).members(B, C)
                .tick();
        steps.othersReachApi = true;
        steps.answer(steps.lease(C, 4));
        steps.hearFor(1_000, () -> steps.hear(B, Claim.FOLLOWER, CS, null).hear(C, C_OWNS, null, null));
        steps.wanted();
        steps.election.lost(C, Loss.REFUSED, steps.now());
        steps.hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.pass(90).wanted()).doesNotContain("update");
        assertThat(steps.pass(60).wanted()).as("the better one has had its time").contains("update");
    }

    @Test
    void aMemberThatWasPausedItselfBlamesNobodyForTheSilence() {
        Steps steps = following();
        steps.sleep(3_000).tick();
        steps.hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.wanted()).doesNotContain("update");
        assertThat(steps.election.evidence().suspects()).isEmpty();
    }

    @Test
    void anOwnerThatLosesItsMajorityAsksTheApiAtOnceAndGoesWithinItsBound() {
        Steps steps = owning();
        long lastHeard = steps.now();
        steps.pass(350);
        assertThat(steps.wanted()).as("asks before it is overdue").contains("update holder=node-a");
        for (int i = 0; i < 200 && steps.election.role() == Role.OWNER; i++) {
            steps.pass(10);
        }
        assertThat(steps.wanted()).contains("stand down MINORITY");
        assertThat(steps.now() - lastHeard).isLessThanOrEqualTo((400 * 13 / 8 + 100) * Steps.MILLI);
    }

    /// Both other machines answer and their agents are silent: nobody knows whether they are paused or cannot be heard.
    @Test
    void anOwnerThatHearsNoAgentOfMachinesThatAnswerStaysForAsLongAsItProvesItself() {
        Steps steps = owning().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        proving(steps, 3_000);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        steps.pass(450);
        assertThat(steps.election.role()).as("without a proof").isEqualTo(Role.STANDING_DOWN);
    }

    private static void proving(Steps steps, long millis) {
        for (long left = millis; left > 0; left -= 50) {
            steps.pass(50);
            if (steps.wanted().contains("update")) {
                steps.stored();
            }
        }
    }

    @Test
    void anOwnerWhoseMajorityIsSilentByItsKernelsLetsGoBeforeTheyMayTakeOverWhateverTheLeaseSays() {
        Steps steps = owning().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        steps.pass(80).kernel(B, KernelState.LATE);
        assertThat(steps.election.role()).as("one of two").isEqualTo(Role.OWNER);
        steps.kernel(C, KernelState.LATE);
        assertThat(steps.wanted()).contains("stand down MINORITY");
    }

    @Test
    void anAgentThatIsHeardIsInContactWhateverProbesSay() {
        Steps steps = owning().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        for (int i = 0; i < 12; i++) {
            attested(steps.pass(50).kernel(B, KernelState.SILENT).kernel(C, KernelState.SILENT));
        }
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void whoIsCutOffFromTheMajorityLeavesAFreeLeaseToItForTwoMinutes() {
        Steps steps = new Steps().members(B, C).tick().kernel(B, KernelState.ANSWERING).kernel(C,
                KernelState.ANSWERING);
        var released = steps.released(4);
        steps.answer(released).kernel(B, KernelState.SILENT).kernel(C, KernelState.SILENT);
        assertThat(steps.passReading(119_000, released).wanted()).doesNotContain("update");
        assertThat(steps.passReading(2_000, released).wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void aMachineThatFallsSilentIsReplacedAtOnceAndAnAgentOfOneThatAnswersIsWaitedFor() {
        Steps steps = following().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        steps.pass(110).hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.wanted()).doesNotContain("update");
        steps.kernel(C, KernelState.SILENT).hear(B, Claim.FOLLOWER, null, CS);
        assertThat(steps.wanted()).contains("update holder=node-a term=5");
    }

    @Test
    void membersThatAreLateThemselvesWaitLongerForASilentAgent() {
        Steps calm = following();
        calm.hearFor(500, () -> calm.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(calm.wanted()).contains("update");

        Steps late = following();
        late.pace = new Heartbeat.Pace(150, 800, 150, 3, 0);
        late.hear(B, Claim.FOLLOWER, null, CS).hear(C, C_OWNS, null, null);
        late.hearFor(700, () -> late.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(late.wanted()).doesNotContain("update");
        late.hearFor(200, () -> late.hear(B, Claim.FOLLOWER, null, CS));
        assertThat(late.wanted()).contains("update");
    }

    /// With one node off, a stall of the other one is no reason to let go: nobody could own without us.
    @Test
    void anOwnerStaysWhileThoseThatItDoesNotHearCouldBeNoMajority() {
        Steps steps = owning().kernel(B, KernelState.ANSWERING).kernel(C, KernelState.ANSWERING);
        steps.pace = new Heartbeat.Pace(150, 400, 0, 2, 0);
        steps.kernel(C, KernelState.SILENT).hear(B, Claim.FOLLOWER, OURS, null);
        steps.pass(5_000);
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
    }

    @Test
    void anOwnerThatCannotWriteTheLeaseHoldsWhileNobodyCanAlthoughReadsAreAnswered() {
        Steps steps = owning();
        steps.hearFor(60_000, () -> {
            String wanted = steps.wanted();
            if (wanted.contains("update")) {
                steps.fail("admission webhook \"w\" denied the request");
            }
            steps.hear(B, Claim.FOLLOWER, OURS, null).hear(C, Claim.FOLLOWER, OURS, null);
        });
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);

        steps.othersReachApi = true;
        steps.hearFor(11_000, () -> steps.hear(B, Claim.FOLLOWER, OURS, null).hear(C, Claim.FOLLOWER, OURS, null));
        assertThat(steps.election.role()).as("when another can").isEqualTo(Role.STANDING_DOWN);
    }

    @Test
    void aFollowerOfAnOwnerThatCannotWriteSaysThatItCanOnlyAfterAWriteOfItsOwn() {
        Steps steps = following();
        String wanted = "";
        for (int i = 0; i < 200 && !(wanted.endsWith("try a write") && !saysItCanWrite(steps)); i++) {
            wanted = steps.pass(50).hear(C, C_OWNS, null, null).wanted();
        }
        assertThat(wanted).endsWith("try a write");
        assertThat(saysItCanWrite(steps)).isFalse();
        steps.answer(null).pass(50);
        assertThat(saysItCanWrite(steps)).isTrue();
        assertThat(steps.election.lease().record()).as("it says nothing of the Lease").isNotNull();
    }

    private static boolean saysItCanWrite(Steps steps) {
        return steps.sent.get(C).view().apiReachable();
    }

    @Test
    void anOwnerWithAMajorityHoldsOnWhileNobodyReachesTheApi() {
        Steps steps = owning();
        steps.hearFor(60_000, () -> {
            if (steps.wanted().contains("update")) {
                steps.fail("connection refused");
            }
            steps.hear(B, Claim.FOLLOWER, OURS, null).hear(C, Claim.FOLLOWER, OURS, null);
        });
        assertThat(steps.election.role()).isEqualTo(Role.OWNER);
        assertThat(steps.journal).contains(
                "WAITING no API server can renew the Lease: keeping the VIP on the majority's attestation term=0");
    }

    @Test
    void anExpiredLeaseIsLeftToAnOwnerThatIsHeardAndBacked() {
        Steps steps = following();
        steps.hearFor(20_000, () -> steps.hear(B, Claim.FOLLOWER, CS, null).hear(C, C_OWNS, null, null));
        assertThat(steps.wanted()).doesNotContain("update");
    }

    @Test
    void aMemberDoesNotAttestToASecondOwnerBeforeItsPromiseToTheFirstHasRunOut() {
        Steps steps = following();
        Claim bOwns = new Claim(Role.PROVISIONAL, 5, true);
        steps.hear(B, bOwns, null, null);
        assertThat(steps.election.evidence().attests()).contains(CS);
        steps.hearFor(300, () -> steps.hear(B, bOwns, null, null));
        assertThat(steps.election.evidence().attests()).contains(CS);
        steps.hearFor(200, () -> steps.hear(B, bOwns, null, null));
        assertThat(steps.election.evidence().attests()).contains(new Ownership(B, 5));
    }

    /// Both others are well and back A, whose renewals are stored.
    static void attested(Steps steps) {
        attested(steps, new Standing(0, false, true, ""));
    }

    static void attested(Steps steps, Standing ofB) {
        if (steps.wanted().contains("update")) {
            steps.stored();
        }
        steps.hear(B, Claim.FOLLOWER, OURS, null, ofB).hear(C, Claim.FOLLOWER, OURS, null);
    }

    @Test
    void whoIsHeldDownForAConflictDoesNotStandAlthoughItsLinkMakesItReluctantOnly() {
        Steps steps = following().fitness(Fitness.reluctant("interface=eth0 came back less than 3s ago"));
        steps.election.relinquish(StandDown.CONFLICT, 10_000 * Steps.MILLI, steps.now());
        Standing unfit = new Standing(0, false, false, "no link");
        steps.hearFor(600, () -> steps.hear(B, Claim.FOLLOWER, null, CS, unfit));
        assertThat(steps.wanted()).doesNotContain("update");
    }
}
