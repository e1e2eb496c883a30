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
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.leader.members.Ownership;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Who owns the VIP, as one member decides it: a state machine without I/O, threads or a clock. Each event comes with the
/// ticker's reading, each consequence goes out through [Effects]. After an event, [#nextNanos()] says when [#tick] is due.
///
/// docs/adr/0003-early-takeover.md has the rules and why they are safe.
final class Election {

    private final ElectorConfig config;
    private final NodeName self;
    private final String instance;
    private final Effects effects;
    private final Reign.Limits limits;
    private final long retry;
    private final long heartbeat;
    private final LongUnaryOperator random;

    final LeaseView lease = new LeaseView();
    final Evidence evidence;
    final Tally tally = new Tally();
    private final Calls calls = new Calls();
    private final Candidacy candidacy;
    private final Moves moves;
    private final Standby standby;
    private final ApiHealth api;

    private Role role = Role.FOLLOWER;
    private @Nullable Reign reign;
    private long now;
    private long nextCall;
    private long nextBeat;
    private Claim lastClaim = Claim.FOLLOWER;
    private Optional<Ownership> lastAttests = Optional.empty();
    private Optional<Ownership> lastSuspects = Optional.empty();
    private @Nullable Grant grant;
    private long grantUntil;

    private long dutyNumber;
    private @Nullable StandDown leaving;
    private long dutyRetry;
    private boolean dutyPending;
    private boolean mustLook;
    private boolean releasing;
    private long releaseUntil;
    private long candidateTerm;
    private long candidateSince;
    private long takeSent;
    private boolean taking;
    private boolean takingEarly;
    private boolean stopping;
    private boolean stopped;
    private long stopBy;

    /// @param instance random, one per process
    /// @param random   a number in [0, bound)
    Election(ElectorConfig config, NodeName self, long instance, Effects effects, LongUnaryOperator random, long now) {
        this.config = config;
        this.self = self;
        this.instance = Long.toHexString(instance);
        this.effects = effects;
        this.random = random;
        this.now = now;
        this.limits = new Reign.Limits(config.peerTimeout().toNanos(), config.renewDeadline().toNanos(),
                config.leaseDuration().toNanos());
        this.retry = config.retryPeriod().toNanos();
        this.heartbeat = config.heartbeat().toNanos();
        this.evidence = new Evidence(self, instance, config.timing(), now);
        this.candidacy = new Candidacy(self, this.instance, limits.leaseDuration(), limits.peerTimeout(),
                config.priority(), now);
        this.moves = new Moves(self, config, limits.peerTimeout());
        this.standby = new Standby(now);
        this.api = new ApiHealth();
        this.nextCall = now;
        this.nextBeat = now;
    }

