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
/// @param fit          whether it could own, by its own word and by what we know of it; `reason` says why not
/// @param kernel       whether its machine answers probes
/// @param latenessMillis how late its election has run lately, by its own word; 0 when unknown
public record MemberStatus(NodeName name, boolean heard, long silentMillis, MemberChannel.@Nullable Loss loss,
        Role role,
        Optional<Ownership> attests, Optional<Ownership> suspects, boolean apiReachable, int priority, boolean fit,
        String reason, KernelState kernel, int latenessMillis) {

    static MemberStatus of(Peer peer, boolean heard, long now) {
        Heartbeat last = peer.heartbeat();
        if (last == null) {
            return new MemberStatus(peer.name, false, -1, peer.loss(), Role.FOLLOWER, Optional.empty(),
                    Optional.empty(),
                    false, 0, false, "never heard", peer.kernel(), 0);
        }
        return new MemberStatus(peer.name, heard, (now - peer.heardNanos()) / 1_000_000,
                peer.loss(), last.claim().role(), last.view().attests(), last.view().suspects(),
                last.view().apiReachable(), last.standing().priority(),
                last.standing().fit() && peer.difference().isEmpty(),
                peer.difference().isEmpty() ? last.standing().reason() : peer.difference(), peer.kernel(),
                last.pace().lateness());
    }

    /// Why it counts as heard, or no longer does: a word for the log.
    public String cause() {
        if (heard) {
            return "heartbeats";
        }
        if (loss != null) {
            return loss.toString();
        }
        return kernel == KernelState.SILENT ? "machine silent" : "silence";
    }
}
