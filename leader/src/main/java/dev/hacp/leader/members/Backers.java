package dev.hacp.leader.members;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Until when what the members have said supports this member as owner. Each word is dated by the newest of our own messages that
/// its member had heard.
final class Backers {

    private final Roster roster;
    private final Timing timing;

    Backers(Roster roster, Timing timing) {
        this.roster = roster;
        this.timing = timing;
    }

    /// @return until when that many members attest; null when so many never did
    @Nullable
    Long attestedUntil(Ownership own, int needed, long now) {
        return newest(own, needed, now, _ -> timing.attestation());
    }

    /// @return until when one of that many members cannot have suspected us for our agent's silence; null when too few attest
    @Nullable
    Long heardUntil(Ownership own, int needed, long now) {
        return newest(own, needed, now, peer -> {
            if (peer.kernel() == KernelState.LATE || peer.kernel() == KernelState.SILENT) {
                return timing.attestation(); // the way is cut, and the peer sees that as well
            }
            long told = peer.pace().patience() * 1_000_000L;
            return Math.max(timing.attestation(), told - told / 32);
        });
    }

    /// The end of the `needed`-th longest lasting of what the members' words are good for.
    private @Nullable Long newest(Ownership own, int needed, long now, ToLongFunction<Peer> goodFor) {
        if (needed <= 0) {
            return null;
        }
        long[] left = new long[roster.peers().size()];
        int n = 0;
        for (Peer peer : roster.peers()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && peer.hasEchoed() && !peer.isGone() && last.view().attests().equals(Optional.of(own))
                    && now - peer.echoNanos() >= 0) {
                left[n++] = peer.echoNanos() + goodFor.applyAsLong(peer) - now;
            }
        }
        if (n < needed) {
            return null;
        }
        Arrays.sort(left, 0, n);
        return now + left[n - needed];
    }
}
