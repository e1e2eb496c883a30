package dev.hacp.vip;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.conflict.RateLimit;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.wire.Wire;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides, step by step, what happens to the VIPs on this node. Every method is one step: it looks at the kernel, acts,
/// and returns; nothing blocks. Of one thread.
final class AddressMachine {

    static final Duration REARM = Duration.ofSeconds(1);
    static final Duration LOOK = Duration.ofSeconds(5);
    /// Until this cluster is known to own the VIP: a first failover soon after the start should not have to ask the LAN.
    static final Duration LOOK_EARLY = Duration.ofMillis(500);
    static final Duration PROBE_WAIT = Duration.ofMillis(250);
    static final Duration PROBE_REPEAT = Duration.ofMillis(100);
    static final Duration RETRY = Duration.ofMillis(50);
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private sealed interface Phase {}

    /// The VIPs are not ours; any that is here is a leftover.
    private static final class Idle implements Phase {}

    private static final class Taking implements Phase {
        private final CompletableFuture<Void> promise = new CompletableFuture<>();
        private boolean probing;
        private boolean probed;
        private long probedUntil;
        private long next;
        private long giveUpAt;
    }

    private static final class Holding implements Phase {
        private long rearmAt;
    }

    private static final class Leaving implements Phase {
        private final CompletableFuture<Void> promise = new CompletableFuture<>();
        private long next;
        private long giveUpAt;
    }

    private static final Logger log = LoggerFactory.getLogger(AddressMachine.class);

    private final VipConfig config;
    private final AddressTable table;
    private final Wire wire;
    private final Supplier<Leadership> leadership;
    private final BiConsumer<StandDown, Duration> relinquish;
    private final Journal journal;
    private final Ticker ticker;
    private final VipCounters counters;
    private final Strangers strangers;
    private final LinkHealth health = new LinkHealth();
    private final Map<VirtualIp, TrackedVip> tracked = new TreeMap<>();
    private final Set<VirtualIp> everWanted = new TreeSet<>();
    private final RateLimit kernelLog = new RateLimit(Duration.ofMinutes(1));

    private Phase phase = new Idle();
    private Placement placement = new Placement.Nowhere("the address side has not started yet");
    private String namesProblem = "";
    private String waitingFor = "";
    private long lookAt;

    AddressMachine(VipConfig config, AddressTable table, Wire wire, AddressKeeper.Surroundings surroundings,
            Journal journal, Ticker ticker, VipCounters counters) {
        this.config = config;
        this.table = table;
        this.wire = wire;
        this.leadership = surroundings.leadership();
        this.relinquish = surroundings.relinquish();
        this.journal = journal;
        this.ticker = ticker;
        this.counters = counters;
        this.strangers = new Strangers(table, surroundings.members());
        this.lookAt = ticker.nanos();
    }

    /// The VIPs are these from now on.
    void targets(Set<VirtualIp> vips, String problem) {
        namesProblem = problem;
        everWanted.addAll(vips);
        List<TrackedVip> gone = tracked.values().stream().filter(t -> !vips.contains(t.vip)).toList();
        for (TrackedVip old : gone) {
            tracked.remove(old.vip);
        }
        vips.forEach(vip -> tracked.computeIfAbsent(vip, v -> new TrackedVip(v, config.garpInterval())));
        look();
        if (!gone.isEmpty()) {
            removeOurs(false);
        }
    }

    CompletionStage<Void> takeOver() {
        switch (phase) {
            case Taking taking -> {
                return taking.promise;
            }
            case Leaving leaving -> leaving.promise.completeExceptionally(
                    new CancellationException("overtaken by a takeover"));
            case Holding _ -> {
                look();
                if (tracked.values().stream().allMatch(t -> t.held)) {
                    return CompletableFuture.completedFuture(null);
                }
            }
            case Idle _ -> {
                // The ordinary case.
            }
        }
        look();
        long now = ticker.nanos();
        Taking taking = new Taking();
        taking.giveUpAt = now + PATIENCE.toNanos();
        taking.next = now;
        phase = taking;
        taking.probing = strangers.mustProbe();
        continueTaking(taking, now);
        return taking.promise;
    }

