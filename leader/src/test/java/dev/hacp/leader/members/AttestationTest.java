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
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whom a member attests to, and what an owner may count on for it.
class AttestationTest {

    private static final Ownership OURS = new Ownership(A, 5);
    private static final Claim B_ASKS = new Claim(Role.CANDIDATE, 5, false);

    private final Members members = new Members();
    private final Evidence evidence = members.evidence;

    // ---- whom

    @Test
    void ofTwoOwnersTheOneOfTheLaterTermIsAttestedTo() {
        members.says(B).claims(new Claim(Role.OWNER, 5, true)).now();
        members.says(C).claims(C_OWNS).now();
        assertThat(members.look().evidence.attests()).contains(new Ownership(B, 5));

        Members other = new Members();
        other.says(B).claims(new Claim(Role.OWNER, 4, true)).now();
        other.says(C).claims(new Claim(Role.OWNER, 5, true)).now();
        assertThat(other.look().evidence.attests()).contains(new Ownership(C, 5));
    }

    @Test
    void ofTwoOwnersOfOneTermTheOneByTheLeaseIsAttestedTo() {
        members.says(B).claims(new Claim(Role.PROVISIONAL, 5, true)).now();
        members.says(C).claims(new Claim(Role.OWNER, 5, true)).now();
        assertThat(members.look().evidence.attests()).contains(new Ownership(C, 5));
    }

    @Test
    void anOwnerIsAttestedToBeforeACandidateOfALaterTerm() {
        members.says(B).claims(new Claim(Role.CANDIDATE, 6, false)).now();
        members.says(C).claims(C_OWNS).now();
        evidence.reconsider(members.now, true, 4, null, true);
        assertThat(evidence.attests()).contains(CS);
    }

    @Test
    void anOwnerThatTheLeaseHasPassedIsNotAttestedTo() {
        members.says(C).claims(C_OWNS).now();
        evidence.reconsider(members.now, true, 5, null, false);
        assertThat(evidence.attests()).isEmpty();
    }

    /// It owned by votes that were never written to the Lease, or etcd was restored from a backup.
    @Test
    void anEarlierOwnerOfAHigherTermIsForgottenOverTheOneThatIsAttestedTo() {
        members.says(B).claims(new Claim(Role.PROVISIONAL, 7, true)).now();
        members.look().says(B).now();
        assertThat(members.look().evidence.isVacated()).isTrue();
        members.attestToC();
        assertThat(evidence.attests()).contains(CS);
        assertThat(evidence.suspects()).isEmpty();
        members.pass(300).says(B).now();
        members.pass(200).look();
        assertThat(evidence.isVacated()).as("its silence is no word of another").isFalse();
        assertThat(evidence.suspects()).contains(CS);

        Members other = new Members();
        other.says(B).claims(new Claim(Role.PROVISIONAL, 7, true)).now();
        other.look().says(B).now();
        other.look().attestToC().says(C).now();
        assertThat(other.look().evidence.suspects()).as("it says itself that it is none").contains(CS);
    }

    @Test
    void anOwnerThatCameAndWentMeanwhileIsNotTheOneThatWasAttestedTo() {
        members.attestToC();
        members.says(B).claims(new Claim(Role.PROVISIONAL, 7, true)).now();
        members.look().says(B).now();
        assertThat(members.look().evidence.attests()).contains(CS);
        members.pass(300).says(B).now();
        members.pass(200).look();
        assertThat(evidence.isVacated()).isFalse();
        assertThat(evidence.suspects()).contains(CS);
    }

