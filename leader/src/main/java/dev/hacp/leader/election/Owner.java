package dev.hacp.leader.election;

import dev.hacp.core.Journal.Kind;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.election.Calls.Call;
import dev.hacp.leader.election.Calls.Purpose;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Roster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// This member as owner: from the moment it may act until every address is gone, read back, and the Lease is handed over or
/// given back.
final class Owner {

    private final ElectionContext context;
    private final long peerTimeout;
    private final LeaseClient leases;
    private final LeaseView lease;
    private final Evidence evidence;
    private final Eligibility eligibility;
    private final HandoverPlanner handovers;

    private @Nullable OwnershipTerm ownershipTerm;
    private String ground = "";
    private @Nullable Long goneNanos;
    private @Nullable StandDown leaving;
    private long dutyNumber;
    private boolean dutyPending;
    private long dutyRetry;
    private @Nullable Grant grant;
    private long grantUntil;
    private boolean releasing;
    private long releaseUntil;

    Owner(ElectionContext context, LeaseClient leases, Evidence evidence, Eligibility eligibility,
            HandoverPlanner handovers) {
        this.context = context;
        this.peerTimeout = context.peerTimeout();
        this.leases = leases;
        this.lease = leases.lease();
        this.evidence = evidence;
        this.eligibility = eligibility;
        this.handovers = handovers;
    }

    /// Not null while this member owns the VIP or its addresses may still be there.
    @Nullable
    OwnershipTerm ownershipTerm() {
        return ownershipTerm;
    }

    /// [Role#FOLLOWER] while it owns nothing.
    Role role() {
        OwnershipTerm current = ownershipTerm;
        if (current == null) {
            return Role.FOLLOWER;
        }
        if (leaving != null) {
            return Role.STANDING_DOWN;
        }
        return current.isLeased() ? Role.OWNER : Role.PROVISIONAL;
    }

    boolean isOwner() {
        return ownershipTerm != null && leaving == null;
    }

    // ---- owning

    void begin(OwnershipTerm next, String how, long now) {
        ownershipTerm = next;
        ground = how;
        if (!evidence.isVacated()) {
            // A planned move is no trouble; a lost owner is, and its name must be found on any survivor.
            evidence.suspects().ifPresent(lost -> context.journal(Kind.OWNER_LOST,
                    "the owner is lost: this node takes over", "owner", lost.owner(), "term", next.term, "reason",
                    how));
        }
        if (next.isLeased()) {
            leases.dueIn(context.retry(), now);
        } else {
            leases.dueAt(now);
        }
        context.counters().began(role());
        context.journal(Kind.LEADER_CHANGED, "elected", "leader", context.self(), "term", next.term, "reason", how);
        evidence.reconsider(now, false, lease.transitions(), lease.holderName(), false);
        own(next, now);
    }

    void step(long now) {
        OwnershipTerm current = ownershipTerm;
        if (current == null) {
            return;
        }
        if (leaving == null) {
            own(current, now);
        } else if (!dutyPending && now - dutyRetry >= 0) {
            standDown(leaving);
        }
    }

    private void own(OwnershipTerm current, long now) {
        Roster roster = evidence.roster();
        current.weigh(new OwnershipTerm.Support(evidence.backedUntil(current.term, now),
                evidence.heardUntil(current.term, now), roster.canOvertake(), roster.othersCouldAgree(now),
                roster.isCutOff(now), leases.canWrite(now) || roster.anyReachesApi(now)), now);
        StandDown reason = isOverruled(current, now) ? StandDown.LEASE_LOST : current.verdict(now);
        if (reason != null) {
            letGo(reason);
            return;
        }
        if (current.dutyNumber == 0) {
            NodeName before = current.predecessor;
            if (before == null || now - current.dutyNotBefore >= 0 || !evidence.roster().isHolding(before, now)) {
                current.dutyNumber = ++dutyNumber;
                context.effects().takeOver(current.dutyNumber,
                        new Leadership.Leader(current.term, current.validUntilNanos(now)));
            }
        }
        boolean holding = current.isHolding(now);
        if (holding != current.holdTold) {
            current.holdTold = holding;
            context.journal(Kind.WAITING, holding
                    ? "no API server can renew the Lease: keeping the VIP on the majority's attestation"
                    : "Lease renewed: ownership rests on it again", "term", current.term);
        }
        renew(current, now);
        StandDown move = current.dutyDone && current.isLeased()
                ? handovers.wanted(current, eligibility.fitness(), now)
                : null;
        if (move != null) {
            letGo(move);
        }
    }