    CompletionStage<Void> standDown(StandDown reason) {
        switch (phase) {
            case Taking taking -> taking.promise
                    .completeExceptionally(new CancellationException("overtaken: " + reason.text()));
            case Leaving leaving -> {
                return leaving.promise;
            }
            case Holding _,Idle _ -> {
                // Both end without further ado.
            }
        }
        Leaving leaving = new Leaving();
        leaving.giveUpAt = ticker.nanos() + PATIENCE.toNanos();
        phase = leaving;
        leave(leaving);
        return leaving.promise;
    }

    /// The kernel reported a change, or reports were lost.
    void kernelChanged() {
        look();
    }

    /// Another machine claims the VIP.
    void claimed(VirtualIp vip, MacAddress by) {
        TrackedVip claimedVip = tracked.get(vip);
        if (claimedVip == null) {
            return;
        }
        long now = ticker.nanos();
        switch (phase) {
            case Taking taking when taking.probing -> {
                if (!strangers.isMember(by)) {
                    refuse(taking, claimedVip, by, now);
                }
            }
            case Taking _,Holding _ -> defend(claimedVip, by, now);
            case Idle _,Leaving _ -> strangers.heard(vip, by, now);
        }
    }

    private void refuse(Taking taking, TrackedVip claimedVip, MacAddress by, long now) {
        counters.conflicts.increment();
        claimedVip.claimedBy(by, now);
        strangers.found(claimedVip.vip, by, now);
        VipConflictException conflict = new VipConflictException(claimedVip.vip, by);
        journal.record(Journal.Kind.CONFLICT, conflict.getMessage() + "; it was not taken", "vip", claimedVip.vip,
                "mac", by);
        phase = new Idle();
        taking.promise.completeExceptionally(conflict);
    }

    private void defend(TrackedVip claimedVip, MacAddress by, long now) {
        counters.conflicts.increment();
        claimedVip.claimedBy(by, now);
        if (mayAct() && claimedVip.held && claimedVip.defence.tryAcquire(now) && announce(claimedVip, now)) {
            counters.defences.increment();
        }
        if (claimedVip.conflictLog.tryAcquire(now)) {
            if (strangers.isMember(by)) {
                log.info("the former owner's kernel, {}, still answers for the VIP {}: announced again", by,
                        claimedVip.vip);
            } else {
                journal.record(Journal.Kind.CONFLICT,
                        "another machine claims the VIP while it is ours: it is defended by announcements", "vip",
                        claimedVip.vip, "mac", by);
            }
        }
    }

    /// Does what is due.
    void tick() {
        long now = ticker.nanos();
        strangers.observe(leadership.get(), now);
        if (now - lookAt >= 0) {
            look();
        }
        VirtualIp question = strangers.dueQuestion(now);
        if (question != null && phase instanceof Idle && leadership.get() instanceof Leadership.Follower(var leader)
                && leader.isEmpty()) {
            probe(question);
        }
        switch (phase) {
            case Taking taking when now - taking.next >= 0 -> continueTaking(taking, now);
            case Leaving leaving when now - leaving.next >= 0 -> leave(leaving);
            case Holding holding -> hold(holding, now);
            case Taking _,Leaving _,Idle _ -> {
                // Nothing is due.
            }
        }
    }

    /// The next instant at which [#tick] has something to do.
    long next() {
        long next = Math.min(lookAt, strangers.next(lookAt));
        return switch (phase) {
            case Idle _ -> next;
            case Taking taking -> Math.min(next, taking.next);
            case Leaving leaving -> Math.min(next, leaving.next);
            case Holding holding -> tracked.values().stream().filter(t -> t.held).mapToLong(t -> t.schedule.next())
                    .reduce(Math.min(next, holding.rearmAt), Math::min);
        };
    }

