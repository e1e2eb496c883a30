package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.StandDown;
import dev.hacp.leader.election.OwnershipTerm.Support;
import dev.hacp.leader.election.OwnershipTerm.Limits;
import org.junit.jupiter.api.Test;

/// What entitles an owner, and until when, by the clause.
class OwnershipTermTest {

    private static final long MILLI = 1_000_000L;
    private static final Limits LIMITS = new Limits(400 * MILLI, 10_000 * MILLI, 15_000 * MILLI);
    private static final long START = 77_000 * MILLI;

    /// Two others are well and could be a majority without us.
    private static Support backed(long now) {
        return new Support(now + 145 * MILLI, now + 387 * MILLI, true, true, false, true);
    }

    private static Support silent() {
        return new Support(null, null, true, true, false, true);
    }

    private static OwnershipTerm leased(boolean early, long sentBefore) {
        return OwnershipTerm.byLease(5, START - sentBefore * MILLI, early, null, START, LIMITS);
    }

    @Test
    void whoOvertookHasATimeoutForTheOthersToAttestToItAndThenLetsGo() {
        OwnershipTerm term = leased(true, 300);
        assertThat(term.isWatched()).isTrue();
        for (long at = 0; at <= 500; at += 50) {
            term.weigh(silent(), START + at * MILLI);
            assertThat(term.verdict(START + at * MILLI)).as("after %d ms", at).isNull();
        }
        term.weigh(silent(), START + 600 * MILLI);
        assertThat(term.verdict(START + 600 * MILLI)).isEqualTo(StandDown.MINORITY);
    }

    @Test
    void whatActsForAnOwnerOnWhoseSilenceOthersMayActBelievesInThemAndNotInTheLease() {
        OwnershipTerm term = leased(false, 0);
        assertThat(term.validUntilNanos(START)).isEqualTo(START + 10_000 * MILLI);
        term.weigh(backed(START), START);
        assertThat(term.validUntilNanos(START)).isEqualTo(START + 387 * MILLI);
    }

    @Test
    void twoLeaseDurationsAfterAMajorityBackedItLastTheLeaseAloneDecidesAgain() {
        OwnershipTerm term = leased(false, 0);
        term.weigh(backed(START), START);
        long before = START + 30_000 * MILLI;
        term.renewed(before);
        term.weigh(silent(), before);
        assertThat(term.isWatched()).isTrue();
        term.weigh(silent(), before + 200 * MILLI);
        assertThat(term.isWatched()).isFalse();
        assertThat(term.verdict(before + 5_000 * MILLI)).isNull();
    }

    @Test
    void aConflictThatNobodyExplainsEndsOnlyAnOwnerThatNoMajorityHears() {
        OwnershipTerm term = leased(false, 0);
        term.weigh(backed(START), START);
        term.conflict(START);
        long later = START + 450 * MILLI;
        term.weigh(backed(later), later);
        assertThat(term.verdict(later)).isNull();
        term.weigh(silent(), later + 10 * MILLI);
        assertThat(term.verdict(later + 10 * MILLI)).isEqualTo(StandDown.LEASE_LOST);
    }

    @Test
    void anOwnerByVotesIsOneForAsLongAsTheyLast() {
        OwnershipTerm term = OwnershipTerm.byVote(5, START + 145 * MILLI, null, START, LIMITS);
        assertThat(term.validUntilNanos(START)).isEqualTo(START + 145 * MILLI);
    }
}
