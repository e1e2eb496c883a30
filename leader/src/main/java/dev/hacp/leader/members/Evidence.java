package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What this member knows of the others, whom it attests to, and what a majority says. No I/O, no clock: every method
/// takes the ticker's reading. Owned by the elector's thread.
///
/// The rule on which all safety rests (docs/adr/0003): a member attests to one owner at a time, and having attested to
/// one, to no other before [Timing#peerTimeout] after it last heard it, unless that owner said itself that it is none
/// any more or its process is known to be gone.
public final class Evidence {

    private final NodeName self;
    private final long instance;
    private final Timing timing;
    private final long quietUntil;

    private final SortedMap<NodeName, Peer> peers = new TreeMap<>();
    private SortedSet<NodeName> members = new TreeSet<>();
    private int membersHash;
    private boolean membersKnown;

    private @Nullable Ownership attests;
    private @Nullable Ownership promised;
    private long promisedUntil;
    private @Nullable Ownership suspects;
    private boolean vacated;

    public Evidence(NodeName self, long instance, Timing timing, long now) {
        this.self = self;
        this.instance = instance;
        this.timing = timing;
        // What an earlier process of this node promised must have run out before this one attests to anybody.
        this.quietUntil = now + timing.peerTimeout();
        this.promisedUntil = now;
    }

    /// Who counts, this node included.
    public void members(Collection<NodeName> names) {
        members = new TreeSet<>(names);
        members.add(self);
        membersHash = Heartbeat.hash(members);
        membersKnown = true;
        peers.keySet().removeIf(name -> !members.contains(name));
        for (NodeName name : members) {
            if (!name.equals(self)) {
                peers.computeIfAbsent(name, Peer::new);
            }
        }
    }

    /// Takes in what a peer said; one that is no member is ignored.
    public void heard(NodeName from, Heartbeat heartbeat, long receivedNanos) {
        Peer peer = peers.get(from);
        if (peer == null) {
            return;
        }
        boolean restarted = peer.heard(heartbeat, receivedNanos, instance);
        if (promised != null && promised.owner().equals(from)) {
            Claim claim = heartbeat.claim();
            boolean over = restarted || claim.role() == Role.FOLLOWER || claim.term() > promised.term();
            if (over) {
                promisedUntil = Math.min(promisedUntil, receivedNanos);
            }
        }
    }

    public void lost(NodeName name, Loss loss, long now) {
        Peer peer = peers.get(name);
        if (peer == null) {
            return;
        }
        peer.lost(loss);
        if (peer.isGone() && promised != null && promised.owner().equals(name)) {
            promisedUntil = Math.min(promisedUntil, now);
        }
    }

    /// This process was not running for a while: nobody else is to blame for what was not heard meanwhile.
    public void excuse(long nanos) {
        peers.values().forEach(peer -> peer.excuse(nanos));
    }

    /// Looks again at whom to attest to and whom to suspect, after anything changed or time passed.
    ///
    /// @param follower    whether this member holds nothing and asks for nothing itself
    /// @param transitions of the newest Lease record seen; -1 when none
    /// @param holder      of that record; null when none or released
    public void reconsider(long now, boolean follower, long transitions, @Nullable NodeName holder) {
        if (suspects != null && hasResolved(suspects, now, transitions, holder)) {
            suspects = null;
            vacated = false;
        }
        if (attests != null && (!follower || !keeps(attests, now, transitions, holder))) {
            attests = null;
        }
        if (attests == null && follower && now - quietUntil >= 0 && now - promisedUntil >= 0) {
            attests = choose(now, transitions);
            if (attests != null && attests.equals(suspects)) {
                suspects = null;
                vacated = false;
            }
        }
        if (attests != null) {
            promised = attests;
            promisedUntil = peer(attests).heardNanos() + timing.peerTimeout();
        }
    }

    private Peer peer(Ownership ownership) {
        Peer peer = peers.get(ownership.owner());
        return peer != null ? peer : new Peer(ownership.owner());
    }

    private static boolean isOverruled(Ownership ownership, long transitions, @Nullable NodeName holder) {
        return transitions > ownership.term()
                || (transitions == ownership.term() && holder != null && !holder.equals(ownership.owner()));
    }

    private boolean hasResolved(Ownership lost, long now, long transitions, @Nullable NodeName holder) {
        Peer peer = peer(lost);
        return !members.contains(lost.owner()) || isOverruled(lost, transitions, holder)
                || now - peer.heardNanos() > timing.right()
                || (peer.isHeard(now, timing.peerTimeout()) && peer.claim().isOwner());
    }

