package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What this member knows of the others, whom it attests to, and what a majority says. No I/O, no clock: every method
/// takes the ticker's reading. Owned by the elector's thread.
///
/// The rule on which all safety rests (docs/adr/0003): a member attests to one owner at a time, and having attested to
/// one, to no other before [Timing#promise] after it last heard it, unless that owner said itself that it is none any
/// longer. A refused connection is no such word: a firewall refuses as well.
public final class Evidence {

    private final NodeName self;
    private final long instance;
    private final Timing timing;
    private final long quietUntil;
    private final Roster roster;
    private final RoundTrips roundTrips;
    private final Patience patience;
    private final Backers backers;
    private long clockMoved;
    private @Nullable Ownership lastOwner;

    private @Nullable Ownership attests;
    private @Nullable Ownership promised;
    private long promisedUntil;
    private @Nullable Ownership suspects;
    private boolean vacated;
    private boolean vacant;
    private long suspectsSince;
    private boolean mayVote;

    public Evidence(NodeName self, long instance, Timing timing, long now) {
        this.self = self;
        this.instance = instance;
        this.timing = timing;
        this.roster = new Roster(self, timing);
        this.roundTrips = new RoundTrips(roster, timing.peerTimeout(), now);
        this.patience = new Patience(timing, roster, now);
        this.backers = new Backers(roster, timing);
        // What an earlier process of this node promised must have run out before this one attests to anybody.
        this.quietUntil = now + timing.peerTimeout();
        this.promisedUntil = now;
    }

    public Roster roster() {
        return roster;
    }

    /// Who counts, this node included.
    public void members(Collection<NodeName> names) {
        roster.members(names);
    }

    /// What probes say of that member's kernel now.
    public void kernel(NodeName name, KernelState state) {
        roster.kernel(name, state);
    }

    /// Takes in what a peer said; one that is no member is ignored.
    ///
    /// @return for how long this machine's clock stopped, as this message shows; 0 when it ran
    public long heard(NodeName from, Heartbeat heartbeat, long receivedNanos) {
        Peer peer = roster.peer(from);
        if (peer == null) {
            return 0;
        }
        boolean served = peer.claim().isOwner();
        boolean restarted = peer.heard(heartbeat, receivedNanos, receivedNanos - clockMoved, instance);
        if (heartbeat.claim().isOwner() || (served && heartbeat.claim().role() == Role.STANDING_DOWN)) {
            roster.ownerHeard(receivedNanos);
        }
        if (heartbeat.claim().isOwner() && (lastOwner == null || heartbeat.claim().term() >= lastOwner.term())) {
            lastOwner = new Ownership(from, heartbeat.claim().term());
        }
        if (promised != null && promised.owner().equals(from)) {
            Claim claim = heartbeat.claim();
            // The word of another process of that node says nothing of the one before.
            boolean over = !restarted && (claim.role() == Role.FOLLOWER || claim.term() > promised.term());
            if (over) {
                promisedUntil = Math.min(promisedUntil, receivedNanos);
            }
        }
        // Less than that may be a message that came sooner than any before.
        return peer.frozenNanos() >= timing.peerTimeout() ? peer.frozenNanos() : 0;
    }

    /// This machine's clock stopped for that long: readings from before are older than they seem. The caller's clock
    /// has been put right already.
    ///
    /// @param shownBy the member whose clock showed it; null when nobody's did
    public void clockMoved(long nanos, @Nullable NodeName shownBy) {
        clockMoved += nanos;
        // The others' clocks will show the same, once.
        roster.peers().stream().filter(peer -> !peer.name.equals(shownBy)).forEach(peer -> peer.expectEarlier(nanos));
    }

    public void lost(NodeName name, Loss loss, long now) {
        Peer peer = roster.peer(name);
        if (peer == null) {
            return;
        }
        peer.lost(loss);
        if (peer.hasLeft() && promised != null && promised.owner().equals(name)) {
            promisedUntil = Math.min(promisedUntil, now);
        }
    }

    /// This process was not running for a while: nobody else is to blame for what was not heard in the meantime.
    public void excuse(long nanos) {
        roster.peers().forEach(peer -> peer.excuse(nanos));
    }

    /// How late this member's own election has run lately, by its timer; what arrived in the meantime may lie unread
    /// for `deaf`.
    public void late(long latelyNanos, long deaf, long now) {
        roster.deaf(deaf);
        NodeName subject = subject();
        patience.late(Math.max(latelyNanos, roundTrips.lately(subject, now)), subject, now);
        roster.patience(patience.nanos());
    }

    /// The owner that is watched; null when there is none.
    private @Nullable NodeName subject() {
        return attests != null ? attests.owner() : suspects != null ? suspects.owner() : null;
    }

    /// How long this member waits for a silent agent whose kernel answers.
    public long patience() {
        return patience.nanos();
    }

