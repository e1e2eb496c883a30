package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal.Kind;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.leader.members.Ownership;
import dev.hacp.leader.members.Ranking;
import java.util.Collection;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Who owns the VIP, as one member decides it: a state machine without I/O, threads or a clock. Each event comes with the
/// ticker's reading, each consequence goes out through [Effects]. After an event, [#nextNanos()] says when [#tick] is due.
///
/// This class takes the events in; [Follower] decides while the member owns nothing, [Owner] while it does.
/// docs/adr/0003-early-takeover.md has the rules and why they are safe.
final class Election {

    private static final long PATIENCE_AT_STOP = 3_000_000_000L;

    private final ElectionContext context;
    private final LeaseClient leases;
    private final Evidence evidence;
    private final Eligibility eligibility;
    private final Ranking ranking;
    private final HandoverPlanner handovers;
    private final Owner owner;
    private final Follower follower;
    private final HeartbeatSender heartbeats;
    private final LeaseAnswers answers;
    private final ElectionClock clock;

    private long now;
    private boolean stopped;
    private long stopBy;

    /// @param instance random, one per process
    /// @param random   a number in [0, bound)
    Election(ElectorConfig config, NodeName self, long instance, Effects effects, LongUnaryOperator random, long now) {
        this.now = now;
        context = ElectionContext.of(config, self, instance, effects, random);
        clock = new ElectionClock(now, context.peerTimeout());
        leases = new LeaseClient(context, now);
        evidence = new Evidence(self, instance, config.timing(), now);
        eligibility = new Eligibility(now);
        ranking = new Ranking(self, config.priority(), evidence.roster());
        handovers = new HandoverPlanner(self, context.peerTimeout(), ranking);
        owner = new Owner(context, leases, evidence, eligibility, handovers);
        follower = new Follower(context, leases, evidence, ranking, eligibility, owner, now);
        answers = new LeaseAnswers(context, leases, owner, follower);
        heartbeats = new HeartbeatSender(context, leases, evidence, eligibility, follower, owner, now);
    }

    // ---- events: time and members

    void tick(long at, Fitness fitness) {
        tick(at, fitness, 0);
    }

    /// @param deaf for how long what has arrived from the members may lie unread, by no fault of theirs
    void tick(long at, Fitness fitness, long deaf) {
        arrive(at);
        evidence.late(clock.latenessNanos(), deaf, now);
        eligibility.fitness(fitness, now);
        step();
    }

    /// What probes say of that member's kernel.
    void kernel(NodeName peer, KernelState state, long at) {
        arrive(at);
        evidence.kernel(peer, state);
        step();
    }

    /// That member is configured so that it could not own what this one owns.
    ///
    /// @param why empty when it could again
    void differs(NodeName peer, String why, long at) {
        arrive(at);
        evidence.roster().differs(peer, why);
        step();
    }

    /// Nobody will ever say who the members are: there are no others.
    void withoutMembers() {
        evidence.roster().alone();
    }

    void members(Collection<NodeName> members, long at) {
        arrive(at);
        evidence.members(members);
        step();
    }

    void heard(NodeName from, Heartbeat beat, long receivedNanos, long at) {
        arrive(at);
        long frozen = evidence.heard(from, beat, clock.corrected(receivedNanos));
        if (frozen > 0) {
            putClockRight(frozen, from);
            arrive(at);
        }
        context.counters().heartbeatsReceived++;
        leases.seenBy(from, beat.view().transitions(), now);
        beat.grant().ifPresent(offered -> follower.granted(from, offered, now));
        if (owner.ownershipTerm() != null && leases.health().wantsToKnow(beat.view().apiReachable())
                && leases.sinceLastSent(now) >= context.peerTimeout()) {
            leases.dueAt(now);
        }
        step();
        heartbeats.answer(from, now);
    }

    /// The machine was suspended for that long, which its ticker does not show.
    void suspended(long nanos, long at) {
        putClockRight(nanos, null);
        arrive(at);
        step();
    }