    /// Whether a member that is heard owns by a better right: by the Lease at a later term, or, while no majority attests to us,
    /// by a majority's word at a later term. An owner without the Lease, which it may be unable to see, yields to one of its own
    /// term as well. The members have moved on then, whatever the Lease says.
    private boolean isOverruled(OwnershipTerm current, long now) {
        long mine = current.isLeased() ? current.term : current.term - 1;
        return evidence.roster().highestLeaseClaim(now) > mine
                || (!current.isBacked(now) && evidence.roster().hearsLaterOwner(now, mine));
    }

    private void renew(OwnershipTerm current, long now) {
        boolean urgent = current.isChecking() && leases.sinceLastSent(now) >= context.limits().question();
        if (!leases.isDue(now) && !urgent) {
            return;
        }
        // An owner by votes writes the Lease as soon as it can be: a call that hangs is no reason to wait with the next.
        long patience = current.isLeased() ? context.retry() : peerTimeout;
        if (!leases.mayBegin(now, urgent ? context.limits().question() : patience)) {
            return;
        }
        leases.dueIn(patience, now);
        if (leases.mustLook() || !lease.isKnown()) {
            leases.read(now);
            return;
        }
        leases.write(Purpose.RENEW, context.self().value(), current.term, !current.isLeased(), now);
    }

    void renewed(Call call, @Nullable LeaseRecord record, long now) {
        context.counters().renewed(now - call.sentNanos());
        OwnershipTerm current = ownershipTerm;
        if (current == null || leaving != null || !context.isHolder(record, current.term)) {
            return;
        }
        if (!current.isLeased()) {
            context.journal(Kind.LEADER_CHANGED, "the Lease is written", "leader", context.self(), "term",
                    current.term);
        }
        current.renewed(call.sentNanos());
    }

    /// The Lease was taken for us while we own already.
    void taken(Call call, @Nullable LeaseRecord record, long now) {
        OwnershipTerm current = ownershipTerm;
        if (current == null || role() != Role.PROVISIONAL) {
            return;
        }
        if (current.term == call.term()) {
            renewed(call, record, now);
        } else {
            leases.dueAt(now); // an older attempt came through: write the term we own by
        }
    }

    /// A read has found the Lease like this.
    void read(Call call, @Nullable LeaseRecord record, long now) {
        OwnershipTerm current = ownershipTerm;
        if (current == null) {
            return;
        }
        if (!current.isLeased()) {
            leases.dueAt(now); // what was to be looked at is known: write
        } else if (context.isHolder(record, current.term)) {
            current.proven(call.sentNanos());
        }
    }

    void conflicted(long now) {
        if (ownershipTerm != null && ownershipTerm.isLeased()) {
            ownershipTerm.conflict(now);
        }
    }

    /// The Lease has become this.
    void saw(@Nullable LeaseRecord record, long now) {
        OwnershipTerm current = ownershipTerm;
        if (current == null || leaving != null || record == null || context.isHolder(record, current.term)) {
            return;
        }
        if (!current.isLeased()) {
            leases.dueAt(now); // the API is alive: write what it does not know yet
        }
        boolean overruled = current.isLeased() || (!record.isReleased() && record.transitions() >= current.term);
        if (overruled) {
            letGo(StandDown.LEASE_LOST);
        }
    }

