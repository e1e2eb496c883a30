package dev.hacp.leader.members;

import static dev.hacp.leader.members.Members.A;
import static dev.hacp.leader.members.Members.B;
import static dev.hacp.leader.members.Members.C;
import static dev.hacp.leader.members.Members.CS;
import static dev.hacp.leader.members.Members.C_OWNS;
import static dev.hacp.leader.members.Members.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Whose silence is acted on, after how long, and who agrees.
class SuspicionTest {

    private final Members members = new Members();
    private final Evidence evidence = members.evidence;

    private void loseC() {
        members.attestToC().pass(500).look();
        assertThat(evidence.suspects()).contains(CS);
    }

    @Test
    void onlyWhoCountsTheSameMembersAgreesThatTheOwnerIsLost() {
        loseC();
        members.says(B).suspects(CS).counting(17).now();
        assertThat(evidence.majoritySuspects(members.now)).isFalse();
        members.says(B).suspects(CS).now();
        assertThat(evidence.majoritySuspects(members.now)).isTrue();
    }

    @Test
    void aSuspicionThatWaitedInASocketIsNone() {
        loseC();
        members.says(B).suspects(CS).stale(500).now();
        assertThat(evidence.majoritySuspects(members.now)).isFalse();
    }

    @Test
    void anOwnerThatCountsOtherMembersMayHaveAMajorityThatWeDoNotKnow() {
        members.says(C).claims(C_OWNS).counting(17).now();
        members.look().pass(500).look();
        assertThat(evidence.suspects()).isEmpty();
    }

    @Test
    void anOwnerThatNeverWasBackedNeedNotLetGoAndIsNotOvertaken() {
        members.says(C).claims(new Claim(Role.OWNER, 4, false)).now();
        members.look().pass(500).look();
        assertThat(evidence.suspects()).isEmpty();
    }

    @Test
    void twoMembersNeverOvertakeEachOther() {
        evidence.members(List.of(A, C));
        loseC();
        assertThat(members.roster.canOvertake()).isFalse();
        assertThat(evidence.majoritySuspects(members.now)).isFalse();
    }

    @Test
    void theRightToActOnSilenceEndsAfterALeaseDuration() {
        loseC();
        members.pass(14_400).look();
        assertThat(evidence.suspects()).contains(CS);
        members.pass(200).look();
        assertThat(evidence.suspects()).isEmpty();
    }

    @Test
    void anOwnerThatIsHeardAgainIsNoLongerSuspect() {
        loseC();
        members.says(C).claims(C_OWNS).now();
        evidence.reconsider(members.now, false, 4, C, false);
        assertThat(evidence.suspects()).isEmpty();
    }

    @Test
    void aSuspectMayLiveUntilItsKernelIsSilentToo() {
        loseC();
        assertThat(evidence.suspectAnswers()).isTrue();
        evidence.kernel(C, KernelState.ANSWERING);
        assertThat(evidence.suspectAnswers()).isTrue();
        evidence.kernel(C, KernelState.SILENT);
        assertThat(evidence.suspectAnswers()).isFalse();
    }

    @Test
    void anAgentThatDoesNotJudgeByKernelsIsWaitedForAlthoughItsKernelIsSilent() {
        members.says(C).claims(C_OWNS).pace(Pace.FIRST_VERSION).now();
        evidence.kernel(C, KernelState.SILENT);
        members.look().pass(100).look();
        assertThat(evidence.suspects()).as("version 0.1 does not let go for it").isEmpty();
        members.says(C).claims(C_OWNS).now();
        members.look().pass(100).look();
        assertThat(evidence.suspects()).contains(CS);
    }

    @Test
    void whoeverIsLateWaitsLongerAndSaysSoForAWhileBeforeItWaitsLess() {
        evidence.late(200 * MILLI, 0, members.now);
        long longer = evidence.patience();
        assertThat(longer).isEqualTo((400 + 4 * 150) * MILLI);
        members.pass(1_900);
        evidence.late(0, 0, members.now);
        assertThat(evidence.patience()).as("the owner counts on what it was told").isEqualTo(longer);
        members.pass(200);
        evidence.late(0, 0, members.now);
        assertThat(evidence.patience()).isEqualTo(400 * MILLI);
    }

    @Test
    void anOwnerIsWaitedForAsLongAsItWasToldWhateverItIsToldAfterwards() {
        evidence.late(500 * MILLI, 0, members.now);
        assertThat(evidence.patience()).isEqualTo(2_000 * MILLI);
        members.pass(2_000).attestToC();
        evidence.heartbeat(C, Claim.FOLLOWER, new Standing(0, false, true, ""), true, 4, Optional.empty(), members.now);
        evidence.late(0, 0, members.now);
        assertThat(evidence.patience()).isEqualTo(400 * MILLI);
        members.pass(1_900).look();
        assertThat(evidence.suspects()).isEmpty();
        assertThat(evidence.nextNanos(members.now)).isEqualTo(members.now + 100 * MILLI);
        members.pass(200).look();
        assertThat(evidence.suspects()).contains(CS);
    }

    @Test
    void theLatenessOfThoseThatWouldReplaceTheOwnerCountsAndItsOwnDoesNot() {
        members.attestToC();
        members.says(C).claims(C_OWNS).pace(new Pace(150, 400, 300, 3, members.now)).now();
        evidence.late(0, 0, members.now);
        assertThat(evidence.patience()).isEqualTo(400 * MILLI);
        members.says(B).pace(new Pace(150, 400, 300, 3, members.now)).now();
        evidence.late(0, 0, members.now);
        assertThat(evidence.patience()).isEqualTo((400 + 4 * 250) * MILLI);
    }

    @Test
    void whatHasArrivedAndLiesUnreadIsNoSilence() {
        members.attestToC();
        evidence.late(0, 300 * MILLI, members.now);
        members.pass(500).look();
        assertThat(evidence.suspects()).isEmpty();
        members.pass(250).look();
        assertThat(evidence.suspects()).contains(CS);
    }

    @Test
    void aClockThatStoodStillIsPutRightOnceWhateverTheOtherPeersClocksShow() {
        long start = members.now;
        members.says(B).now();
        members.says(C).now();
        members.pass(100);
        Pace after = new Pace(150, 400, 0, 3, start + 3_100 * MILLI);
        long frozen = members.says(B).pace(after).now();
        assertThat(frozen).isEqualTo(3_000 * MILLI);
        evidence.clockMoved(frozen, B);
        members.pass(3_000);
        assertThat(members.says(C).pace(after).now()).isZero();
        assertThat(members.says(B).pace(after).now()).isZero();
    }

    @Test
    void theMomentInWhichTheOwnersSilenceCountsIsToldBeforehand() {
        members.attestToC();
        long heard = members.now;
        members.pass(200);
        assertThat(evidence.nextNanos(members.now)).isEqualTo(heard + 400 * MILLI);
    }
}
