package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Ownership;
import java.util.Optional;

/// What this member tells the others: every heartbeat, and at once when it changes.
final class HeartbeatSender {

    private final ElectionContext context;
    private final LeaseClient leases;
    private final Evidence evidence;
    private final Eligibility eligibility;
    private final Follower follower;
    private final Owner owner;

    private long dueNanos;
    private Claim lastClaim = Claim.FOLLOWER;
    private Optional<Ownership> lastAttests = Optional.empty();
    private Optional<Ownership> lastSuspects = Optional.empty();

    HeartbeatSender(ElectionContext context, LeaseClient leases, Evidence evidence, Eligibility eligibility,
            Follower follower, Owner owner,
            long now) {
        this.context = context;
        this.leases = leases;
        this.evidence = evidence;
        this.eligibility = eligibility;
        this.follower = follower;
        this.owner = owner;
        this.dueNanos = now;
    }

    long dueNanos() {
        return dueNanos;
    }

    /// To everybody, when something changed or a heartbeat is due.
    void speak(long now) {
        Claim claim = claim();
        boolean changed = !claim.equals(lastClaim) || !evidence.attests().equals(lastAttests)
                || !evidence.suspects().equals(lastSuspects);
        if (changed || now - dueNanos >= 0) {
            lastClaim = claim;
            lastAttests = evidence.attests();
            lastSuspects = evidence.suspects();
            dueNanos = now + context.heartbeat();
            for (NodeName peer : evidence.peers()) {
                beat(peer, now);
            }
        }
    }

    /// To an owner, beside the regular heartbeats: its evidence is as young as the last answer to it.
    void answer(NodeName from, long now) {
        Optional<Ownership> attests = evidence.attests();
        if (attests.isPresent() && attests.get().owner().equals(from)) {
            beat(from, now);
        }
    }

    private void beat(NodeName peer, long now) {
        context.counters().heartbeatsSent++;
        context.effects().send(peer, evidence.heartbeat(peer, claim(), standing(now), leases.canWrite(now),
                leases.lease().transitions(), Optional.ofNullable(owner.grant()), now));
    }

    private Claim claim() {
        OwnershipTerm ownershipTerm = owner.ownershipTerm();
        return ownershipTerm == null
                ? follower.claim()
                : new Claim(owner.role(), ownershipTerm.term, ownershipTerm.isWatched());
    }

    private Standing standing(long now) {
        Fitness fitness = eligibility.standing(now);
        return new Standing(context.config().priority(), context.config().preempt(),
                fitness.fit() && !eligibility.isStopping(), fitness.reason());
    }
}
