package dev.hacp.leader.election;

import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import org.jspecify.annotations.Nullable;

/// One time of this member as owner: what entitles it, until when, and when it must let go. Times are ticker readings.
/// docs/adr/0003-early-takeover.md argues why these bounds are safe.
final class OwnershipTerm {

    final long term;
    final long sinceNanos;
    /// The previous owner, whose addresses may still be there; our takeover waits for it until `dutyNotBefore`.
    final @Nullable NodeName predecessor;
    final long dutyNotBefore;

    private final Limits limits;
    private boolean leased;
    private long renewedNanos;
    private long provenNanos;
    private long grantedUntil;

    private boolean watched;
    private boolean outnumbered;
    private boolean cutOff;
    private long backedNanos;
    private long backedUntil;
    private long heardUntil;
    private boolean checking;
    private long checkingSince;
    private boolean conflicting;
    private long conflictSince;
    private boolean apiSeen;
    private long apiSeenSince;

    long dutyNumber;
    boolean dutyDone;
    boolean holdTold;

    /// @param peerTimeout   silence that makes a member suspect whose kernel answers
    /// @param renewDeadline what a renewal is good for
    /// @param leaseDuration what others wait
    record Limits(long peerTimeout, long renewDeadline, long leaseDuration) {

        /// What the members' word has less than this left for is a reason to ask the API at once.
        long early() {
            return peerTimeout * 3 / 8;
        }

        /// How long the first answer is waited for.
        long patience() {
            return peerTimeout * 5 / 8;
        }

        /// How long a majority that lost an owner whose machine answers waits for the API before it votes.
        long votes() {
            return peerTimeout * 3 / 4;
        }

        /// Between two questions to the API while its word is all there is.
        long question() {
            return peerTimeout / 4;
        }

        /// A proof by the API is good for the next question and as long for its answer. It is how long this member may go on
        /// beside another that took the Lease after it.
        long proof() {
            return 2 * question();
        }

        /// A member that is heard and lets go says so; the new owner waits at most this long for that word.
        long predecessor() {
            return peerTimeout + peerTimeout / 2;
        }
    }

    private OwnershipTerm(long term, long now, Limits limits, @Nullable NodeName predecessor, long dutyNotBefore) {
        this.term = term;
        this.sinceNanos = now;
        this.limits = limits;
        this.predecessor = predecessor;
        this.dutyNotBefore = dutyNotBefore;
        this.backedUntil = now;
        this.heardUntil = now;
        this.grantedUntil = now;
    }

    /// By a successful write of the Lease that was sent at `sentNanos`.
    ///
    /// @param early whether a majority had lost the owner before: then it is expected to attest to us soon
    static OwnershipTerm byLease(long term, long sentNanos, boolean early, @Nullable NodeName predecessor, long now,
            Limits limits) {
        OwnershipTerm ownershipTerm = new OwnershipTerm(term, now, limits, predecessor, now + limits.predecessor());
        ownershipTerm.renewed(sentNanos);
        ownershipTerm.watched = early;
        ownershipTerm.backedNanos = now;
        ownershipTerm.grantedUntil = early ? now + limits.peerTimeout : now;
        return ownershipTerm;
    }

    /// By a majority's votes, the Lease not yet written.
    static OwnershipTerm byVote(long term, long backedUntil, @Nullable NodeName predecessor, long now, Limits limits) {
        OwnershipTerm ownershipTerm = new OwnershipTerm(term, now, limits, predecessor, now);
        ownershipTerm.watched = true;
        ownershipTerm.backedNanos = now;
        ownershipTerm.backedUntil = backedUntil;
        ownershipTerm.heardUntil = backedUntil;
        return ownershipTerm;
    }

    /// By the word of the previous owner, whose addresses are gone.
    static OwnershipTerm byGrant(long term, NodeName predecessor, long now, Limits limits) {
        OwnershipTerm ownershipTerm = new OwnershipTerm(term, now, limits, predecessor, now);
        ownershipTerm.grantedUntil = now + limits.peerTimeout;
        return ownershipTerm;
    }

    void renewed(long sentNanos) {
        renewedNanos = leased ? Math.max(renewedNanos, sentNanos) : sentNanos;
        leased = true;
        proven(sentNanos);
    }

    /// The API said that the Lease is ours, in answer to a question sent then.
    void proven(long sentNanos) {
        provenNanos = provenNanos == 0 ? sentNanos : Math.max(provenNanos, sentNanos);
        conflicting = false;
    }

    void conflict(long now) {
        if (!conflicting) {
            conflicting = true;
            conflictSince = now;
        }
    }

