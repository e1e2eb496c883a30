package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import org.jspecify.annotations.Nullable;

/// The newest that is known of one other member.
final class Peer {

    /// Two clocks may differ by 3 %, see [Timing#attestation].
    private static final int DRIFT = 32;

    final NodeName name;
    private @Nullable Heartbeat heartbeat;
    private MemberChannel.@Nullable Loss loss;
    private KernelState kernel = KernelState.UNPROVEN;
    private String difference = "";
    private long heardNanos;
    private long echoNanos;
    private long echoAge;
    private boolean echoed;
    private boolean announced;
    private boolean told;
    private long toldUntil;
    private long lag;
    private long frozen;

    Peer(NodeName name) {
        this.name = name;
    }

    /// @param bareNanos when it was received, by the bare ticker
    /// @return whether it comes from another process of that node than the last one
    boolean heard(Heartbeat newest, long receivedNanos, long bareNanos, long ownInstance) {
        boolean restarted = heartbeat != null && heartbeat.stamp().instance() != newest.stamp().instance();
        if (restarted) {
            echoed = false;
        }
        long sent = newest.pace().judgesKernels() ? newest.pace().clock() : newest.stamp().sentNanos();
        long newLag = bareNanos - sent;
        frozen = heartbeat == null || restarted ? 0 : Math.max(0, lag - newLag);
        // The two clocks may drift apart, and what is late only seems to: so the smallest lag counts, and is forgotten slowly.
        lag = heartbeat == null || restarted || newLag < lag
                ? newLag
                : lag + Math.min(newLag - lag, Math.max(0, receivedNanos - heardNanos) / DRIFT);
        if (newest.stamp().echoInstance() == ownInstance) {
            echoNanos = echoed ? Math.max(echoNanos, newest.stamp().echoNanos()) : newest.stamp().echoNanos();
            echoed = true;
            echoAge = receivedNanos - echoNanos;
        }
        heardNanos = heartbeat == null || restarted ? receivedNanos : Math.max(heardNanos, receivedNanos);
        heartbeat = newest;
        loss = null;
        return restarted;
    }

    /// By how much the peer's clock ran ahead of ours since the message before, when messages cannot have been that late: our
    /// own clock stopped in the meantime (a frozen guest). 0 when it did not.
    long frozenNanos() {
        return frozen;
    }

    /// Its clock is ahead of ours by that much more from now on, which is known already.
    void expectEarlier(long nanos) {
        lag -= nanos;
    }

    void lost(MemberChannel.Loss how) {
        loss = how;
    }

    void kernel(KernelState newest) {
        kernel = newest;
    }

    KernelState kernel() {
        return kernel;
    }

    /// Why it could not own what this member owns; empty when it could.
    void differs(String why) {
        difference = why;
    }

    String difference() {
        return difference;
    }

    Heartbeat.Pace pace() {
        return heartbeat == null ? Heartbeat.Pace.FIRST_VERSION : heartbeat.pace();
    }

    /// The peer has been told that it is not suspected before it has been silent for that long while its kernel answers: as an
    /// owner it counts on that from the message which we had heard of it when we said so, whatever it hears of us later.
    void promisedPatience(long nanos) {
        long until = heardNanos + nanos;
        toldUntil = told && toldUntil - until > 0 ? toldUntil : until;
        told = true;
    }

    /// How much silence it has been promised, counted from when it was heard last.
    long promisedPatience() {
        return told ? toldUntil - heardNanos : 0;
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

    /// Its process is known to be gone, or a firewall says so.
    boolean isGone() {
        return loss == MemberChannel.Loss.REFUSED || loss == MemberChannel.Loss.LEFT;
    }

    /// It has said goodbye, after its addresses were gone.
    boolean hasLeft() {
        return loss == MemberChannel.Loss.LEFT;
    }

    /// Its kernel is silent, and it is one that lets go when its own probes say the same.
    boolean isCut() {
        return kernel == KernelState.SILENT && pace().judgesKernels();
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

    /// How long it took until its newest statement arrived that was made after it had heard one of ours: from when ours was sent.
    long echoAge() {
        return echoAge;
    }

    /// Remembers what was told about it, so that each change is told once.
    boolean tell(boolean up) {
        boolean changed = announced != up;
        announced = up;
        return changed;
    }
}
