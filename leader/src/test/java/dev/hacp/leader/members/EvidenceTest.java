package dev.hacp.leader.members;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The promise that comes with an attestation, by the clause: the simulated world needs several faults at once to come near
/// some of them.
class EvidenceTest {

    private static final long MILLI = 1_000_000L;
    private static final NodeName A = new NodeName("node-a");
    private static final NodeName B = new NodeName("node-b");
    private static final NodeName C = new NodeName("node-c");
    private static final Claim C_OWNS = new Claim(Role.OWNER, 4, true);
    private static final long SELF = 0xa;

    private long now = 10_000 * MILLI;
    private final Evidence evidence = new Evidence(A, SELF, new Timing(100 * MILLI, 400 * MILLI, 15_000 * MILLI), now);

    EvidenceTest() {
        evidence.members(List.of(A, B, C));
        now += 500 * MILLI; // what an earlier process of this node may have promised is over
    }

    private void hear(NodeName from, Claim claim, Optional<Ownership> attests) {
        View view = new View(attests, Optional.empty(), -1, true, 4, evidence.roster().hash());
        evidence.heard(from, new Heartbeat(new Stamp(from.value().charAt(5), now, SELF, now), claim, view,
                new Standing(0, false, true, ""), Optional.empty()), now);
    }

    /// @param holder of the Lease, by term `transitions`
    private void reconsider(boolean follower, long transitions, NodeName holder) {
        evidence.reconsider(now, follower, transitions, holder, false);
    }

    private void attestToC() {
        hear(C, C_OWNS, Optional.empty());
        reconsider(true, 4, C);
        assertThat(evidence.attests()).contains(new Ownership(C, 4));
    }

    /// A swap that was carried out late makes this member the Lease's holder while another still counts on its word.
    @Test
    void aMemberDoesNotCountItselfForItsOwnTermWhileItsWordIsStillAnothers() {
        attestToC();
        Ownership own = new Ownership(A, 5);
        reconsider(false, 5, A);
        hear(B, Claim.FOLLOWER, Optional.of(own));
        assertThat(evidence.attests()).isEmpty();
        assertThat(evidence.backedUntil(5, now)).as("with B alone, as C may still count on A").isNull();
        now += 401 * MILLI;
        hear(B, Claim.FOLLOWER, Optional.of(own));
        assertThat(evidence.backedUntil(5, now)).as("with B and itself").isGreaterThan(now);
    }

    @Test
    void havingAttestedToOneItAttestsToNoOtherForAPeerTimeout() {
        attestToC();
        reconsider(true, 5, B); // the Lease has gone to B
        hear(B, new Claim(Role.OWNER, 5, true), Optional.empty());
        now += 390 * MILLI;
        reconsider(true, 5, B);
        assertThat(evidence.attests()).isEmpty();
        hear(B, new Claim(Role.OWNER, 5, true), Optional.empty());
        now += 20 * MILLI;
        reconsider(true, 5, B);
        assertThat(evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void anOwnersOwnWordThatItIsNoneAnyMoreFreesTheMember() {
        attestToC();
        hear(C, Claim.FOLLOWER, Optional.empty());
        reconsider(true, 4, C);
        assertThat(evidence.isVacated()).isTrue();
        hear(B, new Claim(Role.OWNER, 5, true), Optional.empty());
        reconsider(true, 5, B);
        assertThat(evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void anOwnerWhoseAddressesMayStillBeThereDoesNotFreeTheMember() {
        attestToC();
        hear(C, new Claim(Role.STANDING_DOWN, 4, false), Optional.empty());
        hear(B, new Claim(Role.OWNER, 5, true), Optional.empty());
        reconsider(true, 5, B);
        assertThat(evidence.attests()).isEmpty();
    }

    @Test
    void aGoodbyeFreesTheMemberAtOnceAndARefusedConnectionWhichMayBeAFirewallsDoesNot() {
        attestToC();
        hear(B, new Claim(Role.OWNER, 5, true), Optional.empty());
        evidence.lost(C, Loss.BROKEN, now);
        reconsider(true, 5, B);
        assertThat(evidence.attests()).isEmpty();
        evidence.lost(C, Loss.REFUSED, now);
        reconsider(true, 5, B);
        assertThat(evidence.attests()).isEmpty();
        evidence.lost(C, Loss.LEFT, now);
        reconsider(true, 5, B);
        assertThat(evidence.attests()).contains(new Ownership(B, 5));
    }

    @Test
    void whoIsSilentWhileItStandsDownIsLostLikeAnOwner() {
        attestToC();
        hear(C, new Claim(Role.STANDING_DOWN, 4, true), Optional.empty());
        reconsider(true, 4, C);
        assertThat(evidence.suspects()).isEmpty();
        now += 500 * MILLI;
        reconsider(true, 4, C);
        assertThat(evidence.suspects()).contains(new Ownership(C, 4));
        assertThat(evidence.isVacated()).isFalse();
    }

    @Test
    void thatAnOwnerHasLetGoIsKnownAlsoToAMemberThatAttestedToNobodyWhenItSaidSo() {
        attestToC();
        reconsider(false, 4, C); // it asks for something itself
        hear(C, new Claim(Role.STANDING_DOWN, 4, true), Optional.empty());
        reconsider(false, 4, C);
        hear(C, Claim.FOLLOWER, Optional.empty());
        reconsider(true, 4, C);
        assertThat(evidence.suspects()).contains(new Ownership(C, 4));
        assertThat(evidence.isVacated()).isTrue();
    }

    @Test
    void aNewProcessAttestsToNobodyUntilWhatItsPredecessorPromisedIsOver() {
        Evidence fresh = new Evidence(A, 0xb, new Timing(100 * MILLI, 400 * MILLI, 15_000 * MILLI), now);
        fresh.members(List.of(A, B, C));
        for (long passed : List.of(390 * MILLI, 400 * MILLI)) {
            View view = new View(Optional.empty(), Optional.empty(), -1, true, 4, fresh.roster().hash());
            fresh.heard(C, new Heartbeat(new Stamp('c', now, 0xb, now), C_OWNS, view, new Standing(0, false, true, ""),
                    Optional.empty()), now + passed);
            fresh.reconsider(now + passed, true, 4, C, false);
            assertThat(fresh.attests().isPresent()).isEqualTo(passed >= 400 * MILLI);
        }
    }

    /// An earlier process of this node may have attested to somebody a moment before it ended.
    @Test
    void aNewProcessDoesNotCountItselfBeforeThatEither() {
        Evidence fresh = new Evidence(A, 0xb, new Timing(100 * MILLI, 400 * MILLI, 15_000 * MILLI), now);
        fresh.members(List.of(A, B, C));
        for (long passed : List.of(390 * MILLI, 400 * MILLI)) {
            View view = new View(Optional.of(new Ownership(A, 5)), Optional.empty(), -1, true, 4,
                    fresh.roster().hash());
            fresh.heard(B, new Heartbeat(new Stamp('b', now, 0xb, now + passed), Claim.FOLLOWER, view,
                    new Standing(0, false, true, ""), Optional.empty()), now + passed);
            Long until = fresh.backedUntil(5, now + passed);
            assertThat(until != null && until - now - passed > 0).isEqualTo(passed >= 400 * MILLI);
        }
    }
}