    void tookOver(long number, @Nullable Throwable problem, long now) {
        OwnershipTerm current = ownershipTerm;
        if (current == null || current.dutyNumber != number || leaving != null) {
            return;
        }
        if (problem == null) {
            current.dutyDone = true;
            eligibility.succeeded();
            context.counters().took(now - current.sinceNanos);
            List<Object> keys = new ArrayList<>(List.of("reason", ground, "term", current.term, "lease",
                    current.isLeased() ? "held" : "not yet written", "ms", (now - current.sinceNanos) / 1_000_000));
            Long served = servedUntil();
            if (served != null) {
                keys.addAll(List.of("gapMs", Math.ceilDiv(now - served, 1_000_000)));
            }
            context.journal(Kind.TOOK_OVER, "this node owns the VIP", keys.toArray());
        } else {
            context.journal(Kind.ADDRESS_FAILED, "could not take over the VIP", "reason", text(problem));
            eligibility.failed(now);
            letGo(StandDown.ADDRESS_FAILED);
        }
    }

    /// Until when somebody answered for the VIP as far as this member knows: the word of an owner, or its own removal.
    private @Nullable Long servedUntil() {
        Long heard = evidence.roster().ownerHeardNanos();
        if (heard == null || goneNanos == null) {
            return heard == null ? goneNanos : heard;
        }
        return heard - goneNanos > 0 ? heard : goneNanos;
    }

    // ---- letting go

    void letGo(StandDown reason) {
        if (!isOwner()) {
            return;
        }
        leaving = reason;
        context.counters().stoodDown(reason);
        standDown(reason);
    }

    private void standDown(StandDown reason) {
        dutyPending = true;
        dutyNumber++;
        context.effects().standDown(dutyNumber, reason);
    }

    void stoodDown(long number, @Nullable Throwable problem, long now) {
        if (leaving == null || number != dutyNumber) {
            return;
        }
        dutyPending = false;
        if (problem == null) {
            gone(leaving, now);
        } else {
            context.journal(Kind.ADDRESS_FAILED,
                    "could not confirm that the VIP was removed: leaving the Lease to expire",
                    "reason", text(problem));
            dutyRetry = now + context.retry();
        }
    }

    /// Every address is gone, read back.
    private void gone(StandDown reason, long now) {
        OwnershipTerm current = ownershipTerm;
        ownershipTerm = null;
        leaving = null;
        goneNanos = now;
        leases.dueAt(now);
        if (current == null) {
            return;
        }
        context.journal(Kind.STOOD_DOWN, "this node no longer owns the VIP", "reason", reason.text(), "term",
                current.term);
        eligibility.stoodDown(reason, now, peerTimeout);
        LeaseRecord record = lease.record();
        boolean ours = current.isLeased() && context.isHolder(record, current.term);
        releasing = ours;
        releaseUntil = now + context.limits().leaseDuration();
        Optional<NodeName> successor = handovers.successor(now);
        if (ours && record != null && successor.isPresent()) {
            grant = new Grant(successor.get(), current.term + 1, record.resourceVersion());
            grantUntil = now + peerTimeout;
            leases.dueAt(grantUntil);
        }
    }

    /// To be said to the members while the successor is to take over on our word.
    @Nullable
    Grant grant() {
        return grant;
    }

    void forgetGrant(long now) {
        if (grant != null && now - grantUntil >= 0) {
            grant = null;
        }
    }

    // ---- giving the Lease back

    /// It became ours although it is no longer wanted.
    void giveBack(long now) {
        releasing = true;
        leases.dueAt(now);
        releaseUntil = now + context.limits().leaseDuration();
    }

    boolean isReleasing() {
        return releasing;
    }

    /// After the addresses are gone: at once, or when the successor has not taken the Lease by itself.
    void release(long now) {
        LeaseRecord record = lease.record();
        if ((lease.isKnown() && !context.isHolder(record)) || now - releaseUntil >= 0) {
            releasing = false;
            grant = null;
            return;
        }
        if (!leases.isDue(now) || !leases.mayBegin(now, peerTimeout)) {
            return;
        }
        leases.dueIn(context.retry() / 4, now);
        if (leases.mustLook() || record == null) {
            leases.read(now);
        } else {
            leases.write(Purpose.RELEASE, "", record.transitions(), false, now);
        }
    }

    /// The release was stored.
    void released() {
        releasing = false;
    }

    private static String text(Throwable problem) {
        String message = problem.getMessage();
        return message == null || message.isEmpty() ? problem.getClass().getSimpleName() : message;
    }
}
