package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Role;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What this member believes of another, and what that one says it believes.
///
/// @param heard        whether its heartbeats come
/// @param silentMillis since the last one; -1 when there never was one
/// @param loss         how its connection ended; null while it stands or when it never did
/// @param role         what it says it is
/// @param attests      whom it says it backs
/// @param suspects     whom it says it has lost
/// @param fit          whether it says it could own; `reason` says why not
public record MemberStatus(NodeName name, boolean heard, long silentMillis, MemberChannel.@Nullable Loss loss,
        Role role,
        Optional<Ownership> attests, Optional<Ownership> suspects, boolean apiReachable, int priority, boolean fit,
        String reason) {

    static MemberStatus of(Peer peer, long now, long peerTimeout) {
        Heartbeat last = peer.heartbeat();
        if (last == null) {
            return new MemberStatus(peer.name, false, -1, peer.loss(), Role.FOLLOWER, Optional.empty(),
                    Optional.empty(),
                    false, 0, false, "never heard");
        }
        return new MemberStatus(peer.name, peer.isHeard(now, peerTimeout), (now - peer.heardNanos()) / 1_000_000,
                peer.loss(), last.claim().role(), last.view().attests(), last.view().suspects(),
                last.view().apiReachable(), last.standing().priority(), last.standing().fit(),
                last.standing().reason());
    }
}
