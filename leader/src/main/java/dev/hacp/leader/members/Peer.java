package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import org.jspecify.annotations.Nullable;

/// The newest that is known of one other member.
final class Peer {

    final NodeName name;
    private @Nullable Heartbeat heartbeat;
    private MemberChannel.@Nullable Loss loss;
    private long heardNanos;
    private long echoNanos;
    private boolean echoed;
    private boolean announced;

    Peer(NodeName name) {
        this.name = name;
    }

    /// @return whether it comes from another process of that node than the last one
    boolean heard(Heartbeat newest, long receivedNanos, long ownInstance) {
        boolean restarted = heartbeat != null && heartbeat.stamp().instance() != newest.stamp().instance();
        if (restarted) {
            echoed = false;
        }
        if (newest.stamp().echoInstance() == ownInstance) {
            echoNanos = echoed ? Math.max(echoNanos, newest.stamp().echoNanos()) : newest.stamp().echoNanos();
            echoed = true;
        }
        heardNanos = heartbeat == null || restarted ? receivedNanos : Math.max(heardNanos, receivedNanos);
        heartbeat = newest;
        loss = null;
        return restarted;
    }

    void lost(MemberChannel.Loss how) {
        loss = how;
    }

    /// Our own stall is not the peer's silence.
    void excuse(long nanos) {
        heardNanos += nanos;
    }

    @Nullable
    Heartbeat heartbeat() {
        return heartbeat;
    }

    MemberChannel.@Nullable Loss loss() {
        return loss;
    }

    Claim claim() {
        return heartbeat == null ? Claim.FOLLOWER : heartbeat.claim();
    }

    long heardNanos() {
        return heardNanos;
    }

    /// Its process is known to be gone.
    boolean isGone() {
        return loss == MemberChannel.Loss.REFUSED || loss == MemberChannel.Loss.LEFT;
    }

    boolean isHeard(long now, long peerTimeout) {
        return heartbeat != null && !isGone() && now - heardNanos < peerTimeout;
    }

    /// Whether its newest statements were made less than `age` ago: after it had heard something we sent then.
    boolean isFresh(long now, long age) {
        return echoed && heartbeat != null && !isGone() && now - echoNanos < age;
    }

    boolean hasEchoed() {
        return echoed;
    }

    long echoNanos() {
        return echoNanos;
    }

    /// Remembers what was told about it, so that each change is told once.
    boolean tell(boolean up) {
        boolean changed = announced != up;
        announced = up;
        return changed;
    }
}
