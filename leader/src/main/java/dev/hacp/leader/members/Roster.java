package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who counts, by evidence of the API only, and the newest word of each of them. Owned by the elector's thread.
public final class Roster {

    private final NodeName self;
    private final long peerTimeout;
    private final SortedMap<NodeName, Peer> peers = new TreeMap<>();
    private SortedSet<NodeName> members = new TreeSet<>();
    private int hash;
    private boolean known;
    private @Nullable Long ownerHeardNanos;

    Roster(NodeName self, long peerTimeout) {
        this.self = self;
        this.peerTimeout = peerTimeout;
    }

    void members(Collection<NodeName> names) {
        members = new TreeSet<>(names);
        members.add(self);
        hash = Heartbeat.hash(members);
        known = true;
        peers.keySet().removeIf(name -> !members.contains(name));
        for (NodeName name : members) {
            if (!name.equals(self)) {
                peers.computeIfAbsent(name, Peer::new);
            }
        }
    }

    Collection<Peer> peers() {
        return peers.values();
    }

    /// Null for one that is no member.
    @Nullable
    Peer peer(NodeName name) {
        return peers.get(name);
    }

    /// One that was never heard when it is no member.
    Peer peerOrSilence(NodeName name) {
        Peer peer = peers.get(name);
        return peer != null ? peer : new Peer(name);
    }

    boolean contains(NodeName name) {
        return members.contains(name);
    }

    /// The names of all members, for a sentence.
    String names() {
        return members.toString();
    }

    /// The same number on every member that counts the same members.
    int hash() {
        return hash;
    }

    public int size() {
        return Math.max(1, members.size());
    }

    public int quorum() {
        return size() / 2 + 1;
    }

    /// Whether the API has said who the members are.
    public boolean isKnown() {
        return known;
    }

    /// Whether silence can be acted on at all: the members without the owner must be able to form a majority.
    public boolean canOvertake() {
        return known && size() > 2;
    }

    boolean isHeard(Peer peer, long now) {
        return peer.isHeard(now, peerTimeout);
    }

    boolean isFresh(Peer peer, long now) {
        return peer.isFresh(now, peerTimeout);
    }

    private boolean anyHeard(long now, Predicate<Claim> claims) {
        for (Peer peer : peers.values()) {
            if (claims.test(peer.claim()) && isHeard(peer, now)) {
                return true;
            }
        }
        return false;
    }

    /// An owner other than this member that is heard and that a majority backs: its Lease may run out while nobody can
    /// write it.
    public boolean hearsBackedOwner(long now, long transitions) {
        return anyHeard(now, claim -> claim.isOwner() && claim.backed() && claim.term() >= transitions);
    }

    /// The highest term by which a heard member owns the Lease; -1 when none does.
    public long highestLeaseClaim(long now) {
        long highest = -1;
        for (Peer peer : peers.values()) {
            if (peer.claim().role() == Role.OWNER && isHeard(peer, now)) {
                highest = Math.max(highest, peer.claim().term());
            }
        }
        return highest;
    }

    /// The highest term that any member has claimed or seen in the Lease.
    public long highestTerm() {
        long highest = 0;
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null) {
                highest = Math.max(highest, last.claim().role() == Role.FOLLOWER ? 0 : last.claim().term());
                highest = Math.max(highest, last.view().transitions());
            }
        }
        return highest;
    }

    void ownerHeard(long receivedNanos) {
        ownerHeardNanos = receivedNanos;
    }

    /// When a member last said that it owned, or had owned until then; null when none ever did.
    public @Nullable Long ownerHeardNanos() {
        return ownerHeardNanos;
    }

    /// Whether that member is heard and its addresses may still be there.
    public boolean isHolding(NodeName name, long now) {
        Peer peer = peers.get(name);
        return peer != null && isHeard(peer, now)
                && (peer.claim().isOwner() || peer.claim().role() == Role.STANDING_DOWN);
    }

    /// A member that is heard and whose addresses may still be there.
    public Optional<NodeName> holding(long now) {
        return peers.values().stream().map(peer -> peer.name).filter(name -> isHolding(name, now)).findFirst();
    }

    public boolean anyReachesApi(long now) {
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && isFresh(peer, now) && last.view().apiReachable()) {
                return true;
            }
        }
        return false;
    }

    /// Whether this member hears too few to be part of a majority: somebody whom it does not hear may own by the majority's
    /// word.
    public boolean isMinority(long now) {
        return known && size() > 2 && connected(now) < quorum();
    }

    /// How many members are heard in both directions, this one included.
    public int connected(long now) {
        int count = 1;
        for (Peer peer : peers.values()) {
            if (isFresh(peer, now)) {
                count++;
            }
        }
        return count;
    }

    /// One row per other member.
    public List<MemberStatus> status(long now) {
        List<MemberStatus> rows = new ArrayList<>(peers.size());
        for (Peer peer : peers.values()) {
            rows.add(MemberStatus.of(peer, now, peerTimeout));
        }
        return rows;
    }

    /// Peers whose being heard changed since the last call.
    public List<MemberStatus> changes(long now) {
        List<MemberStatus> rows = List.of();
        for (Peer peer : peers.values()) {
            if (peer.tell(isHeard(peer, now))) {
                rows = rows.isEmpty() ? new ArrayList<>() : rows;
                rows.add(MemberStatus.of(peer, now, peerTimeout));
            }
        }
        return rows;
    }
}
