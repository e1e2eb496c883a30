package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal.Kind;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.election.Calls.Call;
import dev.hacp.leader.election.Calls.Purpose;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Role;
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
/// This class takes the events in; [Pursuit] decides while the member owns nothing, [Tenure] while it does.
/// docs/adr/0003-early-takeover.md has the rules and why they are safe.
final class Election {

    private static final long PATIENCE_AT_STOP = 3_000_000_000L;

    private final Setting setting;
    private final LeaseDesk desk;
    private final Evidence evidence;
    private final Standby standby;
    private final Moves moves;
    private final Tenure tenure;
    private final Pursuit pursuit;
    private final Voice voice;

    private long now;
    private boolean stopped;
    private long stopBy;

    /// @param instance random, one per process
    /// @param random   a number in [0, bound)
    Election(ElectorConfig config, NodeName self, long instance, Effects effects, LongUnaryOperator random, long now) {
        this.now = now;
        setting = Setting.of(config, self, instance, effects, random);
        desk = new LeaseDesk(setting, now);
        evidence = new Evidence(self, instance, config.timing(), now);
        standby = new Standby(now);
        Ranking ranking = new Ranking(self, config.priority(), evidence.roster());
        moves = new Moves(self, setting.peerTimeout(), ranking);
        tenure = new Tenure(setting, desk, evidence, standby, moves);
        pursuit = new Pursuit(setting, desk, evidence, ranking, standby, tenure, now);
        voice = new Voice(setting, desk, evidence, standby, pursuit, tenure, now);
    }

    // ---- events: time and members

    void tick(long at, Fitness fitness) {
        arrive(at);
        standby.fitness(fitness, now);
        step();
    }

    void members(Collection<NodeName> members, long at) {
        arrive(at);
        evidence.members(members);
        step();
    }

    void heard(NodeName from, Heartbeat beat, long receivedNanos, long at) {
        arrive(at);
        evidence.heard(from, beat, receivedNanos);
        setting.tally().heartbeatsReceived++;
        LeaseView lease = desk.lease();
        boolean seenLater = beat.view().transitions() > lease.transitions() && lease.isKnown();
        if (seenLater && desk.sinceLastSent(now) >= setting.heartbeat() / 4) {
            desk.lookAtOnce(now);
        }
        beat.grant().ifPresent(offered -> pursuit.granted(from, offered, now));
        if (tenure.reign() != null && desk.health().wantsToKnow(beat.view().apiReachable())
                && desk.sinceLastSent(now) >= setting.peerTimeout()) {
            desk.dueAt(now);
        }
        step();
        voice.answer(from, now);
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
        if (desk.observe(record, false, now)) {
            tenure.saw(record, now);
        }
        stored(record);
        step();
    }

    /// @param record what was read or stored; null when there is no Lease
    void succeeded(long number, @Nullable LeaseRecord record, long at) {
        arrive(at);
        Call call = desk.end(number, now);
        if (call == null) {
            return;
        }
        if (desk.answered(call, record, now)) {
            tenure.saw(record, now);
        }
        desk.dueIn(setting.retry(), now);
        if (call.purpose() == Purpose.READ) {
            tenure.read(call, record, now);
            stored(record);
        } else {
            written(call, record);
        }
        step();
    }

    /// An event or a read may tell that a write was carried out before the write's own answer does.
    private void stored(@Nullable LeaseRecord record) {
        Call open = record == null ? null : desk.endStored(record, now);
        if (open != null) {
            written(open, record);
        }
    }

    private void written(Call call, @Nullable LeaseRecord record) {
        switch (call.purpose()) {
            case READ -> {
            }
            case RENEW -> tenure.renewed(call, record, now);
            case TAKE -> pursuit.taken(call, record, now);
            case RELEASE -> tenure.released();
        }
    }

    /// The precondition of a write did not hold.
    void conflicted(long number, long at) {
        arrive(at);
        Call call = desk.end(number, now);
        if (call == null) {
            return;
        }
        setting.tally().conflicts++;
        desk.health().answered();
        if (call.purpose() == Purpose.RENEW) {
            tenure.conflicted(now);
        }
        if (call.purpose() == Purpose.TAKE) {
            pursuit.tried();
        }
        desk.lookAtOnce(now); // somebody wrote: see who
        step();
    }

    /// @param reason one clause for the log
    void failed(long number, String reason, long at) {
        arrive(at);
        Call call = desk.end(number, now);
        if (call == null) {
            return;
        }
        desk.failed(call, reason, now);
        if (call.purpose() == Purpose.TAKE) {
            pursuit.failed();
        }
        step();
    }

    // ---- events: the duty

    void tookOver(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        tenure.tookOver(number, problem, now);
        step();
    }

    void stoodDown(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        tenure.stoodDown(number, problem, now);
        step();
    }

    // ---- events: requests

    /// The agent asks to let go and not to stand again before `holdDown` has passed.
    void relinquish(StandDown reason, long holdDownNanos, long at) {
        arrive(at);
        standby.holdDown(reason, now + holdDownNanos, now);
        letGo(reason);
        step();
    }