    /// As if the clock had run: every deadline and every word from before is that much older.
    private void putClockRight(long nanos, @Nullable NodeName shownBy) {
        clock.putRight(nanos);
        evidence.clockMoved(nanos, shownBy);
    }

    void lost(NodeName peer, Loss loss, long at) {
        arrive(at);
        evidence.lost(peer, loss, now);
        step();
    }

    // ---- events: the Lease

    /// A watch event; null when the Lease was deleted.
    void observed(@Nullable LeaseRecord record, long at) {
        arrive(at);
        answers.observed(record, now);
        step();
    }

    /// @param record what was read or stored; null when there is no Lease
    void succeeded(long number, @Nullable LeaseRecord record, long at) {
        arrive(at);
        if (answers.succeeded(number, record, now)) {
            step();
        }
    }

    /// The precondition of a write did not hold.
    void conflicted(long number, long at) {
        arrive(at);
        if (answers.conflicted(number, now)) {
            step();
        }
    }

    /// @param reason one clause for the log
    void failed(long number, String reason, long at) {
        arrive(at);
        if (answers.failed(number, reason, now)) {
            step();
        }
    }

    // ---- events: the duty

    void tookOver(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        owner.tookOver(number, problem, now);
        step();
    }

    void stoodDown(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        owner.stoodDown(number, problem, now);
        step();
    }

    // ---- events: requests

    /// The agent asks to let go and not to stand again before `holdDown` has passed.
    void relinquish(StandDown reason, long holdDownNanos, long at) {
        arrive(at);
        eligibility.holdDown(reason, now + holdDownNanos, now);
        letGo(reason);
        step();
    }

    /// An operator asks to hand over; refused at once when there is nobody to hand over to.
    void handover(Optional<NodeName> to, long at) {
        arrive(at);
        NodeName self = context.self();
        String refusal = owner.isOwner()
                ? handovers.ask(to, now)
                : self + " does not own the VIP: ask "
                        + (leases.lease().isReleased() ? "nobody" : leases.holderText());
        if (refusal.isEmpty()) {
            owner.letGo(StandDown.HANDOVER);
        } else {
            context.effects().handoverEnded(to.orElse(self), refusal);
        }
        step();
    }

    void stop(long at) {
        arrive(at);
        if (eligibility.isStopping()) {
            return;
        }
        eligibility.stop();
        stopBy = now + PATIENCE_AT_STOP;
        eligibility.holdDown(StandDown.SHUTDOWN, now + context.limits().leaseDuration(), now);
        letGo(StandDown.SHUTDOWN);
        step();
    }

    private void letGo(StandDown reason) {
        if (owner.isOwner()) {
            handovers.chooseSuccessor(reason, now);
            owner.letGo(reason);
        }
    }

    // ---- one step

    /// Time has passed; if much more than it should, this process did not run, and nobody else is to blame.
    private void arrive(long reading) {
        long gap = clock.advance(reading);
        if (gap == 0) {
            return;
        }
        now = clock.now();
        if (gap > context.heartbeat() * 2) {
            evidence.excuse(gap - context.heartbeat());
        }
        if (gap > context.peerTimeout()) {
            context.counters().paused(gap);
            follower.reset();
            eligibility.stoodStill(now);
            leases.dueAt(now);
            context.journal(Kind.MEMBER, "this process was paused: checking before acting", "ms", gap / 1_000_000,
                    "role", role());
        }
    }

