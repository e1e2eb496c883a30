package dev.hacp.leader.election;

import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Ownership;
import dev.hacp.leader.members.Ranking;
import dev.hacp.leader.members.Roster;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// When a follower may try for the Lease, and after which pause, so that the best one is the first.
final class Candidacy {

    enum Ground {
        /// There never was a Lease, or it was deleted a whole leaseDuration ago.
        ABSENT("nobody has ever held the Lease"),
        RELEASED("the Lease is released"),
        /// The Lease names this node: an earlier process of it, or a time as owner that ended without a release.
        OWN("the Lease still names this node"),
        EXPIRED("the Lease has expired"),
        /// The owner said itself that its addresses are gone.
        VACATED("the owner has stood down"),
        EARLY("owner lost: a majority no longer reaches it");

        private final String text;

        Ground(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    private final NodeName self;
    private final String instance;
    private final long leaseDuration;
    private final long peerTimeout;
    private final Ranking ranking;
    private final long bornNanos;

    private @Nullable Ground ground;
    private long sinceNanos;
    private long jitter;
    private boolean ownAtStart;
    private boolean firstLook = true;

    Candidacy(NodeName self, String instance, long leaseDuration, long peerTimeout, Ranking ranking, long now) {
        this.self = self;
        this.instance = instance;
        this.leaseDuration = leaseDuration;
        this.peerTimeout = peerTimeout;
        this.ranking = ranking;
        this.bornNanos = now;
    }

    /// Looks whether there is a ground now.
    ///
    /// @param jitter at most this long is waited by chance when the members cannot say who is best
    void look(LeaseView lease, Evidence evidence, long now, long jitter) {
        if (firstLook && lease.isKnown()) {
            firstLook = false;
            ownAtStart = lease.isHeldBy(self);
        }
        Ground found = find(lease, evidence, now);
        if (found != ground) {
            ground = found;
            sinceNanos = now;
            this.jitter = evidence.roster().size() > 1 ? 0 : jitter;
        }
    }

    private @Nullable Ground find(LeaseView lease, Evidence evidence, long now) {
        Roster roster = evidence.roster();
        // A member that backs another, an owner that it hears or a candidate, does not stand.
        if (!lease.isKnown() || evidence.attests().isPresent()
                || roster.hearsBackedOwner(now, lease.transitions())
                || roster.hearsOfLaterOwner(now, lease.transitions() - 1)) {
            return null;
        }
        Optional<Ownership> lost = evidence.suspects().filter(owner -> isNewest(owner, lease));
        if (lost.isPresent() && !evidence.isVacated() && evidence.majoritySuspects(now)) {
            return Ground.EARLY;
        }
        boolean late = now - lease.renewedNanos() >= leaseDuration;
        if (lease.isAbsent()) {
            boolean first = !lease.wasEverSeen() && !roster.isAwaited() && !roster.isMinority(now);
            return first || late ? Ground.ABSENT : null;
        }
        if (lease.isReleased()) {
            return late || isConnected(evidence, now) ? Ground.RELEASED : null;
        }
        if (now - lease.expiresNanos(leaseDuration) >= 0) {
            return Ground.EXPIRED;
        }
        if (lease.isHeldBy(self)) {
            return mayResume(lease, evidence, now) ? Ground.OWN : null;
        }
        return lost.isPresent() && evidence.isVacated() ? Ground.VACATED : null;
    }

    /// Whether the Lease names this owner, or nobody yet who came after it: an owner by votes may be lost before it has
    /// written the Lease.
    private static boolean isNewest(Ownership owner, LeaseView lease) {
        return lease.transitions() < owner.term()
                || (lease.transitions() == owner.term() && lease.isHeldBy(owner.owner()));
    }

    /// The Lease is in our name, but nothing is held. Taking it up again early is for a member that is no minority: the
    /// majority may be about to overtake. Another process with our name that renews is somebody else.
    private boolean mayResume(LeaseView lease, Evidence evidence, long now) {
        LeaseRecord record = lease.record();
        boolean ours = record != null && record.instance().equals(instance);
        if (!ours && !ownAtStart) {
            return false;
        }
        return isConnected(evidence, now);
    }

    /// A minority leaves it to the majority, which may have an owner already that the Lease does not name yet. So does a new
    /// process that has not been told who the members are: it may be a minority.
    private boolean isConnected(Evidence evidence, long now) {
        Roster roster = evidence.roster();
        if (roster.isAwaited()) {
            return false;
        }
        return roster.isKnown() ? !roster.isMinority(now) : now - bornNanos >= peerTimeout;
    }

    /// A process that began with its own name in the Lease has used its one chance.
    void tried() {
        ownAtStart = false;
    }

    void reset() {
        ground = null;
    }

    @Nullable
    Ground ground() {
        return ground;
    }

    /// Since when there is this ground.
    long sinceNanos() {
        return sinceNanos;
    }

    /// When to act on the ground: the best follower at once, the next ones a quarter of the peer timeout apart.
    long dueNanos(long now) {
        long step = ground == Ground.OWN ? 0 : ranking.rank(now) * (peerTimeout / 4);
        return sinceNanos + step + jitter;
    }
}
