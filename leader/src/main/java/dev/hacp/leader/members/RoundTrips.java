package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import org.jspecify.annotations.Nullable;

/// How long a statement takes to the others and back. On a machine with more threads than processors no single step need be very
/// late, and yet the answer of a living majority comes late: half a dozen threads have their turn on the way. With 26 runnable
/// threads on two processors an owner let go once in ten minutes although no member was silent; this is the likely cause.
final class RoundTrips {

    /// 100 ms of it are forgotten in 0.8 s: what is slow is slow all the time, and one stall is not.
    private static final int FORGOTTEN = 8;

    private final Roster roster;
    private final long fresh;
    private final long usual;
    private long slow;
    private long looked;

    /// @param peerTimeout in nanoseconds; a quarter of it is two heartbeats, which an answer may take on an idle machine
    RoundTrips(Roster roster, long peerTimeout, long now) {
        this.roster = roster;
        this.fresh = peerTimeout;
        this.usual = peerTimeout / 4;
        this.looked = now;
    }

    /// By how much the answers of as many members as make a majority come later than usual, lately.
    ///
    /// @param subject a member that does not count: the one that is watched
    long lately(@Nullable NodeName subject, long now) {
        slow = Math.max(0, slow - (now - looked) / FORGOTTEN);
        looked = now;
        int needed = roster.quorum() - 1;
        long[] ages = roster.peers().stream()
                .filter(peer -> !peer.name.equals(subject) && peer.hasEchoed() && now - peer.heardNanos() < fresh)
                .mapToLong(Peer::echoAge).sorted().toArray();
        if (ages.length > 0 && needed > 0) {
            // Fewer than that many may be heard: then the slowest of them.
            slow = Math.max(slow, Math.min(ages[Math.min(needed, ages.length) - 1], fresh + usual) - usual);
        }
        return slow;
    }
}