    private void continueTaking(Taking taking, long now) {
        if (taking.probing && !taking.probed && now - taking.giveUpAt < 0) {
            if (probeAll()) {
                taking.probed = true;
                taking.probedUntil = now + PROBE_WAIT.toNanos();
                taking.next = now + PROBE_REPEAT.toNanos();
            } else {
                // The wire is just being opened; an unasked question has no answer.
                taking.next = now + RETRY.toNanos();
            }
        } else if (taking.probing && taking.probed && now - taking.probedUntil < 0) {
            probeAll();
            taking.next = taking.probedUntil;
        } else {
            taking.probing = false;
            if (taking.probed) {
                taking.probed = false;
                taking.giveUpAt = now + PATIENCE.toNanos();
            }
            claim(taking);
        }
    }

    private boolean probeAll() {
        boolean all = true;
        for (VirtualIp vip : tracked.keySet()) {
            all &= probe(vip);
        }
        return all;
    }

    private boolean probe(VirtualIp vip) {
        try {
            wire.probe(vip);
            return true;
        } catch (IOException e) {
            log.debug("cannot probe for {}: {}", vip, e.getMessage());
            return false;
        }
    }

    /// Puts, reads back, announces; what fails is tried again until the patience is over.
    private void claim(Taking taking) {
        long now = ticker.nanos();
        @Nullable
        Exception failure = null;
        String problem = problem();
        if (problem.isEmpty() && placement instanceof Placement.On(LinkEntry link)) {
            try {
                putAll(link);
                problem = announceAll(now);
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
                failure = e;
            }
        }
        if (problem.isEmpty()) {
            Holding holding = new Holding();
            holding.rearmAt = now + REARM.toNanos();
            phase = holding;
            strangers.held();
            journal.record(Journal.Kind.ADDRESS_PUT, "the VIP is on this node and announced", "vip", tracked.keySet(),
                    "interface", interfaceName());
            taking.promise.complete(null);
        } else if (now - taking.giveUpAt >= 0) {
            phase = new Idle();
            removeOurs(false);
            journal.record(Journal.Kind.ADDRESS_FAILED, "the VIP could not be taken", "vip", tracked.keySet(), "reason",
                    problem);
            taking.promise.completeExceptionally(new AddressException(problem, failure));
        } else {
            taking.next = now + RETRY.toNanos();
        }
    }

    private void putAll(LinkEntry link) throws IOException {
        for (TrackedVip vip : tracked.values()) {
            if (!vip.held) {
                table.put(link, vip.vip, config.fence());
                counters.puts.increment();
            }
        }
        readBack(link, table.addresses());
        for (TrackedVip vip : tracked.values()) {
            if (!vip.held) {
                throw new IOException("put " + vip.vip + " on " + link.name() + ": the kernel does not list it");
            }
        }
    }

    private void readBack(LinkEntry link, List<AddressEntry> addresses) {
        for (TrackedVip vip : tracked.values()) {
            vip.held = addresses.stream().anyMatch(entry -> entry.interfaceIndex() == link.index() && entry.isOurs()
                    && !entry.isTentative() && entry.address().equals(vip.vip.address()));
        }
    }

    /// @return empty when all are announced
    private String announceAll(long now) {
        String problem = "";
        for (TrackedVip vip : tracked.values()) {
            vip.schedule.restart(now);
            if (!announce(vip, now)) {
                problem = "the VIP " + vip.vip + " could not be announced: " + wire.problem();
            }
        }
        return problem;
    }

    private boolean announce(TrackedVip vip, long now) {
        try {
            counters.announcements.add(wire.announce(vip.vip));
            vip.schedule.announced(now);
            vip.lastAnnounced = Instant.now();
            return true;
        } catch (IOException e) {
            counters.announceFailures.increment();
            vip.schedule.failed(now);
            if (vip.failureLog.tryAcquire(now)) {
                log.warn("vip={} cannot be announced: {}", vip.vip, e.getMessage());
            }
            return false;
        }
    }