    /// Whether the attestation stands; when it does not, whether that is a reason to act is noted.
    private boolean keeps(Ownership current, long now, long transitions, @Nullable NodeName holder) {
        Peer peer = peer(current);
        Heartbeat last = peer.heartbeat();
        if (last == null || isOverruled(current, transitions, holder)) {
            return false;
        }
        Claim claim = last.claim();
        boolean claims = (claim.isOwner() || claim.role() == Role.CANDIDATE) && claim.term() == current.term();
        if (peer.isHeard(now, timing.peerTimeout()) && claims) {
            return true;
        }
        if (claims) {
            // Lost. Only an owner that knows it must let go when it loses its majority may be overtaken early.
            if (claim.isOwner() && claim.backed() && last.view().members() == membersHash) {
                suspects = current;
                vacated = false;
            }
        } else if (claim.role() == Role.FOLLOWER) {
            suspects = current;
            vacated = true;
        }
        return false;
    }

    private @Nullable Ownership choose(long now, long transitions) {
        Peer best = null;
        for (Peer peer : peers.values()) {
            Claim claim = peer.claim();
            if (!peer.isHeard(now, timing.peerTimeout()) || claim.term() < transitions || !mayAttest(claim)) {
                continue;
            }
            if (best == null || isBetterClaim(peer, best)) {
                best = peer;
            }
        }
        return best == null ? null : new Ownership(best.name, best.claim().term());
    }

    private boolean mayAttest(Claim claim) {
        return claim.isOwner()
                || (claim.role() == Role.CANDIDATE && suspects != null && claim.term() > suspects.term());
    }

    private static boolean isBetterClaim(Peer one, Peer other) {
        Claim a = one.claim();
        Claim b = other.claim();
        if (a.isOwner() != b.isOwner()) {
            return a.isOwner();
        }
        if (a.term() != b.term()) {
            return a.term() > b.term();
        }
        if (a.role() != b.role()) {
            return a.role() == Role.OWNER;
        }
        return isBetter(one, standing(other).priority(), other.name);
    }

    private static Standing standing(Peer peer) {
        Heartbeat last = peer.heartbeat();
        return last == null ? new Standing(0, false, false, "never heard") : last.standing();
    }

    /// The order in which followers stand: priority, then the lowest name; the unfit do not stand at all.
    private static boolean isBetter(Peer one, int priority, NodeName name) {
        int own = standing(one).priority();
        return own != priority ? own > priority : one.name.compareTo(name) < 0;
    }

    // ---- what a majority says

    public int size() {
        return Math.max(1, members.size());
    }

    public int quorum() {
        return size() / 2 + 1;
    }

    /// Whether the API has said who the members are.
    public boolean isMembershipKnown() {
        return membersKnown;
    }

    /// Whether silence can be acted on at all: the members without the owner must be able to form a majority.
    public boolean canOvertake() {
        return membersKnown && size() > 2;
    }

