package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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
    private final Roster roster;

    private @Nullable Ownership attests;
    private @Nullable Ownership promised;
    private long promisedUntil;
    private @Nullable Ownership suspects;
    private boolean vacated;

    public Evidence(NodeName self, long instance, Timing timing, long now) {
        this.self = self;
        this.instance = instance;
        this.timing = timing;
        this.roster = new Roster(self, timing.peerTimeout());
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

    /// Takes in what a peer said; one that is no member is ignored.
    public void heard(NodeName from, Heartbeat heartbeat, long receivedNanos) {
        Peer peer = roster.peer(from);
        if (peer == null) {
            return;
        }
        boolean served = peer.claim().isOwner();
        boolean restarted = peer.heard(heartbeat, receivedNanos, instance);
        if (heartbeat.claim().isOwner() || (served && heartbeat.claim().role() == Role.STANDING_DOWN)) {
            roster.ownerHeard(receivedNanos);
        }
        if (promised != null && promised.owner().equals(from)) {
            Claim claim = heartbeat.claim();
            boolean over = restarted || claim.role() == Role.FOLLOWER || claim.term() > promised.term();
            if (over) {
                promisedUntil = Math.min(promisedUntil, receivedNanos);
            }
        }
    }

    public void lost(NodeName name, Loss loss, long now) {
        Peer peer = roster.peer(name);
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
        roster.peers().forEach(peer -> peer.excuse(nanos));
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
        return roster.peerOrSilence(ownership.owner());
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
        if (last == null || isOverruled(current, transitions, holder)) {
            return false;
        }
        Claim claim = last.claim();
        boolean claims = (claim.isOwner() || claim.role() == Role.CANDIDATE) && claim.term() == current.term();
        if (roster.isHeard(peer, now) && claims) {
            return true;
        }
        if (claims) {
            // Lost. Only an owner that knows it must let go when it loses its majority may be overtaken early.
            if (claim.isOwner() && claim.backed() && last.view().members() == roster.hash()) {
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
        return Ranking.isBetter(one, other);
    }

    // ---- what a majority says

    /// Until when a majority attests to this member as owner of the term, by its own clock.
    ///
    /// @return null when no majority ever did; far in the future when this member is the majority
    public @Nullable Long backedUntil(long term, long now) {
        int needed = roster.quorum() - 1;
        if (now - promisedUntil < 0 && promised != null && !promised.owner().equals(self)) {
            needed++; // our own attestation still belongs to somebody else
        }
        if (needed == 0) {
            return roster.isKnown() ? Long.valueOf(now + timing.right()) : null;
        }
        Ownership own = new Ownership(self, term);
        long[] echoes = new long[roster.peers().size()];
        int n = 0;
        for (Peer peer : roster.peers()) {
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
        return last != null && suspects != null && !peer.name.equals(suspects.owner())
                && roster.isFresh(peer, now) && last.view().members() == roster.hash()
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
        Ownership subject = attests != null ? attests : suspects;
        int heardMillis = subject == null
                ? -1
                : (int) Math.min(Integer.MAX_VALUE,
                        (now - peer(subject).heardNanos()) / 1_000_000);
        View view = new View(attests(), suspects(), heardMillis, apiReachable, transitions, roster.hash());
        return new Heartbeat(new Stamp(instance, now, echoInstance, echoNanos), claim, view, standing, grant);
    }

    public List<NodeName> peers() {
        return roster.peers().stream().map(peer -> peer.name).toList();
    }
}