    /// When silence or a promise changes what this member may do, if nothing is heard until then; null when nothing does.
    public @Nullable Long nextNanos(long now) {
        long next = Long.MAX_VALUE;
        if (attests != null) {
            Peer peer = peer(attests);
            next = Math.min(next, peer.heardNanos() + roster.silence(peer) - now);
        }
        if (promisedUntil - now > 0) {
            next = Math.min(next, promisedUntil - now);
        }
        return next == Long.MAX_VALUE || next <= 0 ? null : Long.valueOf(now + next);
    }

    /// Whether this member has asked the API since it lost the owner, in vain: who is answered stands for owner itself instead of
    /// voting for one that is not.
    public void votes(boolean may) {
        mayVote = may;
    }

    /// When [#suspects] was lost.
    public long suspectsSince() {
        return suspectsSince;
    }

    /// Looks again at whom to attest to and whom to suspect, after anything changed or time passed.
    ///
    /// @param follower    whether this member holds nothing and asks for nothing itself
    /// @param transitions of the newest Lease record seen; -1 when none
    /// @param holder      of that record; null when none or released
    /// @param vacant      whether this member knows of no owner and could not write the Lease: then it votes for any
    ///                    candidate that asks
    public void reconsider(long now, boolean follower, long transitions, @Nullable NodeName holder, boolean vacant) {
        this.vacant = vacant;
        Ownership before = suspects;
        if (suspects != null && hasResolved(suspects, now, transitions, holder)) {
            suspects = null;
            vacated = false;
        }
        if (attests != null && (!follower || !keeps(attests, now, transitions, holder))) {
            if (mayServe(attests) && lastOwner != null && hasVacated(lastOwner)) {
                lastOwner = attests;
            }
            attests = null;
        }
        if (attests == null && lastOwner != null) {
            suspectLast(lastOwner, now, transitions, holder);
        }
        if (suspects != null && !suspects.equals(before)) {
            suspectsSince = now;
        }
        if (attests == null && follower && now - quietUntil >= 0 && now - promisedUntil >= 0) {
            attests = choose(now, transitions);
            if (attests != null && peer(attests).claim().isOwner()) {
                // Also by a lower term than one before: that one never wrote the Lease, or etcd was restored from a backup.
                lastOwner = attests;
                suspects = null;
                vacated = false;
            }
        }
        if (attests != null) {
            Peer peer = peer(attests);
            if (peer.claim().isOwner()) {
                // Also by a lower term than one before: that one never wrote the Lease, or etcd was restored from a backup.
                lastOwner = attests;
                suspects = null;
                vacated = false;
            }
            promised = attests;
            // As long as it counts on, when that is longer: other settings, or version 0.1.
            promisedUntil = peer.heardNanos() + Math.max(timing.promise(), peer.pace().promise() * 1_000_000L);
        }
    }

    private Peer peer(Ownership ownership) {
        return roster.peerOrSilence(ownership.owner());
    }

    /// By its own last word the addresses of that term may still be there.
    private boolean mayServe(Ownership ownership) {
        Claim claim = peer(ownership).claim();
        return claim.term() == ownership.term() && (claim.isOwner() || claim.role() == Role.STANDING_DOWN);
    }

    private boolean hasVacated(Ownership ownership) {
        Role role = peer(ownership).claim().role();
        return role == Role.FOLLOWER || role == Role.CANDIDATE;
    }

    private static boolean isOverruled(Ownership ownership, long transitions, @Nullable NodeName holder) {
        return transitions > ownership.term()
                || (transitions == ownership.term() && holder != null && !holder.equals(ownership.owner()));
    }

    private boolean hasResolved(Ownership lost, long now, long transitions, @Nullable NodeName holder) {
        Peer peer = peer(lost);
        return !roster.contains(lost.owner()) || isOverruled(lost, transitions, holder)
                || now - peer.heardNanos() > timing.right()
                || (roster.isHeard(peer, now) && peer.claim().isOwner());
    }

    /// Whether the attestation stands; when it does not, whether that is a reason to act is noted.
    private boolean keeps(Ownership current, long now, long transitions, @Nullable NodeName holder) {
        Peer peer = peer(current);
        Heartbeat last = peer.heartbeat();
        // The Lease has gone on, as it says or as its new holder does.
        if (last == null || isOverruled(current, transitions, holder)
                || roster.highestLeaseClaim(now) > current.term()) {
            return false;
        }
        Claim claim = last.claim();
        boolean claims = (claim.isOwner() || claim.role() == Role.CANDIDATE) && claim.term() == current.term();
        return claims && roster.isHeard(peer, now);
    }

