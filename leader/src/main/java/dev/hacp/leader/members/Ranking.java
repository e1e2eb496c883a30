package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which member should own the VIP: those that reach the API, then by priority, then the lowest name; the unfit do not stand
/// at all.
public final class Ranking {

    private final NodeName self;
    private final int ownPriority;
    private final Roster roster;
    private boolean reachesApi;

    public Ranking(NodeName self, int ownPriority, Roster roster) {
        this.self = self;
        this.ownPriority = ownPriority;
        this.roster = roster;
    }

    /// Whether the first goes before the other.
    static boolean isBetter(Peer one, Peer other) {
        return isBetter(one, standing(other).priority(), other.name);
    }

    private static boolean isBetter(Peer one, int priority, NodeName name) {
        int own = standing(one).priority();
        return own != priority ? own > priority : one.name.compareTo(name) < 0;
    }

    /// An owner without the API cannot write the Lease: one that can goes first, whatever the priorities.
    private boolean goesBeforeUs(Peer peer) {
        boolean reaches = reachesApi(peer);
        return reaches == reachesApi ? isBetter(peer, ownPriority, self) : reaches;
    }

    private static boolean reachesApi(Peer peer) {
        Heartbeat last = peer.heartbeat();
        return last != null && last.view().apiReachable();
    }

    /// Whether this member could write the Lease now.
    public void reachesApi(boolean now) {
        reachesApi = now;
    }

    private static Standing standing(Peer peer) {
        Heartbeat last = peer.heartbeat();
        if (last == null) {
            return new Standing(0, false, false, "never heard");
        }
        Standing said = last.standing();
        return peer.difference().isEmpty()
                ? said
                : new Standing(said.priority(), said.preempt(), false, peer.difference());
    }

    /// How many fit followers go before this one: 0 when it is the best.
    public int rank(long now) {
        int better = 0;
        for (Peer peer : roster.peers()) {
            Role role = peer.claim().role();
            if (roster.isHeard(peer, now) && standing(peer).fit()
                    && (role == Role.FOLLOWER || role == Role.CANDIDATE) && goesBeforeUs(peer)) {
                better++;
            }
        }
        return better;
    }

    /// Whether another member could own without reservations.
    public boolean hearsFit(long now) {
        for (Peer peer : roster.peers()) {
            if (roster.isHeard(peer, now) && standing(peer).fit()) {
                return true;
            }
        }
        return false;
    }

    /// Whether a better member asks for votes as well: the worse one steps back, so that votes are not split for long.
    public boolean hearsBetterCandidate(long now) {
        for (Peer peer : roster.peers()) {
            // By what does not change: who reaches the API is in doubt while anybody asks for votes, and two that saw it differently
            // would both step back forever.
            if (peer.claim().role() == Role.CANDIDATE && roster.isHeard(peer, now)
                    && isBetter(peer, ownPriority, self)) {
                return true;
            }
        }
        return false;
    }

    /// The best member to hand over to: heard in both directions and fit.
    public Optional<NodeName> bestSuccessor(long now) {
        return Optional.ofNullable(bestReady(now)).map(peer -> peer.name);
    }

    /// The best successor, when it wants the VIP by its priority.
    public Optional<NodeName> preempting(long now) {
        return Optional.ofNullable(bestReady(now))
                .filter(peer -> standing(peer).preempt() && standing(peer).priority() > ownPriority)
                .map(peer -> peer.name);
    }

    private @Nullable Peer bestReady(long now) {
        Peer best = null;
        for (Peer peer : roster.peers()) {
            if (isReady(peer, now) && (best == null || isBetterSuccessor(peer, best))) {
                best = peer;
            }
        }
        return best;
    }

    private static boolean isBetterSuccessor(Peer one, Peer other) {
        boolean reaches = reachesApi(one);
        return reaches == reachesApi(other) ? isBetter(one, other) : reaches;
    }

    private boolean isReady(Peer peer, long now) {
        return roster.isFresh(peer, now) && standing(peer).fit() && peer.claim().role() == Role.FOLLOWER;
    }

    /// Why that member cannot take over now; empty when it can.
    public String notReady(NodeName name, long now) {
        Peer peer = roster.peer(name);
        if (peer == null) {
            return name + " is not a member (members: " + roster.names() + ")";
        }
        if (!roster.isFresh(peer, now)) {
            return name + " is silent";
        }
        return isReady(peer, now) ? "" : name + " cannot own the VIP: " + standing(peer).reason();
    }
}