    /// An operator asks to hand over; refused at once when there is nobody to hand over to.
    void handover(Optional<NodeName> to, long at) {
        arrive(at);
        NodeName self = setting.self();
        String refusal = tenure.isOwner()
                ? moves.ask(to, now)
                : self + " does not own the VIP: ask "
                        + (desk.lease().isReleased() ? "nobody" : desk.holderText());
        if (refusal.isEmpty()) {
            tenure.letGo(StandDown.HANDOVER);
        } else {
            setting.effects().handoverEnded(to.orElse(self), refusal);
        }
        step();
    }

    void stop(long at) {
        arrive(at);
        if (standby.isStopping()) {
            return;
        }
        standby.stop();
        stopBy = now + PATIENCE_AT_STOP;
        standby.holdDown(StandDown.SHUTDOWN, now + setting.limits().leaseDuration(), now);
        letGo(StandDown.SHUTDOWN);
        step();
    }

    private void letGo(StandDown reason) {
        if (tenure.isOwner()) {
            moves.chooseSuccessor(reason, now);
            tenure.letGo(reason);
        }
    }

    // ---- one step

    /// Time has passed; if much more than it should, this process did not run, and nobody else is to blame.
    private void arrive(long at) {
        long gap = at - now;
        if (gap <= 0) {
            return;
        }
        now = at;
        if (gap > setting.heartbeat() * 2) {
            evidence.excuse(gap - setting.heartbeat());
        }
        if (gap > setting.peerTimeout()) {
            setting.tally().paused(gap);
            pursuit.reset();
            desk.dueAt(now);
            setting.journal(Kind.MEMBER, "this process did not run for a while: checking before acting", "ms",
                    gap / 1_000_000, "role", role());
        }
    }

    private void step() {
        for (var change : evidence.roster().changes(now)) {
            setting.journal(Kind.MEMBER, change.heard() ? "member is heard" : "member is not heard", "member",
                    change.name(), "reason",
                    change.heard() ? "heartbeats" : change.loss() == null ? "silence" : change.loss());
        }
        boolean asksForNothing = role() == Role.FOLLOWER && !pursuit.awaitsAnswer(now);
        evidence.reconsider(now, asksForNothing, desk.lease().transitions(), desk.lease().holderName());
        if (tenure.reign() != null) {
            tenure.step(now);
        } else if (tenure.isReleasing()) {
            tenure.release(now);
        } else {
            pursuit.step(now);
        }
        tenure.forgetGrant(now);
        String ended = moves.ended(desk.lease(), evidence.roster(), now);
        if (ended != null) {
            setting.effects().handoverEnded(moves.takeTarget(), ended);
        }
        voice.speak(now);
        if (standby.isStopping() && !stopped && role() == Role.FOLLOWER && (isFree() || now - stopBy >= 0)) {
            stopped = true;
            setting.effects().stopped();
        }
    }

    /// The Lease is neither ours nor promised to a successor.
    private boolean isFree() {
        return !tenure.isReleasing() && tenure.grant() == null;
    }

    /// When [#tick] is due at the latest.
    long nextNanos() {
        Wakeup wakeup = new Wakeup(now, setting.heartbeat());
        wakeup.at(voice.dueNanos());
        wakeup.at(desk.dueNanos());
        Reign reign = tenure.reign();
        if (reign != null && tenure.isOwner()) {
            wakeup.at(reign.nextNanos(now));
        }
        pursuit.plan(wakeup, now);
        return wakeup.nanos();
    }

    // ---- what others read

    Leadership leadership() {
        Reign reign = tenure.reign();
        if (reign != null && tenure.isOwner()) {
            return new Leadership.Leader(reign.term, reign.validUntilNanos(now));
        }
        return new Leadership.Follower(leader());
    }

    Optional<NodeName> leader() {
        NodeName self = setting.self();
        if (tenure.isOwner()) {
            return Optional.of(self);
        }
        if (evidence.attests().isPresent()) {
            return evidence.attests().map(Ownership::owner);
        }
        LeaseView lease = desk.lease();
        NodeName holder = lease.holderName();
        boolean valid = holder != null && !holder.equals(self)
                && now - lease.expiresNanos(setting.limits().leaseDuration()) < 0;
        return valid ? Optional.of(holder) : Optional.empty();
    }

    Role role() {
        return tenure.reign() != null ? tenure.role() : pursuit.role();
    }

    @Nullable
    Reign reign() {
        return tenure.reign();
    }

    LeaseView lease() {
        return desk.lease();
    }

    Evidence evidence() {
        return evidence;
    }

    ElectorCounters counters() {
        return setting.tally().counters();
    }

    Fitness ownStanding() {
        return standby.standing(now);
    }

    boolean apiIsWell() {
        return desk.health().isWell();
    }

    String apiProblem() {
        return desk.health().problem();
    }

    long now() {
        return now;
    }
}
