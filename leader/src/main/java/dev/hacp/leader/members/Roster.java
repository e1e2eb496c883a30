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
    private final Timing timing;
    private long patience;
    private long deaf;
    private boolean everOthers;
    private final SortedMap<NodeName, Peer> peers = new TreeMap<>();
    private SortedSet<NodeName> members = new TreeSet<>();
    private int hash;
    private boolean known;
    private boolean awaited = true;
    private @Nullable Long ownerHeardNanos;

    Roster(NodeName self, Timing timing) {
        this.self = self;
        this.timing = timing;
        this.patience = timing.peerTimeout();
    }

    /// How long a silent agent is waited for now.
    void patience(long nanos) {
        patience = nanos;
    }

    /// For how long what has arrived may not have been read: by so much later is silence judged.
    void deaf(long nanos) {
        deaf = nanos;
    }

    void members(Collection<NodeName> names) {
        members = new TreeSet<>(names);
        members.add(self);
        hash = Heartbeat.hash(members);
        known = true;
        awaited = false;
        everOthers |= members.size() > 1;
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

    /// There are no other members, and nobody will ever say so: the Lease alone decides.
    public void alone() {
        awaited = false;
    }

    /// Whether the API has yet to say who the members are: until then there may be an owner of whom nothing is known.
    public boolean isAwaited() {
        return awaited;
    }

    /// Whether silence can be acted on at all: the members without the owner must be able to form a majority.
    public boolean canOvertake() {
        return known && size() > 2;
    }

    /// Whether others were ever members: then this one alone is no majority, however the roster shrank.
    public boolean everHadOthers() {
        return everOthers;
    }

    /// How long that peer may be silent before it is suspect.
    long silence(Peer peer) {
        return (peer.isCut() ? timing.gone() : Math.max(patience, peer.promisedPatience())) + deaf;
    }

    boolean isHeard(Peer peer, long now) {
        return peer.isHeard(now, silence(peer));
    }

    boolean isFresh(Peer peer, long now) {
        return peer.isFresh(now, silence(peer));
    }

    /// Whether what this member said last was said after it had heard us a moment ago.
    public boolean isFresh(NodeName name, long now) {
        Peer peer = peers.get(name);
        return peer != null && isFresh(peer, now);
    }

    /// Whether the way to this peer and back works, by its kernel's word or its agent's. One that has never answered a probe
    /// counts by its agent alone; a refused connection and a goodbye are answers.
    private boolean isInContact(Peer peer, long now) {
        return switch (peer.kernel()) {
            case ANSWERING -> true;
            case LATE, SILENT -> peer.isFresh(now, timing.gone());
            case UNPROVEN -> peer.isGone() || peer.isFresh(now, timing.peerTimeout());
        };
    }

    /// How many members this one is in contact with, itself included.
    public int inContact(long now) {
        int count = 1;
        for (Peer peer : peers.values()) {
            if (isInContact(peer, now)) {
                count++;
            }
        }
        return count;
    }

    /// Whether those that this member has no contact with could form a majority by themselves.
    public boolean isCutOff(long now) {
        return canOvertake() && size() - inContact(now) >= quorum();
    }

    /// Whether the machines of a majority answered once and are silent now: this one is cut off, or they are off.
    public boolean isProvenCutOff(long now) {
        int silent = 0;
        for (Peer peer : peers.values()) {
            if (peer.kernel() != KernelState.UNPROVEN && !isInContact(peer, now)) {
                silent++;
            }
        }
        return canOvertake() && silent >= quorum();
    }

    /// Whether a majority without this member is possible: those out of contact are one, or somebody in contact said last that
    /// it is in contact with enough others. One that said goodbye does nothing.
    public boolean othersCouldAgree(long now) {
        if (!canOvertake()) {
            return false;
        }
        for (Peer peer : peers.values()) {
            // What it said counts as long as its connection stands: its agent is late then, and learns nothing new.
            boolean alone = peer.loss() == null && peer.pace().judgesKernels()
                    && peer.pace().connected() - 1 < quorum();
            if (isInContact(peer, now) && !peer.hasLeft() && !alone) {
                return true;
            }
        }
        return isCutOff(now);
    }

    void kernel(NodeName name, KernelState state) {
        Peer peer = peers.get(name);
        if (peer != null) {
            peer.kernel(state);
        }
    }

    /// Why that member could not own what this one owns; empty when it could.
    public void differs(NodeName name, String why) {
        Peer peer = peers.get(name);
        if (peer != null) {
            peer.differs(why);
        }
    }

    private boolean anyHeard(long now, Predicate<Claim> claims) {
        for (Peer peer : peers.values()) {
            if (claims.test(peer.claim()) && isHeard(peer, now)) {
                return true;
            }
        }
        return false;
    }

    /// Whether a member that is heard asks for votes.
    public boolean hearsCandidate(long now) {
        return anyHeard(now, claim -> claim.role() == Role.CANDIDATE);
    }

    /// An owner other than this member that is heard and that a majority backs: its Lease may run out while nobody can
    /// write it.
    public boolean hearsBackedOwner(long now, long transitions) {
        return anyHeard(now, claim -> claim.isOwner() && claim.backed() && claim.term() >= transitions);
    }

    /// Whether a member that is heard owns by a later term than this and a majority attests to it.
    public boolean hearsLaterOwner(long now, long term) {
        return anyHeard(now, claim -> claim.isOwner() && claim.backed() && claim.term() > term);
    }

    /// Whether a member that is heard in both directions attests to an owner other than us of a later term than this, whom we may
    /// not count among the members or be unable to hear.
    public boolean hearsOfLaterOwner(long now, long term) {
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && isFresh(peer, now) && last.view().attests()
                    .filter(owner -> owner.term() > term && !owner.owner().equals(self)).isPresent()) {
                return true;
            }
        }
        return false;
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

    /// Whether that member said last that it could write the Lease.
    public boolean reachesApi(NodeName name) {
        Peer peer = peers.get(name);
        Heartbeat last = peer == null ? null : peer.heartbeat();
        return last != null && last.view().apiReachable();
    }

    /// Whether a member that is heard in both directions and could own the VIP says that it could write the Lease.
    public boolean anyReachesApi(long now) {
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && isFresh(peer, now) && last.view().apiReachable() && last.standing().fit()
                    && peer.difference().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /// Whether this member hears too few to be part of a majority: somebody whom it does not hear may own by the majority's
    /// attestation.
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
            rows.add(MemberStatus.of(peer, isHeard(peer, now), now));
        }
        return rows;
    }

    /// Peers whose being heard changed since the last call.
    public List<MemberStatus> changes(long now) {
        List<MemberStatus> rows = List.of();
        for (Peer peer : peers.values()) {
            if (peer.tell(isHeard(peer, now))) {
                rows = rows.isEmpty() ? new ArrayList<>() : rows;
                rows.add(MemberStatus.of(peer, isHeard(peer, now), now));
            }
        }
        return rows;
    }
}