    // ---- events

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
        tally.heartbeatsReceived++;
        if (beat.view().transitions() > lease.transitions() && lease.isKnown()
                && calls.sinceLastSent(now) >= heartbeat / 4) {
            nextCall = now; // it has seen a later Lease than we have
            mustLook = true;
        }
        beat.grant().ifPresent(offered -> granted(from, offered));
        if (reign != null && api.wantsToKnow(beat.view().apiReachable())
                && calls.sinceLastSent(now) >= limits.peerTimeout()) {
            nextCall = now;
        }
        step();
        Optional<Ownership> attests = evidence.attests();
        if (attests.isPresent() && attests.get().owner().equals(from)) {
            beat(from); // an owner's evidence is as young as the last answer to it
        }
    }

    void lost(NodeName peer, Loss loss, long at) {
        arrive(at);
        evidence.lost(peer, loss, now);
        step();
    }

    /// A watch event; null when the Lease was deleted.
    void observed(@Nullable LeaseRecord record, long at) {
        arrive(at);
        see(record, false);
        stored(record);
        step();
    }

    /// @param record what was read or stored; null when there is no Lease
    void succeeded(long number, @Nullable LeaseRecord record, long at) {
        arrive(at);
        Call call = calls.end(number, now);
        if (call == null) {
            return;
        }
        boolean writes = call.purpose() != Purpose.READ;
        if (api.answered()) {
            effects.journal(Kind.WAITING, "the Lease API answers again", "lease", holderText());
        }
        boolean authoritative = writes
                || !lease.isKnown() || (!calls.isOutdated(call) && call.sentNanos() - lease.changedNanos() >= 0);
        see(record, authoritative);
        nextCall = now + jittered(retry);
        if (call.purpose() == Purpose.READ) {
            mustLook = false;
            proven(call, record);
            stored(record);
        }
        written(call, record);
        step();
    }

    /// An event or a read may tell that a write was carried out before the write's own answer does.
    private void stored(@Nullable LeaseRecord record) {
        Call open = record == null ? null : calls.oldestFor(record.transitions());
        if (open != null && isOurs(record, open.term())) {
            calls.end(open.number(), now);
            written(open, record);
        }
    }

    private void written(Call call, @Nullable LeaseRecord record) {
        switch (call.purpose()) {
            case READ -> {
            }
            case RENEW -> renewed(call, record);
            case TAKE -> taken(call, record);
            case RELEASE -> releasing = false;
        }
    }

    /// The precondition of a write did not hold.
    void conflicted(long number, long at) {
        arrive(at);
        Call call = calls.end(number, now);
        if (call == null) {
            return;
        }
        tally.conflicts++;
        api.answered();
        if (call.purpose() == Purpose.RENEW && reign != null && reign.isLeased()) {
            reign.conflict(now);
        }
        if (call.purpose() == Purpose.TAKE) {
            taking = false;
            candidacy.tried();
        }
        mustLook = true; // somebody wrote: see who
        nextCall = now;
        step();
    }

    /// @param reason one clause for the log
    void failed(long number, String reason, long at) {
        arrive(at);
        Call call = calls.end(number, now);
        if (call == null) {
            return;
        }
        tally.failures++;
        if (api.failed(reason)) {
            effects.journal(Kind.WAITING,
                    "the Lease cannot be " + (call.purpose() == Purpose.READ ? "read" : "written"),
                    "reason", reason);
        }
        if (call.purpose() == Purpose.TAKE) {
            taking = false;
        }
        nextCall = now + jittered(retry / 2);
        step();
    }

    void tookOver(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        Reign current = reign;
        if (current == null || current.dutyNumber != number || role == Role.STANDING_DOWN) {
            return;
        }
        if (problem == null) {
            current.dutyDone = true;
            standby.succeeded();
            tally.took(now - current.sinceNanos);
            effects.journal(Kind.TOOK_OVER, "this node owns the VIP", "term", current.term, "lease",
                    current.isLeased() ? "held" : "not yet written", "ms", millis(now - current.sinceNanos));
        } else {
            effects.journal(Kind.ADDRESS_FAILED, "the VIP could not be taken over", "reason", text(problem));
            standby.failed(now);
            letGo(StandDown.ADDRESS_FAILED);
        }
        step();
    }

    void stoodDown(long number, @Nullable Throwable problem, long at) {
        arrive(at);
        if (role != Role.STANDING_DOWN || number != dutyNumber) {
            return;
        }
        dutyPending = false;
        if (problem == null) {
            gone();
        } else {
            effects.journal(Kind.ADDRESS_FAILED, "the VIP's removal is not confirmed: the Lease stays to expire",
                    "reason", text(problem));
            dutyRetry = now + retry;
        }
        step();
    }

    /// The agent asks to let go and not to stand again before `holdDown` has passed.
    void relinquish(StandDown reason, long holdDownNanos, long at) {
        arrive(at);
        standby.holdDown(reason, now + holdDownNanos, now);
        if (reign != null && role != Role.STANDING_DOWN) {
            moves.chooseSuccessor(evidence, reason, now);
            letGo(reason);
        }
        step();
    }

    /// An operator asks to hand over; refused at once when there is nobody to hand over to.
    void handover(Optional<NodeName> to, long at) {
        arrive(at);
        String refusal = role != Role.OWNER && role != Role.PROVISIONAL
                ? self + " does not own the VIP: ask " + (lease.isReleased() ? "nobody" : holderText())
                : moves.ask(to, evidence, now);
        if (refusal.isEmpty()) {
            letGo(StandDown.HANDOVER);
        } else {
            effects.handoverEnded(to.orElse(self), refusal);
        }
        step();
    }

    void stop(long at) {
        arrive(at);
        if (stopping) {
            return;
        }
        stopping = true;
        stopBy = now + 3_000_000_000L;
        standby.holdDown(StandDown.SHUTDOWN, now + limits.leaseDuration(), now);
        if (reign != null && role != Role.STANDING_DOWN) {
            moves.chooseSuccessor(evidence, StandDown.SHUTDOWN, now);
            letGo(StandDown.SHUTDOWN);
        }
        step();
    }

    // ---- one step

    /// Time has passed; if much more than it should, this process did not run, and nobody else is to blame.
    private void arrive(long at) {
        long gap = at - now;
        if (gap <= 0) {
            return;
        }
        now = at;
        if (gap > heartbeat * 2) {
            evidence.excuse(gap - heartbeat);
        }
        if (gap > limits.peerTimeout()) {
            tally.paused(gap);
            candidacy.reset();
            nextCall = now;
            effects.journal(Kind.MEMBER, "this process did not run for a while: checking before acting", "ms",
                    millis(gap), "role", role);
        }
    }

    private void step() {
        for (var change : evidence.changes(now)) {
            effects.journal(Kind.MEMBER, change.heard() ? "member is heard" : "member is not heard", "member",
                    change.name(), "reason",
                    change.heard() ? "heartbeats" : change.loss() == null ? "silence" : change.loss());
        }
        evidence.reconsider(now, role == Role.FOLLOWER, lease.transitions(), lease.holderName());
        switch (role) {
            case FOLLOWER -> follow();
            case CANDIDATE -> campaign();
            case OWNER, PROVISIONAL -> own();
            case STANDING_DOWN -> clear();
        }
        if (grant != null && now - grantUntil >= 0) {
            grant = null;
        }
        String ended = moves.ended(lease, evidence, now);
        if (ended != null) {
            effects.handoverEnded(moves.takeTarget(), ended);
        }
        sayChanges();
        if (stopping && !stopped && role == Role.FOLLOWER && ((!releasing && grant == null) || now - stopBy >= 0)) {
            stopped = true;
            effects.stopped();
        }
    }

    private void follow() {
        if (releasing) {
            release();
            return;
        }
        if (taking && now - takeSent >= limits.renewDeadline()) {
            taking = false;
        }
        candidacy.look(lease, evidence, now, random.applyAsLong(Math.max(1, retry / 10)));
        Candidacy.Ground ground = candidacy.ground();
        if (ground != null && mayStand() && !taking && !mustLook && now - candidacy.dueNanos(evidence, now) >= 0
                && calls.mayBegin(now, early(ground) ? 0 : limits.peerTimeout())
                && (api.isWell() || now - nextCall >= 0 || early(ground))) {
            take(ground);
        }
        // Having to look first is no way out of asking the members when nobody can look, or the look hangs.
        boolean blind = !api.isWell() || calls.hangs(now, limits.peerTimeout() / 4);
        takingEarly |= ground == Candidacy.Ground.EARLY && mustLook && blind;
        boolean unanswered = now - takeSent >= limits.peerTimeout() / 4 || !api.isWell();
        if (takingEarly && ground == Candidacy.Ground.EARLY && mayStand() && unanswered
                && now - candidacy.dueNanos(evidence, now) >= 0) {
            stand();
            return;
        }
        if (ground != Candidacy.Ground.EARLY) {
            takingEarly = false;
        }
        poll();
    }

    private static boolean early(Candidacy.Ground ground) {
        return ground == Candidacy.Ground.EARLY || ground == Candidacy.Ground.VACATED;
    }

    private boolean mayStand() {
        return !stopping && standby.mayStand(now) && grant == null;
    }

    private void poll() {
        if (now - nextCall >= 0 && calls.mayBegin(now, limits.peerTimeout())) {
            nextCall = now + jittered(retry);
            read();
        }
    }

    private void read() {
        Call call = calls.begin(Purpose.READ, 0, now);
        effects.call(call.number(), new LeaseCall.Read());
    }

    private void take(Candidacy.Ground ground) {
        if (early(ground) && takingEarly && now - takeSent < limits.peerTimeout() / 2 && !api.isWell()) {
            return;
        }
        taking = true;
        takeSent = now;
        takingEarly = ground == Candidacy.Ground.EARLY;
        nextCall = now + jittered(retry);
        long term = lease.isAbsent() && !lease.wasEverSeen() ? 0 : Math.max(lease.transitions(), candidateTerm) + 1;
        effects.journal(Kind.LEADER_CHANGED, "standing for owner", "reason", ground.text(), "term", term, "lease",
                holderText());
        write(Purpose.TAKE, self.value(), term, true);
    }

    private void write(Purpose purpose, String holder, long term, boolean acquired) {
        LeaseRecord known = lease.record();
        Map<String, String> annotations = new HashMap<>(known == null ? Map.of() : known.annotations());
        annotations.put(LeaseRecord.INSTANCE, instance);
        Call call = calls.begin(purpose, term, now);
        effects.call(call.number(), new LeaseCall.Write(holder, term, known == null ? "" : known.resourceVersion(),
                acquired, annotations, known));
    }

    // ---- owning without the Lease, while no API server answers

    private void stand() {
        candidateTerm = Math.max(evidence.highestTerm(), Math.max(lease.transitions(), candidateTerm)) + 1;
        candidateSince = now;
        role = Role.CANDIDATE;
        effects.journal(Kind.LEADER_CHANGED, "asking the members for their votes", "reason",
                "no API server answers in time", "term", candidateTerm);
        evidence.reconsider(now, false, lease.transitions(), lease.holderName());
        campaign();
    }

    private void campaign() {
        if (stopping || lease.transitions() >= candidateTerm || evidence.highestLeaseClaim(now) >= candidateTerm
                || now - candidateSince >= 2 * limits.peerTimeout() || !mayStand()
                || evidence.hearsBetterCandidate(now, config.priority())) {
            role = Role.FOLLOWER;
            taking = false;
            takingEarly = false;
            return;
        }
        Long backed = evidence.backedUntil(candidateTerm, now);
        if (backed != null && backed - now > 0) {
            begin(Reign.byVote(candidateTerm, backed, null, now, limits), Role.PROVISIONAL, "a majority's votes");
        }
    }

    /// The owner before hands over to us.
    private void granted(NodeName from, Grant offered) {
        if (!offered.successor().equals(self)) {
            standby.giveWay(now + 2 * limits.peerTimeout());
            return;
        }
        boolean current = lease.isHeldBy(from) && lease.transitions() < offered.term();
        if (role == Role.FOLLOWER && current && !stopping && !releasing && standby.isFit(now)) {
            begin(Reign.byGrant(offered.term(), from, now, limits), Role.PROVISIONAL, "handed over by " + from);
        }
    }

    // ---- owning

    private void begin(Reign next, Role as, String how) {
        reign = next;
        role = as;
        taking = false;
        takingEarly = false;
        candidacy.tried();
        nextCall = as == Role.OWNER ? now + jittered(retry) : now;
        tally.began(as);
        effects.journal(Kind.LEADER_CHANGED, "elected", "leader", self, "term", next.term, "reason", how);
        evidence.reconsider(now, false, lease.transitions(), lease.holderName());
        own();
    }

    private void taken(Call call, @Nullable LeaseRecord record) {
        taking = false;
        candidacy.tried();
        if (!isOurs(record, call.term())) {
            return;
        }
        if (role == Role.PROVISIONAL && reign != null) {
            if (reign.term == call.term()) {
                renewed(call, record);
            } else {
                nextCall = now; // an older attempt came through: write the term we own by
            }
            return;
        }
        boolean wanted = (role == Role.FOLLOWER || role == Role.CANDIDATE) && standby.mayStand(now) && !stopping
                && now - call.sentNanos() < limits.renewDeadline()
                && !evidence.hearsBackedOwner(now, call.term());
        if (!wanted) {
            if (role == Role.FOLLOWER) {
                releasing = true;
                releaseUntil = now + limits.leaseDuration();
            }
            return;
        }
        boolean early = evidence.suspects().isPresent() && evidence.majoritySuspects(now);
        NodeName before = evidence.suspects().map(Ownership::owner).orElse(null);
        NodeName holding = before != null && evidence.isHolding(before, now) ? before : null;
        begin(Reign.byLease(call.term(), call.sentNanos(), early, holding, now, limits), Role.OWNER, "the Lease");
    }

    private boolean isOurs(@Nullable LeaseRecord record, long term) {
        return record != null && record.holder().equals(self.value()) && record.instance().equals(instance)
                && record.transitions() == term;
    }

    private void proven(Call call, @Nullable LeaseRecord record) {
        if (reign != null && reign.isLeased() && isOurs(record, reign.term)) {
            reign.proven(call.sentNanos());
        }
    }

    private void renewed(Call call, @Nullable LeaseRecord record) {
        tally.renewed(now - call.sentNanos());
        Reign current = reign;
        if (current == null || role == Role.STANDING_DOWN || !isOurs(record, current.term)) {
            return;
        }
        if (!current.isLeased()) {
            effects.journal(Kind.LEADER_CHANGED, "the Lease is written", "leader", self, "term", current.term);
        }
        current.renewed(call.sentNanos());
        role = Role.OWNER;
    }

    private void own() {
        Reign current = reign;
        if (current == null) {
            return;
        }
        current.weigh(evidence.backedUntil(current.term, now), evidence.canOvertake(), evidence.isMembershipKnown(),
                api.isWell() || evidence.anyReachesApi(now), now);
        StandDown reason = evidence.highestLeaseClaim(now) > current.term ? StandDown.LEASE_LOST : current.verdict(now);
        if (reason != null) {
            letGo(reason);
            return;
        }
        if (current.dutyNumber == 0) {
            NodeName before = current.predecessor;
            if (before == null || now - current.dutyNotBefore >= 0 || !evidence.isHolding(before, now)) {
                current.dutyNumber = ++dutyNumber;
                effects.takeOver(current.dutyNumber, new Leadership.Leader(current.term, current.validUntilNanos(now)));
            }
        }
        boolean holding = current.isHolding(now);
        if (holding != current.holdTold) {
            current.holdTold = holding;
            effects.journal(Kind.WAITING, holding
                    ? "no API server can renew for anybody: holding on by the majority's word"
                    : "the Lease is renewed again: holding by it", "term", current.term);
        }
        renew(current);
        StandDown move = current.dutyDone && current.isLeased()
                ? moves.wanted(current, standby.fitness(), evidence, now)
                : null;
        if (move != null) {
            letGo(move);
        }
    }

    private void renew(Reign current) {
        boolean urgent = current.isChecking() && calls.sinceLastSent(now) >= limits.peerTimeout() / 2;
        if (now - nextCall < 0 && !urgent) {
            return;
        }
        if (!calls.mayBegin(now, urgent ? limits.peerTimeout() / 2 : retry)) {
            return;
        }
        nextCall = now + jittered(retry);
        if (mustLook || !lease.isKnown()) {
            read();
            return;
        }
        write(Purpose.RENEW, self.value(), current.term, !current.isLeased());
    }

    private void letGo(StandDown reason) {
        Reign current = reign;
        if (current == null) {
            return;
        }
        role = Role.STANDING_DOWN;
        leaving = reason;
        dutyPending = true;
        dutyNumber++;
        tally.stoodDown(reason);
        effects.standDown(dutyNumber, reason);
    }

    private void clear() {
        if (!dutyPending && now - dutyRetry >= 0 && leaving != null) {
            dutyPending = true;
            dutyNumber++;
            effects.standDown(dutyNumber, leaving);
        }
    }

    /// Every address is gone, read back.
    private void gone() {
        Reign current = reign;
        StandDown reason = leaving;
        reign = null;
        leaving = null;
        role = Role.FOLLOWER;
        nextCall = now;
        if (current == null || reason == null) {
            return;
        }
        effects.journal(Kind.STOOD_DOWN, "this node owns the VIP no more", "reason", reason.text(), "term",
                current.term);
        standby.stoodDown(reason, now, limits.peerTimeout());
        LeaseRecord record = lease.record();
        boolean ours = current.isLeased() && isOurs(record, current.term);
        releasing = ours;
        releaseUntil = now + limits.leaseDuration();
        Optional<NodeName> successor = moves.successor(now);
        if (ours && record != null && successor.isPresent()) {
            grant = new Grant(successor.get(), current.term + 1, record.resourceVersion());
            grantUntil = now + limits.peerTimeout();
            nextCall = grantUntil;
            beatAll();
        }
    }

    /// After the addresses are gone: at once, or when the successor has not taken the Lease by itself.
    private void release() {
        LeaseRecord record = lease.record();
        boolean ours = record != null && record.holder().equals(self.value()) && record.instance().equals(instance);
        if ((lease.isKnown() && !ours) || now - releaseUntil >= 0) {
            releasing = false;
            grant = null;
            return;
        }
        if (now - nextCall < 0 || !calls.mayBegin(now, limits.peerTimeout())) {
            return;
        }
        nextCall = now + jittered(retry / 4);
        if (mustLook || record == null) {
            read();
        } else {
            write(Purpose.RELEASE, "", record.transitions(), false);
        }
    }

    // ---- the Lease as seen

    private void see(@Nullable LeaseRecord record, boolean authoritative) {
        String before = lease.holder();
        boolean known = lease.isKnown();
        if (!lease.observe(record, authoritative, now)) {
            return;
        }
        if (!known || !before.equals(lease.holder())) {
            tally.leaderChanges++;
            effects.journal(Kind.LEADER_CHANGED, "the Lease is " + (lease.isAbsent()
                    ? "absent"
                    : lease.isReleased() ? "released" : "held"), "leader", holderText(), "term", lease.transitions());
        }
        Reign current = reign;
        if (current == null || role == Role.STANDING_DOWN) {
            return;
        }
        if (current.isLeased()) {
            if (record != null && !isOurs(record, current.term)) {
                letGo(StandDown.LEASE_LOST);
            }
        } else if (record != null && !record.isReleased() && record.transitions() >= current.term
                && !isOurs(record, current.term)) {
            letGo(StandDown.LEASE_LOST);
        }
    }

    private String holderText() {
        return lease.isKnown() ? lease.holder().isEmpty() ? "nobody" : lease.holder() : "unknown";
    }

    // ---- talking to the members

    private void sayChanges() {
        Claim claim = claim();
        boolean changed = !claim.equals(lastClaim) || !evidence.attests().equals(lastAttests)
                || !evidence.suspects().equals(lastSuspects);
        if (changed || now - nextBeat >= 0) {
            lastClaim = claim;
            lastAttests = evidence.attests();
            lastSuspects = evidence.suspects();
            beatAll();
        }
    }

    private void beatAll() {
        nextBeat = now + heartbeat;
        for (NodeName peer : evidence.peers()) {
            beat(peer);
        }
    }

    private void beat(NodeName peer) {
        tally.heartbeatsSent++;
        effects.send(peer, evidence.heartbeat(peer, claim(), standing(), api.isWell(), lease.transitions(),
                Optional.ofNullable(grant), now));
    }

    private Claim claim() {
        Reign current = reign;
        return switch (role) {
            case FOLLOWER -> Claim.FOLLOWER;
            case CANDIDATE -> new Claim(Role.CANDIDATE, candidateTerm, false);
            case OWNER, PROVISIONAL, STANDING_DOWN -> current == null
                    ? Claim.FOLLOWER
                    : new Claim(role, current.term, current.isWatched());
        };
    }

    private Standing standing() {
        Fitness fitness = standby.standing(now);
        return new Standing(config.priority(), config.preempt(), fitness.fit() && !stopping, fitness.reason());
    }

    // ---- what others read

    Leadership leadership() {
        Reign current = reign;
        if (current != null && (role == Role.OWNER || role == Role.PROVISIONAL)) {
            return new Leadership.Leader(current.term, current.validUntilNanos(now));
        }
        return new Leadership.Follower(leader());
    }

    Optional<NodeName> leader() {
        if (role == Role.OWNER || role == Role.PROVISIONAL) {
            return Optional.of(self);
        }
        if (evidence.attests().isPresent()) {
            return evidence.attests().map(Ownership::owner);
        }
        NodeName holder = lease.holderName();
        boolean valid = holder != null && !holder.equals(self)
                && now - lease.expiresNanos(limits.leaseDuration()) < 0;
        return valid ? Optional.of(holder) : Optional.empty();
    }

    Role role() {
        return role;
    }

    @Nullable
    Reign reign() {
        return reign;
    }

    boolean isDoneStopping() {
        return stopped;
    }

    Fitness ownStanding() {
        return standby.standing(now);
    }

    boolean apiIsWell() {
        return api.isWell();
    }

    String apiProblem() {
        return api.problem();
    }

    long now() {
        return now;
    }

    /// When [#tick] is due at the latest.
    long nextNanos() {
        long next = now + heartbeat;
        next = earlier(next, nextBeat);
        next = earlier(next, nextCall);
        Reign current = reign;
        if (current != null && role != Role.STANDING_DOWN) {
            next = earlier(next, current.nextNanos(now));
        }
        if (candidacy.ground() != null) {
            next = earlier(next, candidacy.dueNanos(evidence, now));
        }
        if (takingEarly) {
            next = earlier(next, takeSent + limits.peerTimeout() / 4);
        }
        return next;
    }

    private long earlier(long next, long candidate) {
        // What is overdue waits for an answer, not for time: look again soon, but do not spin.
        long soonest = now + Math.min(heartbeat, 5_000_000L);
        long at = candidate - soonest < 0 ? candidate - now > 0 ? candidate : next : candidate;
        return at - next < 0 ? at : next;
    }

    private long jittered(long period) {
        return period - period / 20 + random.applyAsLong(Math.max(1, period / 10));
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }

    private static String text(Throwable problem) {
        String message = problem.getMessage();
        return message == null || message.isEmpty() ? problem.getClass().getSimpleName() : message;
    }
}
