package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import org.jspecify.annotations.Nullable;

/// How long this member waits for a silent agent whose kernel answers: longer while it, or a member that could replace the owner,
/// is late itself.
final class Patience {

    /// What has grown is said for a while before it shrinks.
    private static final long HOLD = 2_000_000_000L;

    private final Timing timing;
    private final Roster roster;
    private long nanos;
    private long heldUntil;
    private long lateness;

    Patience(Timing timing, Roster roster, long now) {
        this.timing = timing;
        this.roster = roster;
        this.nanos = timing.peerTimeout();
        this.heldUntil = now;
    }

    /// @param latelyNanos how late this member's own election has run lately
    /// @param subject     the owner that is watched; null when there is none
    void late(long latelyNanos, @Nullable NodeName subject, long now) {
        lateness = latelyNanos;
        long wanted = wanted(subject, now);
        // It grows at once and shrinks when that has been said for a while.
        if (wanted >= nanos || now - heldUntil >= 0) {
            nanos = wanted;
            heldUntil = now + HOLD;
        }
    }

    /// The base where the members are calm. An agent that is late itself takes others for silent, and a VIP that moves to a
    /// starved node helps nobody: so four times the lateness of the latest of those that would judge or replace the owner.
    private long wanted(@Nullable NodeName subject, long now) {
        long latest = lateness;
        for (Peer peer : roster.peers()) {
            if (!peer.name.equals(subject) && roster.isHeard(peer, now)) {
                latest = Math.max(latest, peer.pace().lateness() * 1_000_000L);
            }
        }
        long base = timing.peerTimeout();
        return base + 4 * Math.clamp(latest - base / 8, 0, base);
    }

    long nanos() {
        return nanos;
    }

    /// How late this member's own election has run lately.
    long lateness() {
        return lateness;
    }
}