    /// Whether the owner that was heard last is lost or has let go. What it said counts whenever it was heard: also if this
    /// member attested to nobody at that moment, and if the owner fell silent while it was standing down.
    private void suspectLast(Ownership last, long now, long transitions, @Nullable NodeName holder) {
        Peer peer = peer(last);
        Heartbeat beat = peer.heartbeat();
        boolean over = !roster.contains(last.owner()) || isOverruled(last, transitions, holder)
                || now - peer.heardNanos() > timing.right();
        if (beat == null || over) {
            lastOwner = null;
            return;
        }
        Claim claim = beat.claim();
        if (hasVacated(last)) {
            suspects = last;
            vacated = true;
        } else if (!roster.isHeard(peer, now) && claim.term() == last.term()) {
            // Only an owner that knows it must let go when it loses its majority may be overtaken early.
            boolean letsGo = claim.role() == Role.STANDING_DOWN || claim.backed();
            if (letsGo && beat.view().members() == roster.hash()) {
                suspects = last;
                vacated = false;
            }
        }
    }

    private @Nullable Ownership choose(long now, long transitions) {
        Peer best = null;
        for (Peer peer : roster.peers()) {
            Claim claim = peer.claim();
            if (!roster.isHeard(peer, now) || claim.term() < transitions || !mayAttest(claim)) {
                continue;
            }
            if (best == null || isBetterClaim(peer, best)) {
                best = peer;
            }
        }
        return best == null ? null : new Ownership(best.name, best.claim().term());
    }

    private boolean mayAttest(Claim claim) {
        return claim.isOwner() || (claim.role() == Role.CANDIDATE
                && (vacant || (mayVote && suspects != null && claim.term() > suspects.term())));
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
        return Ranking.isBetter(one, other);
    }

    // ---- what a majority says

    /// Until when a majority attests to this member as owner of the term, by its own clock.
    ///
    /// @return null when no majority ever did; far in the future when this member is the majority
    public @Nullable Long backedUntil(long term, long now) {
        int needed = roster.quorum() - 1;
        boolean promisedToOther = now - promisedUntil < 0 && promised != null && !promised.owner().equals(self);
        if (promisedToOther || (needed > 0 && now - quietUntil < 0)) {
            needed++; // our own attestation still belongs to somebody else, or an earlier process of this node gave it
        }
        if (needed == 0) {
            return roster.isKnown() && !roster.everHadOthers() ? Long.valueOf(now + timing.right()) : null;
        }
        return backers.attestedUntil(new Ownership(self, term), needed, now);
    }

    /// Until when no majority can have suspected this member as owner of the term for its agent's silence, as far as what the
    /// members said goes. At least as long as [#backedUntil].
    ///
    /// @return null when too few ever attested
    public @Nullable Long heardUntil(long term, long now) {
        return backers.heardUntil(new Ownership(self, term), roster.quorum() - 1, now);
    }

    public Optional<Ownership> attests() {
        return Optional.ofNullable(attests);
    }

    public Optional<Ownership> suspects() {
        return Optional.ofNullable(suspects);
    }

    /// Whether the suspected owner's machine answers, or may: its agent may live as well.
    public boolean suspectAnswers() {
        return suspects != null && !vacated && !peer(suspects).isCut();
    }

    /// Whether the suspected owner itself said that its addresses are gone.
    public boolean isVacated() {
        return suspects != null && vacated;
    }

    /// Whether a majority of all members, this one included and the owner not, has lost the owner that this one suspects.
    public boolean majoritySuspects(long now) {
        if (suspects == null || !roster.canOvertake()) {
            return false;
        }
        int count = 1;
        for (Peer peer : roster.peers()) {
            if (agrees(peer, now)) {
                count++;
            }
        }
        return count >= roster.quorum();
    }

    private boolean agrees(Peer peer, long now) {
        Heartbeat last = peer.heartbeat();
        return last != null && suspects != null && roster.isFresh(peer, now) && last.view().members() == roster.hash()
                && last.view().suspects().equals(Optional.of(suspects));
    }

    // ---- what to say

    /// @param claim what this member is
    public Heartbeat heartbeat(NodeName to, Claim claim, Standing standing, boolean apiReachable, long transitions,
            Optional<Grant> grant, long now) {
        Peer peer = roster.peer(to);
        Heartbeat last = peer == null ? null : peer.heartbeat();
        long echoInstance = last == null ? 0 : last.stamp().instance();
        long echoNanos = last == null ? 0 : last.stamp().sentNanos();
        if (peer != null) {
            peer.promisedPatience(patience.nanos());
        }
        Ownership subject = attests != null ? attests : suspects;
        int heardMillis = subject == null
                ? -1
                : (int) Math.min(Integer.MAX_VALUE,
                        (now - peer(subject).heardNanos()) / 1_000_000);
        View view = new View(attests(), suspects(), heardMillis, apiReachable, transitions, roster.hash());
        Pace pace = new Pace(Timing.millis(timing.promise()), Timing.millis(patience.nanos()),
                Timing.millis(patience.lateness()),
                roster.inContact(now), now - clockMoved);
        return new Heartbeat(new Stamp(instance, now, echoInstance, echoNanos), claim, view, standing, grant, pace);
    }

    public List<NodeName> peers() {
        return roster.peers().stream().map(peer -> peer.name).toList();
    }
}