    /// What the members say now.
    ///
    /// @param backed      until when a majority attests; null when none does
    /// @param heard       until when no majority can suspect us for our agent's silence; null when that is not known
    /// @param canOvertake whether the others could ever be a majority without us
    /// @param agree       whether they could be one now, as far as we know
    /// @param cutOff      whether those that we have no contact with, by their kernels, could be a majority
    /// @param writable    whether this or any heard member could write the Lease
    record Support(@Nullable Long backed, @Nullable Long heard, boolean canOvertake, boolean agree, boolean cutOff,
            boolean writable) {}

    /// Takes in what the members say now.
    void weigh(Support support, long now) {
        boolean canOvertake = support.canOvertake;
        this.cutOff = support.cutOff;
        this.outnumbered = support.agree;
        Long backed = support.backed;
        Long heard = support.heard;
        backedUntil = backed == null ? Math.min(backedUntil, now) : backed;
        heardUntil = heard == null ? Math.min(heardUntil, now) : heard;
        if (isBacked(now)) {
            backedNanos = now;
            watched |= canOvertake;
        } else if (watched && leased && (!canOvertake || now - backedNanos > 2 * limits.leaseDuration)) {
            watched = false; // nobody may act on our silence now: the Lease alone decides again
        }
        boolean doubtful = watched && outnumbered && supportedUntil() - now < limits.early();
        if (doubtful && !checking) {
            checkingSince = now;
        }
        checking = doubtful;
        if (support.writable && !apiSeen) {
            apiSeenSince = now;
        }
        apiSeen = support.writable;
    }

    /// Until when nobody else may own by the members' word: attested, not yet to be suspected, or just handed over to us.
    private long supportedUntil() {
        return later(later(backedUntil, heardUntil), grantedUntil);
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }

    /// Whether a majority attests to us now.
    boolean isBacked(long now) {
        return backedUntil - now > 0;
    }

    /// Until when a majority attests to us, unless it does so again.
    long backedUntilNanos() {
        return backedUntil;
    }

    /// Whether others may act on our silence.
    boolean isWatched() {
        return watched;
    }

    boolean isLeased() {
        return leased;
    }

    /// Whether an answer of the API is wanted at once.
    boolean isChecking() {
        return checking;
    }

    long leaseEndsNanos() {
        return renewedNanos + limits.renewDeadline;
    }

    /// No API server can renew for anybody, and a majority still attests.
    boolean isHolding(long now) {
        return leased && now - leaseEndsNanos() >= 0 && verdict(now) == null;
    }

    /// Why we must let go now; null when we need not.
    @Nullable
    StandDown verdict(long now) {
        boolean supported = supportedUntil() - now > 0;
        // A slow write of our own may be what we conflicted with; as long as a majority hears us nobody overtakes.
        if (conflicting && !supported && now - conflictSince >= limits.peerTimeout) {
            return StandDown.LEASE_LOST;
        }
        // Others see the same a moment later and act on it: whatever the Lease says, the address must be gone by then.
        if (watched && cutOff) {
            return StandDown.MINORITY;
        }
        if (!leased) {
            return supported ? null : StandDown.MINORITY;
        }
        if (now - leaseEndsNanos() >= 0) {
            boolean others = apiSeen && now - apiSeenSince >= limits.renewDeadline;
            return supported && !others ? null : StandDown.RENEW_DEADLINE;
        }
        return watched && outnumbered && !supported && now - minorityEnds(now) >= 0 ? StandDown.MINORITY : null;
    }

    private long minorityEnds(long now) {
        long asked = checking ? checkingSince + limits.patience() : now;
        long proof = provenNanos + limits.proof();
        return asked - proof > 0 ? asked : proof;
    }

    /// When [#verdict] may change by time alone; never later than it does.
    long nextNanos(long now) {
        long next = leased ? leaseEndsNanos() : supportedUntil();
        if (now - next >= 0) {
            next = supportedUntil();
        }
        if (watched && outnumbered) {
            next = earlier(next, supportedUntil() - limits.early(), now);
            next = earlier(next, supportedUntil(), now);
            if (checking) {
                next = earlier(next, minorityEnds(now), now);
            }
        }
        if (conflicting) {
            next = earlier(next, conflictSince + limits.peerTimeout, now);
        }
        return next;
    }

    private static long earlier(long next, long candidate, long now) {
        return candidate - now > 0 && (candidate - next < 0 || now - next >= 0) ? candidate : next;
    }

    /// Until when we may act as owner unless renewed or attested again: what [dev.hacp.core.Leadership.Leader] says.
    long validUntilNanos(long now) {
        long supported = supportedUntil();
        if (!leased || now - leaseEndsNanos() >= 0) {
            return supported;
        }
        if (!watched || !outnumbered) {
            return leaseEndsNanos();
        }
        long proof = provenNanos + limits.proof();
        long watchedUntil = supported - proof > 0 ? supported : proof;
        return watchedUntil - leaseEndsNanos() < 0 ? watchedUntil : leaseEndsNanos();
    }
}
