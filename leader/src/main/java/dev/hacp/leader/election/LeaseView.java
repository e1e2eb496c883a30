package dev.hacp.leader.election;

import dev.hacp.core.NodeName;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The newest state of the Lease that this node has seen, and since when, by its own ticker.
final class LeaseView {

    private static final int LONGEST = 4;

    private @Nullable LeaseRecord record;
    private boolean known;
    private boolean everSeen;
    private long changedNanos;
    private long renewedNanos;

    /// Takes in an observation.
    ///
    /// @param authoritative an answer to a read or a write; else a watch event, which may be older than what is known
    /// @return whether it is news
    boolean observe(@Nullable LeaseRecord observed, boolean authoritative, long now) {
        if (observed == null) {
            boolean news = !known || record != null;
            if (news) {
                changedNanos = now;
                renewedNanos = now;
            }
            known = true;
            record = null;
            return news;
        }
        boolean news = record == null
                || (authoritative
                        ? !observed.resourceVersion().equals(record.resourceVersion())
                        : observed.isNewerThan(record));
        if (news) {
            if (record == null || !observed.isSameRenewal(record)) {
                renewedNanos = now;
            }
            record = observed;
            changedNanos = now;
        }
        known = true;
        everSeen = true;
        return news;
    }

    @Nullable
    LeaseRecord record() {
        return record;
    }

    /// Whether an answer of the API has come at all.
    boolean isKnown() {
        return known;
    }

    boolean isAbsent() {
        return known && record == null;
    }

    boolean wasEverSeen() {
        return everSeen;
    }

    boolean isReleased() {
        return record != null && record.isReleased();
    }

    /// When this node saw the record change, anyone who changed whatever in it.
    long changedNanos() {
        return changedNanos;
    }

    /// When this node saw the holder, or the lack of one, change or renew; everything about expiry counts from here.
    long renewedNanos() {
        return renewedNanos;
    }

    long transitions() {
        return record == null ? -1 : record.transitions();
    }

    String holder() {
        return record == null ? "" : record.holder();
    }

    boolean isHeldBy(NodeName node) {
        return record != null && record.holder().equals(node.value());
    }

    /// When that node acquired it, by that node's clock: for people.
    Optional<Instant> acquiredBy(NodeName node) {
        return record != null && isHeldBy(node) && record.acquireTime().isAfter(Instant.EPOCH)
                ? Optional.of(record.acquireTime())
                : Optional.empty();
    }

    /// @return null when released, absent or not a node name
    @Nullable
    NodeName holderName() {
        if (record == null || record.isReleased()) {
            return null;
        }
        try {
            return new NodeName(record.holder());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /// Whether nobody owns by this record: absent, released or expired.
    boolean isVacant(long ownDuration, long now) {
        return known && (record == null || record.isReleased() || now - expiresNanos(ownDuration) >= 0);
    }

    /// When the record expires by this node's clock: what the holder promised, at least our own leaseDuration and at most four
    /// times it. Anybody may write a number into the Lease that would keep the VIP away for years.
    long expiresNanos(long ownDuration) {
        long promised = record == null ? 0 : record.leaseDurationSeconds() * 1_000_000_000L;
        return renewedNanos + Math.clamp(promised, ownDuration, LONGEST * ownDuration);
    }
}