    private void step() {
        for (var change : evidence.roster().changes(now)) {
            context.journal(Kind.MEMBER, change.heard() ? "member reachable" : "member silent", "member",
                    change.name(), "reason", change.cause());
        }
        LeaseView lease = leases.lease();
        boolean asksForNothing = role() == Role.FOLLOWER && !follower.awaitsAnswer(now);
        boolean vacant = !leases.canWrite(now) && lease.isVacant(context.limits().leaseDuration(), now);
        evidence.votes(leases.isInVain(evidence.suspectsSince(), follower.patience(), now));
        evidence.reconsider(now, asksForNothing, lease.transitions(), lease.holderName(), vacant);
        boolean ownerCannot = evidence.attests().filter(owner -> !evidence.roster().reachesApi(owner.owner()))
                .isPresent();
        leases.doubtWrites(ownerCannot || evidence.roster().hearsCandidate(now));
        leases.tryWrite(now);
        eligibility.api(leases.canWrite(now), evidence.roster().anyReachesApi(now), now);
        eligibility.cutOff(evidence.roster().isProvenCutOff(now), now);
        ranking.reachesApi(leases.canWrite(now));
        if (owner.ownershipTerm() != null) {
            owner.step(now);
        } else if (owner.isReleasing()) {
            owner.release(now);
        } else {
            follower.step(now);
        }
        owner.forgetGrant(now);
        String ended = handovers.ended(leases.lease(), evidence.roster(), now);
        if (ended != null) {
            context.effects().handoverEnded(handovers.takeTarget(), ended);
        }
        heartbeats.speak(now);
        clock.due(plan());
        if (eligibility.isStopping() && !stopped && role() == Role.FOLLOWER && (isFree() || now - stopBy >= 0)) {
            stopped = true;
            context.effects().stopped();
        }
    }

    /// The Lease is neither ours nor promised to a successor.
    private boolean isFree() {
        return !owner.isReleasing() && owner.grant() == null;
    }

    /// When [#tick] is due at the latest.
    long nextNanos() {
        return clock.dueReading();
    }

    private long plan() {
        Wakeup wakeup = new Wakeup(now, context.heartbeat());
        wakeup.at(heartbeats.dueNanos());
        wakeup.at(leases.dueNanos());
        Long silence = evidence.nextNanos(now);
        if (silence != null) {
            wakeup.at(silence);
        }
        OwnershipTerm ownershipTerm = owner.ownershipTerm();
        if (ownershipTerm != null && owner.isOwner()) {
            wakeup.at(ownershipTerm.nextNanos(now));
        }
        follower.plan(wakeup, now);
        return wakeup.nanos();
    }

    // ---- what others read

    Leadership leadership() {
        OwnershipTerm ownershipTerm = owner.ownershipTerm();
        if (ownershipTerm != null && owner.isOwner()) {
            return new Leadership.Leader(ownershipTerm.term, clock.reading(ownershipTerm.validUntilNanos(now)));
        }
        return new Leadership.Follower(leader());
    }

    Optional<NodeName> leader() {
        NodeName self = context.self();
        if (owner.isOwner()) {
            return Optional.of(self);
        }
        if (evidence.attests().isPresent()) {
            return evidence.attests().map(Ownership::owner);
        }
        LeaseView lease = leases.lease();
        NodeName holder = lease.holderName();
        boolean valid = holder != null && !holder.equals(self)
                && now - lease.expiresNanos(context.limits().leaseDuration()) < 0;
        return valid ? Optional.of(holder) : Optional.empty();
    }

    Role role() {
        return owner.ownershipTerm() != null ? owner.role() : follower.role();
    }

    @Nullable
    OwnershipTerm ownershipTerm() {
        return owner.ownershipTerm();
    }

    LeaseView lease() {
        return leases.lease();
    }

    Evidence evidence() {
        return evidence;
    }

    ElectorCounters counters() {
        return context.counters().counters();
    }

    Fitness ownStanding() {
        return eligibility.standing(now);
    }

    /// How late this election has run lately.
    long latenessNanos() {
        return clock.latenessNanos();
    }

    boolean apiIsWell() {
        return leases.health().isWell();
    }

    String apiProblem() {
        return leases.health().problem();
    }

    /// Of the newest event, by the corrected clock: comparable only with what this class says.
    long now() {
        return now;
    }

    /// The caller's ticker, put right.
    long corrected(long reading) {
        return clock.corrected(reading);
    }

    /// The same, by the caller's ticker.
    long reading() {
        return clock.reading(now);
    }
}