    private void hold(Holding holding, long now) {
        if (now - holding.rearmAt >= 0) {
            counters.rearmed(now - holding.rearmAt);
            holding.rearmAt = now + REARM.toNanos();
            look();
            rearm();
        }
        for (TrackedVip vip : tracked.values()) {
            if (vip.held && vip.schedule.isDue(now)) {
                if (mayAct() && health.isUp()) {
                    announce(vip, now);
                } else {
                    vip.schedule.failed(now);
                }
            }
        }
    }

    private void rearm() {
        if (!config.fence().isZero() && mayAct() && placement instanceof Placement.On(LinkEntry link)) {
            for (TrackedVip vip : tracked.values()) {
                if (vip.held) {
                    put(link, vip);
                }
            }
        }
    }

    private boolean put(LinkEntry link, TrackedVip vip) {
        try {
            table.put(link, vip.vip, config.fence());
            return true;
        } catch (IOException e) {
            if (vip.failureLog.tryAcquire(ticker.nanos())) {
                log.warn("vip={} interface={} cannot be put: {}", vip.vip, link.name(), e.getMessage());
            }
            return false;
        }
    }

    /// Whether we may still act as owner: by the elector's live value, not by what it said when it called.
    private boolean mayAct() {
        return leadership.get() instanceof Leadership.Leader leader && ticker.nanos() - leader.validUntilNanos() < 0;
    }

    private void leave(Leaving leaving) {
        long now = ticker.nanos();
        String problem = removeOurs(true);
        if (problem.isEmpty()) {
            phase = new Idle();
            leaving.promise.complete(null);
        } else if (now - leaving.giveUpAt >= 0) {
            phase = new Idle();
            journal.record(Journal.Kind.ADDRESS_FAILED, "the VIP could not be removed", "vip", tracked.keySet(),
                    "reason", problem);
            leaving.promise.completeExceptionally(new AddressException(problem, null));
        } else {
            leaving.next = now + RETRY.toNanos();
        }
    }