    /// Until when a majority attests to this member as owner of the term, by its own clock.
    ///
    /// @return null when no majority ever did; far in the future when this member is the majority
    public @Nullable Long backedUntil(long term, long now) {
        int needed = quorum() - 1;
        if (now - promisedUntil < 0 && promised != null && !promised.owner().equals(self)) {
            needed++; // our own attestation still belongs to somebody else
        }
        if (needed == 0) {
            return membersKnown ? Long.valueOf(now + timing.right()) : null;
        }
        Ownership own = new Ownership(self, term);
        long[] echoes = new long[peers.size()];
        int n = 0;
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && peer.hasEchoed() && !peer.isGone() && last.view().attests().equals(Optional.of(own))
                    && now - peer.echoNanos() >= 0) {
                echoes[n++] = now - peer.echoNanos();
            }
        }
        if (n < needed) {
            return null;
        }
        Arrays.sort(echoes, 0, n);
        return now - echoes[needed - 1] + timing.attestation();
    }

    public Optional<Ownership> attests() {
        return Optional.ofNullable(attests);
    }

    public Optional<Ownership> suspects() {
        return Optional.ofNullable(suspects);
    }

    /// Whether the suspected owner itself said that its addresses are gone.
    public boolean isVacated() {
        return suspects != null && vacated;
    }

    /// Whether a majority of all members, this one included and the owner not, has lost the owner that this one suspects.
    public boolean majoritySuspects(long now) {
        if (suspects == null || !canOvertake()) {
            return false;
        }
        int count = 1;
        for (Peer peer : peers.values()) {
            if (agrees(peer, now)) {
                count++;
            }
        }
        return count >= quorum();
    }

    private boolean agrees(Peer peer, long now) {
        Heartbeat last = peer.heartbeat();
        return last != null && suspects != null && !peer.name.equals(suspects.owner())
                && peer.isFresh(now, timing.peerTimeout()) && last.view().members() == membersHash
                && last.view().suspects().equals(Optional.of(suspects));
    }

    /// How many fit followers go before this one: 0 when it is the best.
    public int rank(long now, int priority) {
        int better = 0;
        for (Peer peer : peers.values()) {
            Role role = peer.claim().role();
            if (peer.isHeard(now, timing.peerTimeout()) && standing(peer).fit()
                    && (role == Role.FOLLOWER || role == Role.CANDIDATE) && isBetter(peer, priority, self)) {
                better++;
            }
        }
        return better;
    }

    /// Whether a better member asks for votes, too: the worse one steps back, so that votes are not split for long.
    public boolean hearsBetterCandidate(long now, int priority) {
        for (Peer peer : peers.values()) {
            if (peer.claim().role() == Role.CANDIDATE && peer.isHeard(now, timing.peerTimeout())
                    && isBetter(peer, priority, self)) {
                return true;
            }
        }
        return false;
    }

    /// The best member to hand over to: heard in both directions and fit.
    public Optional<NodeName> bestSuccessor(long now) {
        Peer best = null;
        for (Peer peer : peers.values()) {
            if (isReady(peer, now) && (best == null || isBetter(peer, standing(best).priority(), best.name))) {
                best = peer;
            }
        }
        return best == null ? Optional.empty() : Optional.of(best.name);
    }

    private boolean isReady(Peer peer, long now) {
        return peer.isFresh(now, timing.peerTimeout()) && standing(peer).fit()
                && peer.claim().role() == Role.FOLLOWER;
    }

    /// Why that member cannot take over now; empty when it can.
    public String notReady(NodeName name, long now) {
        Peer peer = peers.get(name);
        if (peer == null) {
            return name + " is not a member (members: " + members + ")";
        }
        if (!peer.isFresh(now, timing.peerTimeout())) {
            return "nothing is heard of " + name;
        }
        return isReady(peer, now) ? "" : name + " cannot own the VIP: " + standing(peer).reason();
    }

    /// A member that wants the VIP by priority and is ready.
    public Optional<NodeName> preempting(long now, int priority) {
        return bestSuccessor(now).filter(name -> {
            Standing standing = standing(peers.get(name));
            return standing.preempt() && standing.priority() > priority;
        });
    }

    /// An owner other than this member that is heard and that a majority backs: its Lease may run out while nobody can
    /// write it.
    public boolean hearsBackedOwner(long now, long transitions) {
        for (Peer peer : peers.values()) {
            Claim claim = peer.claim();
            if (claim.isOwner() && claim.backed() && claim.term() >= transitions
                    && peer.isHeard(now, timing.peerTimeout())) {
                return true;
            }
        }
        return false;
    }

    /// The highest term by which a heard member owns the Lease; -1 when none does.
    public long highestLeaseClaim(long now) {
        long highest = -1;
        for (Peer peer : peers.values()) {
            if (peer.claim().role() == Role.OWNER && peer.isHeard(now, timing.peerTimeout())) {
                highest = Math.max(highest, peer.claim().term());
            }
        }
        return highest;
    }

    /// Whether that member is heard and its addresses may still be there.
    public boolean isHolding(NodeName name, long now) {
        Peer peer = peers.get(name);
        return peer != null && peer.isHeard(now, timing.peerTimeout())
                && (peer.claim().isOwner() || peer.claim().role() == Role.STANDING_DOWN);
    }

    public boolean anyReachesApi(long now) {
        for (Peer peer : peers.values()) {
            Heartbeat last = peer.heartbeat();
            if (last != null && peer.isFresh(now, timing.peerTimeout()) && last.view().apiReachable()) {
                return true;
            }
        }
        return false;
    }

    /// How many members are heard in both directions, this one included.
    public int connected(long now) {
        int count = 1;
        for (Peer peer : peers.values()) {
            if (peer.isFresh(now, timing.peerTimeout())) {
                count++;
            }
        }
        return count;
    }

    /// The highest term that any heard member claims or attests to.
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

    // ---- what to say

    /// @param claim what this member is
    public Heartbeat heartbeat(NodeName to, Claim claim, Standing standing, boolean apiReachable, long transitions,
            Optional<Grant> grant, long now) {
        Peer peer = peers.get(to);
        Heartbeat last = peer == null ? null : peer.heartbeat();
        long echoInstance = last == null ? 0 : last.stamp().instance();
        long echoNanos = last == null ? 0 : last.stamp().sentNanos();
        Ownership subject = attests != null ? attests : suspects;
        int heardMillis = subject == null
                ? -1
                : (int) Math.min(Integer.MAX_VALUE,
                        (now - peer(subject).heardNanos()) / 1_000_000);
        View view = new View(attests(), suspects(), heardMillis, apiReachable, transitions, membersHash);
        return new Heartbeat(new Stamp(instance, now, echoInstance, echoNanos), claim, view, standing, grant);
    }

    public Collection<NodeName> peers() {
        return peers.keySet();
    }

    /// One row per other member.
    public List<MemberStatus> status(long now) {
        List<MemberStatus> rows = new ArrayList<>(peers.size());
        for (Peer peer : peers.values()) {
            rows.add(MemberStatus.of(peer, now, timing.peerTimeout()));
        }
        return rows;
    }

    /// Peers whose being heard changed since the last call.
    public List<MemberStatus> changes(long now) {
        List<MemberStatus> rows = List.of();
        for (Peer peer : peers.values()) {
            if (peer.tell(peer.isHeard(now, timing.peerTimeout()))) {
                rows = rows.isEmpty() ? new ArrayList<>() : rows;
                rows.add(MemberStatus.of(peer, now, timing.peerTimeout()));
            }
        }
        return rows;
    }
}
