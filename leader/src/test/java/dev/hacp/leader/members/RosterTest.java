package dev.hacp.leader.members;

import static dev.hacp.leader.members.Members.A;
import static dev.hacp.leader.members.Members.B;
import static dev.hacp.leader.members.Members.C;
import static dev.hacp.leader.members.Members.CS;
import static dev.hacp.leader.members.Members.C_OWNS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.core.NodeName;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the members' newest words add up to, and which of them goes first.
class RosterTest {

    private final Members members = new Members();
    private final Roster roster = members.roster;
    private final Ranking ranking = new Ranking(A, 0, roster);

    // ---- who could agree without us

    private void onlyBAnswers(int connected) {
        members.says(B).pace(new Pace(150, 400, 0, connected, members.now)).now();
        members.says(C).now();
        members.evidence.kernel(B, KernelState.ANSWERING);
        members.evidence.kernel(C, KernelState.SILENT);
        members.pass(100);
    }

    @Test
    void oneThatIsInContactWithNobodyElseCouldNotOvertakeWhileItsConnectionStands() {
        onlyBAnswers(2);
        assertThat(roster.othersCouldAgree(members.now)).isFalse();
        members.evidence.lost(B, Loss.BROKEN, members.now);
        assertThat(roster.othersCouldAgree(members.now)).as("it may have found others since").isTrue();
    }

    @Test
    void oneThatSaidGoodbyeAgreesToNothing() {
        onlyBAnswers(3);
        assertThat(roster.othersCouldAgree(members.now)).isTrue();
        members.evidence.lost(B, Loss.LEFT, members.now);
        assertThat(roster.othersCouldAgree(members.now)).isFalse();
    }

    // ---- owners that are heard

    @Test
    void onlyALaterOwnerThatAMajorityBacksCountsAsOne() {
        members.says(B).claims(new Claim(Role.PROVISIONAL, 5, false)).now();
        assertThat(roster.hearsLaterOwner(members.now, 4)).isFalse();
        members.says(B).claims(new Claim(Role.PROVISIONAL, 5, true)).now();
        assertThat(roster.hearsLaterOwner(members.now, 4)).isTrue();
        assertThat(roster.hearsLaterOwner(members.now, 5)).isFalse();
    }

    @Test
    void whatASilentMemberSaidLongAgoOfItselfAndOthersDoesNotCount() {
        members.says(B).claims(C_OWNS).attests(CS).now();
        assertThat(roster.highestLeaseClaim(members.now)).isEqualTo(4);
        assertThat(roster.anyReachesApi(members.now)).isTrue();
        assertThat(roster.hearsOfLaterOwner(members.now, 3)).isTrue();
        members.pass(500);
        assertThat(roster.highestLeaseClaim(members.now)).isEqualTo(-1);
        assertThat(roster.anyReachesApi(members.now)).isFalse();
        assertThat(roster.hearsOfLaterOwner(members.now, 3)).isFalse();
    }

    @Test
    void whoStandsDownMayStillHaveItsAddresses() {
        members.says(C).claims(new Claim(Role.STANDING_DOWN, 4, false)).now();
        assertThat(roster.holding(members.now)).contains(C);
        members.says(C).now();
        assertThat(roster.holding(members.now)).isEmpty();
    }

    // ---- which goes first

    @Test
    void whoReachesTheApiGoesFirstWhateverThePriorities() {
        ranking.reachesApi(true);
        members.says(B).priority(9).withoutApi().now();
        assertThat(ranking.rank(members.now)).isZero();
        ranking.reachesApi(false);
        assertThat(ranking.rank(members.now)).as("none reaches it").isEqualTo(1);
        members.says(B).priority(-9).now();
        assertThat(ranking.rank(members.now)).isEqualTo(1);
        members.pass(500);
        assertThat(ranking.rank(members.now)).as("it is silent").isZero();
    }

    @Test
    void theVipIsHandedToAMemberThatCanWriteTheLease() {
        members.says(B).priority(9).withoutApi().now();
        members.says(C).now();
        assertThat(ranking.bestSuccessor(members.now)).contains(C);
    }

    @Test
    void nothingIsHandedToAMemberThatCouldNotOwnItOrDoesNotHearUs() {
        members.says(B).now();
        members.evidence.roster().differs(B, "vip 192.0.2.7");
        assertThat(ranking.bestSuccessor(members.now)).isEmpty();
        assertThat(ranking.notReady(B, members.now)).contains("vip 192.0.2.7");
        members.evidence.roster().differs(B, "");
        assertThat(ranking.bestSuccessor(members.now)).contains(B);
        members.pass(500).says(B).stale(500).now();
        assertThat(ranking.bestSuccessor(members.now)).isEmpty();
    }

    // ---- who counts

    @Test
    void halfOfTheMembersAreNoMajority() {
        assertThat(roster.quorum()).isEqualTo(2);
        members.evidence.members(List.of(A, B, C, new NodeName("node-d")));
        assertThat(roster.quorum()).isEqualTo(3);
    }

    @Test
    void whatARemovedMemberSaidCountsNoLonger() {
        members.attestToC().pass(500).look();
        assertThat(members.evidence.suspects()).contains(CS);
        members.evidence.members(List.of(A, B, new NodeName("node-d")));
        assertThat(members.evidence.peers()).doesNotContain(C);
        assertThat(members.look().evidence.suspects()).isEmpty();
    }

    @Test
    void whoSaidGoodbyeIsSilentAtOnce() {
        members.says(B).now();
        members.evidence.lost(B, Loss.LEFT, members.now);
        assertThat(roster.isFresh(B, members.now)).isFalse();
        ranking.reachesApi(true);
        assertThat(ranking.hearsFit(members.now)).isFalse();
    }

    @Test
    void aMachineThatNeverAnsweredAProbeIsInContactByItsAgentOrByRefusingIt() {
        assertThat(roster.inContact(members.now)).isEqualTo(1);
        members.says(B).now();
        assertThat(roster.inContact(members.now)).isEqualTo(2);
        members.pass(500);
        assertThat(roster.inContact(members.now)).isEqualTo(1);
        members.evidence.lost(B, Loss.REFUSED, members.now);
        assertThat(roster.inContact(members.now)).isEqualTo(2);
    }

    @Test
    void thatAnotherCouldWriteTheLeaseCountsOnlyIfItCouldOwnTheVip() {
        members.says(B).now();
        assertThat(roster.anyReachesApi(members.now)).isTrue();
        roster.differs(B, "vip 192.0.2.7");
        assertThat(roster.anyReachesApi(members.now)).isFalse();
        roster.differs(B, "");
        members.says(B).unfit().now();
        assertThat(roster.anyReachesApi(members.now)).isFalse();
    }

    @Test
    void ofTwoCandidatesTheBetterOneGoesOnWhateverIsThoughtOfTheApi() {
        members.says(B).claims(new Claim(Role.CANDIDATE, 5, false)).priority(-1).now();
        ranking.reachesApi(false);
        assertThat(ranking.hearsBetterCandidate(members.now)).isFalse();
        members.says(B).claims(new Claim(Role.CANDIDATE, 5, false)).priority(1).withoutApi().now();
        ranking.reachesApi(true);
        assertThat(ranking.hearsBetterCandidate(members.now)).isTrue();
    }
}