    /// Removes what hacp put and nobody else's: all of it, or what is no longer wanted.
    ///
    /// @return empty when the kernel lists none of them any more
    private String removeOurs(boolean wantedToo) {
        try {
            boolean removed = false;
            for (AddressEntry entry : table.addresses()) {
                if (isOurs(entry, wantedToo)) {
                    table.remove(entry.interfaceIndex(), new VirtualIp(entry.address()));
                    removed = true;
                    counters.removes.increment();
                    journal.record(Journal.Kind.ADDRESS_REMOVED, "the VIP is no longer on this node", "vip",
                            new VirtualIp(entry.address()));
                }
            }
            List<AddressEntry> left = removed
                    ? table.addresses().stream().filter(entry -> isOurs(entry, wantedToo)).toList()
                    : List.of();
            if (wantedToo) {
                tracked.values().forEach(vip -> vip.held = false);
            }
            return left.isEmpty() ? "" : "the kernel still lists " + left;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private boolean isOurs(AddressEntry entry, boolean wantedToo) {
        return entry.isOurs() && everWanted.stream().anyMatch(vip -> vip.address().equals(entry.address()))
                && (wantedToo || !(phase instanceof Holding)
                        || tracked.keySet().stream().noneMatch(vip -> vip.address().equals(entry.address())));
    }

    /// Reads the kernel's tables and brings them and our picture together.
    private void look() {
        long now = ticker.nanos();
        lookAt = now + (strangers.mustProbe() ? LOOK_EARLY : LOOK).toNanos();
        try {
            List<AddressEntry> addresses = table.addresses();
            place(table.links(), addresses, now);
            switch (phase) {
                case Holding _ -> repair(addresses, now);
                case Idle _ -> {
                    if (addresses.stream().anyMatch(entry -> isOurs(entry, true))) {
                        removeOurs(true);
                    }
                }
                case Taking _,Leaving _ -> {
                    // Their own steps look.
                }
            }
        } catch (IOException e) {
            if (kernelLog.tryAcquire(now)) {
                log.warn("cannot read the kernel's address table: {}", e.getMessage());
            }
        }
    }

    private void place(List<LinkEntry> links, List<AddressEntry> addresses, long now) {
        String before = interfaceName();
        placement = Placement.find(config.interfaceName(), tracked.keySet(), links, addresses);
        boolean up = placement instanceof Placement.On(LinkEntry link) && link.isUp();
        boolean known = placement instanceof Placement.On || health.isUp();
        if (placement instanceof Placement.On(LinkEntry link)) {
            wire.serve(link, tracked.keySet());
        }
        if (known && health.observe(up, now)) {
            String name = interfaceName().isEmpty() ? before : interfaceName();
            journal.record(Journal.Kind.LINK, up ? "the VIP's interface is up again" : "the VIP's interface is down",
                    "interface", name);
            if (!up && !(phase instanceof Idle)) {
                relinquish.accept(StandDown.LINK_DOWN, health.holdDown());
            }
            if (up && phase instanceof Holding) {
                tracked.values().forEach(vip -> vip.schedule.restart(now));
            }
        }
        String problem = problem();
        if (!problem.equals(waitingFor)) {
            waitingFor = problem;
            if (!problem.isEmpty()) {
                journal.record(Journal.Kind.WAITING, "cannot hold the VIP on this node yet", "reason", problem);
            }
        }
    }

    private String problem() {
        if (tracked.isEmpty() && !namesProblem.isEmpty()) {
            return namesProblem;
        }
        return placement instanceof Placement.Nowhere(String problem) ? problem : "";
    }

    private String interfaceName() {
        return placement instanceof Placement.On(LinkEntry link) ? link.name() : "";
    }

    private void repair(List<AddressEntry> addresses, long now) {
        if (!(placement instanceof Placement.On(LinkEntry link))) {
            tracked.values().forEach(vip -> vip.held = false);
            return;
        }
        readBack(link, addresses);
        if (!mayAct()) {
            return;
        }
        List<VirtualIp> repaired = new ArrayList<>();
        for (TrackedVip vip : tracked.values()) {
            if (!vip.held && put(link, vip)) {
                vip.held = true;
                repaired.add(vip.vip);
                counters.puts.increment();
                counters.repairs.increment();
                vip.schedule.restart(now);
                announce(vip, now);
            } else if (vip.held && isFirst(vip.vip, link, addresses)) {
                putLast(link, vip);
            }
        }
        if (!repaired.isEmpty()) {
            journal.record(Journal.Kind.ADDRESS_REPAIRED, "somebody removed the VIP: put back and announced", "vip",
                    repaired, "interface", link.name());
        }
    }

    /// The first IPv4 address of an interface is what programs take for the node's own.
    private static boolean isFirst(VirtualIp vip, LinkEntry link, List<AddressEntry> addresses) {
        List<AddressEntry> own = addresses.stream()
                .filter(e -> e.interfaceIndex() == link.index() && e.address().getAddress().length == 4).toList();
        return own.size() > 1 && own.getFirst().address().equals(vip.address())
                && own.stream().anyMatch(e -> !e.isOurs());
    }

    private void putLast(LinkEntry link, TrackedVip vip) {
        try {
            table.remove(link.index(), vip.vip);
        } catch (IOException e) {
            log.warn("vip={} cannot be moved behind the node's own address: {}", vip.vip, e.getMessage());
        }
        vip.held = put(link, vip);
    }

    Fitness fitness() {
        String problem = problem();
        Fitness placed = problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem);
        String wireProblem = wire.problem();
        Fitness wired = wireProblem.isEmpty() ? Fitness.FIT : Fitness.unfit(wireProblem);
        return placed.and(health.fitness(interfaceName(), ticker.nanos())).and(strangers.fitness()).and(wired);
    }

    VipStatus status() {
        long now = ticker.nanos();
        String problem = problem().isEmpty() ? fitness().reason() : problem();
        return new VipStatus(interfaceName(), problem, tracked.values().stream().map(vip -> new VipStatus.Vip(vip.vip,
                vip.held, Optional.ofNullable(vip.lastAnnounced), Optional.ofNullable(vip.conflict(now)))).toList());
    }
}