    /// This member does not reach the API, and C neither; B cannot be heard by C.
    @Test
    void anOwnerByTheLeaseOfALaterTermThatIsHeardEndsTheAttestationToTheOneBefore() {
        members.attestToC();
        members.says(B).claims(new Claim(Role.OWNER, 5, false)).now();
        assertThat(members.look().evidence.attests()).isEmpty();
        members.pass(100).says(C).claims(C_OWNS).now();
        assertThat(members.look().evidence.attests()).as("it was promised").isEmpty();
        members.pass(60).says(B).claims(new Claim(Role.OWNER, 5, false)).now();
        assertThat(members.look().evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void onlyWhoAskedTheApiInVainVotes() {
        members.attestToC().pass(500).look();
        members.says(B).claims(B_ASKS).now();
        evidence.votes(false);
        assertThat(members.look().evidence.attests()).isEmpty();
        evidence.votes(true);
        assertThat(members.look().evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void whoHasLostNobodyDoesNotVote() {
        evidence.votes(true);
        members.says(B).claims(B_ASKS).now();
        assertThat(members.look().evidence.attests()).isEmpty();
    }

    @Test
    void aCandidateOfTheLostOwnersTermGetsNoVote() {
        members.attestToC().pass(500).look();
        evidence.votes(true);
        members.says(B).claims(new Claim(Role.CANDIDATE, 4, false)).now();
        assertThat(members.look().evidence.attests()).isEmpty();
    }

    // ---- the promise

    @Test
    void anotherProcessOfTheOwnersNodeSaysNothingOfThePromiseToTheOneBefore() {
        members.attestToC().says(C).asAnotherProcess().now();
        members.says(B).claims(new Claim(Role.OWNER, 5, true)).now();
        evidence.reconsider(members.now, true, 5, B, false);
        assertThat(evidence.attests()).isEmpty();
        members.pass(151).says(B).claims(new Claim(Role.OWNER, 5, true)).now();
        evidence.reconsider(members.now, true, 5, B, false);
        assertThat(evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void anOwnerThatGoesOnByALaterTermIsAttestedToAtOnce() {
        members.attestToC().says(C).claims(new Claim(Role.OWNER, 6, true)).now();
        evidence.reconsider(members.now, true, 6, C, false);
        assertThat(evidence.attests()).contains(new Ownership(C, 6));
    }

    // ---- what it is good for

    private Long backed() {
        Long until = evidence.backedUntil(5, members.now);
        return until == null ? -1 : (until - members.now) / MILLI;
    }

    @Test
    void anOwnerCountsOnAnAttestationForLessThanWhatIsPromised() {
        members.says(B).attests(OURS).now();
        assertThat(backed()).isBetween(100L, 149L);
    }

    @Test
    void anAttestationIsDatedByWhatItsMemberHadHeardOfThisProcess() {
        members.says(B).attests(OURS).echoing(0xb, members.now).now();
        assertThat(backed()).as("an echo of another process").isEqualTo(-1);
        members.says(B).attests(OURS).now();
        members.says(B).attests(OURS).stale(100).now();
        assertThat(backed()).as("an older message came later").isGreaterThan(100);
        members.says(B).asAnotherProcess().attests(OURS).echoing(0, 0).now();
        assertThat(backed()).as("what another process of it had heard").isEqualTo(-1);
    }

    @Test
    void theWordOfAMemberWhoseProcessIsGoneIsWorthNothing() {
        members.says(B).attests(OURS).now();
        evidence.lost(B, Loss.REFUSED, members.now);
        assertThat(backed()).isEqualTo(-1);
    }

    @Test
    void theLastOfARosterThatShrankIsNoMajority() {
        evidence.members(List.of(A));
        assertThat(backed()).isEqualTo(-1);

        Evidence alone = new Evidence(A, 1, new Timing(50 * MILLI, 400 * MILLI, 15_000 * MILLI), 0);
        alone.members(List.of(A));
        assertThat(alone.backedUntil(5, 0)).isPositive();
    }

    @Test
    void aMembersPatienceCountsOnlyAsLongAsTheWayToItIsNotCut() {
        members.says(B).attests(OURS).pace(new Pace(150, 800, 0, 3, members.now)).now();
        assertThat(evidence.heardUntil(5, members.now)).isEqualTo(members.now + 775 * MILLI);
        evidence.kernel(B, KernelState.LATE);
        assertThat(evidence.heardUntil(5, members.now)).isEqualTo(evidence.backedUntil(5, members.now));
        evidence.kernel(B, KernelState.SILENT);
        assertThat(evidence.heardUntil(5, members.now)).isEqualTo(evidence.backedUntil(5, members.now));
    }
}
