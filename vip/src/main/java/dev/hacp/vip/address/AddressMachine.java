package dev.hacp.vip.address;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.RateLimit;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.address.Phase.Holding;
import dev.hacp.vip.address.Phase.Idle;
import dev.hacp.vip.address.Phase.Leaving;
import dev.hacp.vip.address.Phase.Taking;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.wire.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /// What the machine asks the rest of the agent, and tells it.
    ///
    /// @param leadership the live value; must not block
    /// @param members    addresses of the cluster's other nodes and their names, empty where not known; must not block
    /// @param relinquish called when this node should let go for at least that long
    record Cluster(Supplier<Leadership> leadership, Supplier<Map<InetAddress, String>> members,
            BiConsumer<StandDown, Duration> relinquish) {}

    private static final Logger log = LoggerFactory.getLogger(AddressMachine.class);

    private final AddressTable table;
    private final Wire wire;
    private final Supplier<Leadership> leadership;
    private final BiConsumer<StandDown, Duration> relinquish;
    private final Journal journal;
    private final Ticker ticker;
    private final VipCounters counters;
    private final TrackedVips vips;
    private final VipTargets targets;
    private final OwnAddresses own;
    private final Location location;
    private final Announcer announcer;
    private final Strangers strangers;
    private final ConflictWatch conflicts;
    private final RateLimit kernelLog = new RateLimit(Duration.ofMinutes(1));

    private Phase phase = new Idle();
    private long lookAt;

    AddressMachine(VipConfig config, AddressTable table, Wire wire, Cluster cluster, Journal journal,
            Ticker ticker, VipCounters counters) {
        this.table = table;
        this.wire = wire;
        this.leadership = cluster.leadership();
        this.relinquish = cluster.relinquish();
        this.journal = journal;
        this.ticker = ticker;
        this.counters = counters;
        this.vips = new TrackedVips(config.garpInterval());
        this.targets = new VipTargets(table, config.literals(), vips);
        this.own = new OwnAddresses(table, vips, config.fence(), counters, journal);
        this.location = new Location(config.interfaceName(), table::isIpv6Disabled, journal);
        this.announcer = new Announcer(wire, counters);
        this.strangers = new Strangers(table, cluster.members(), journal, ticker.nanos());
        this.conflicts = new ConflictWatch(strangers, announcer, counters, journal, config.fence());
        this.lookAt = ticker.nanos();
    }

    /// The VIPs are these from now on, as far as they can be.
    ///
    /// @param problem why a name has no address; empty when all have
    /// @return the VIPs that are configured now
    Set<VirtualIp> targets(Set<VirtualIp> meant, String problem) {
        String refused = targets.mean(meant);
        location.names(refused.isEmpty() ? problem : refused);
        look();
        own.removeOutdated();
        return Set.copyOf(vips.addresses());
    }

    CompletionStage<Void> takeOver() {
        switch (phase) {
            case Taking(Takeover running) -> {
                return running.promise;
            }
            case Leaving leaving -> leaving.promise.completeExceptionally(
                    new CancellationException("overtaken by a takeover"));
            case Holding _ -> {
                look();
                if (vips.allHeld()) {
                    return CompletableFuture.completedFuture(null);
                }
            }
            case Idle _ -> {
                // The ordinary case.
            }
        }
        look();
        Takeover takeover = new Takeover(strangers.mustProbe(), ticker.nanos());
        phase = new Taking(takeover);
        take(takeover);
        return takeover.promise;
    }

    CompletionStage<Void> standDown(StandDown reason) {
        switch (phase) {
            case Taking(Takeover running) -> running.promise
                    .completeExceptionally(new CancellationException("overtaken: " + reason.text()));
            case Leaving leaving -> {
                return leaving.promise;
            }
            case Holding _,Idle _ -> {
                // Nothing to unwind in either state.
            }
        }
        Leaving leaving = new Leaving(ticker.nanos());
        phase = leaving;
        conflicts.notOurs(vips.all());
        leave(leaving);
        return leaving.promise;
    }

    /// The kernel reported a change, or reports were lost.
    void kernelChanged() {
        look();
    }

    /// The LAN must be told where the interface is now.
    void pathChanged() {
        if (phase instanceof Holding) {
            vips.all().forEach(vip -> vip.schedule.restart(ticker.nanos()));
        }
    }

    /// Frames can be sent again.
    void wireOpened() {
        if (phase instanceof Holding && mayAnnounce()) {
            announcer.announceOwed(vips.held(), ticker.nanos());
        }
    }

    /// Another machine claims the VIP.
    void claimed(VirtualIp claimed, MacAddress by) {
        TrackedVip vip = vips.get(claimed);
        if (vip == null) {
            return;
        }
        long now = ticker.nanos();
        switch (phase) {
            case Taking(Takeover takeover) when takeover.isAsking() -> conflicts.answered(vip, by, now)
                    .ifPresent(conflict -> {
                        phase = new Idle();
                        takeover.promise.completeExceptionally(conflict);
                    });
            // Not when the term is over: then it is the new owner that speaks, and our address is being removed.
            case Taking _,Holding _ when mayAct() -> conflicts.contested(vip, by, phase instanceof Taking, now);
            case Taking _,Holding _,Idle _,Leaving _ -> conflicts.heard(vip, by, now);
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
            announcer.ask(question);
        }
        switch (phase) {
            case Taking(Takeover takeover) when takeover.isDue(now) -> take(takeover);
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
            case Taking(Takeover takeover) -> Math.min(next, takeover.next());
            case Leaving leaving -> Math.min(next, leaving.next);
            case Holding holding -> {
                long contest = mayAnnounce() ? conflicts.next(vips.all(), next) : next;
                yield vips.held().stream().mapToLong(vip -> vip.schedule.next())
                        .reduce(Math.min(contest, holding.rearmAt), Math::min);
            }
        };
    }

    private void take(Takeover takeover) {
        if (takeover.step(() -> announcer.askAll(vips.addresses()), ticker.nanos())) {
            claim(takeover);
        }
    }

    /// Puts, reads back, announces.
    private void claim(Takeover takeover) {
        long now = ticker.nanos();
        @Nullable
        Exception failure = null;
        String problem = problem();
        LinkEntry link = location.link();
        if (problem.isEmpty() && !mayAct()) {
            // A process that was stopped between the elector's word and this step must not act on it.
            problem = "this node is not, or no longer, the owner of the VIP";
        }
        if (problem.isEmpty() && link != null) {
            try {
                own.putAll(link);
                problem = announcer.announceAll(vips.all(), now);
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
                failure = e;
            }
        }
        if (problem.isEmpty()) {
            phase = new Holding(now);
            strangers.held();
            conflicts.tookOver(now);
            journal.record(Journal.Kind.ADDRESS_PUT, "VIP added and announced", "vip", vips.addresses(),
                    "interface", location.interfaceName());
            takeover.promise.complete(null);
        } else if (!takeover.mayRetry(now)) {
            phase = new Idle();
            conflicts.notOurs(vips.all());
            own.removeAll();
            journal.record(Journal.Kind.ADDRESS_FAILED, "could not add the VIP", "vip", vips.addresses(),
                    "reason", problem);
            takeover.promise.completeExceptionally(new AddressException(problem, failure));
        }
    }

    private void hold(Holding holding, long now) {
        if (now - holding.rearmAt >= 0) {
            long late = now - holding.rearmAt;
            holding.rearmAt = now + REARM.toNanos();
            look();
            LinkEntry link = location.link();
            if (own.isFenced() && mayAct() && link != null) {
                own.rearm(link, now);
                counters.rearmed(late);
            }
        }
        if (mayAnnounce()) {
            conflicts.tick(vips.all(), now);
        } else if (!mayAct()) {
            conflicts.notOurs(vips.all());
        }
        announcer.announceDue(vips.held(), mayAnnounce(), now);
    }

    /// Whether we may still act as owner: by the elector's live value, not by what it said when it called.
    private boolean mayAct() {
        return leadership.get() instanceof Leadership.Leader leader && ticker.nanos() - leader.validUntilNanos() < 0;
    }

    private boolean mayAnnounce() {
        return mayAct() && location.isUp();
    }

    private void leave(Leaving leaving) {
        long now = ticker.nanos();
        String problem = own.removeAll();
        if (problem.isEmpty()) {
            phase = new Idle();
            leaving.promise.complete(null);
        } else if (now - leaving.giveUpAt >= 0) {
            phase = new Idle();
            journal.record(Journal.Kind.ADDRESS_FAILED, "could not remove the VIP", "vip", vips.addresses(),
                    "reason", problem);
            leaving.promise.completeExceptionally(new AddressException(problem, null));
        } else {
            leaving.next = now + Takeover.RETRY.toNanos();
        }
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
                    if (addresses.stream().anyMatch(vips::isOurs)) {
                        own.removeAll();
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
        Location.Change change = location.observe(vips.addresses(), links, addresses, phase instanceof Holding, now);
        LinkEntry link = location.link();
        if (link != null) {
            wire.serve(link, vips.addresses());
        }
        switch (change) {
            case DOWN -> letGo(StandDown.LINK_DOWN);
            case UNUSABLE -> letGo(StandDown.ADDRESS_FAILED);
            case UP, MOVED -> {
                if (phase instanceof Holding) {
                    vips.all().forEach(vip -> vip.schedule.restart(now));
                }
            }
            case NONE -> {
                // As it was.
            }
        }
    }

    private void letGo(StandDown reason) {
        if (!(phase instanceof Idle)) {
            relinquish.accept(reason, location.holdDown());
        }
    }

    private void repair(List<AddressEntry> addresses, long now) {
        LinkEntry link = location.link();
        if (link == null) {
            vips.noneHeld();
            return;
        }
        vips.readBack(link, addresses);
        if (mayAct()) {
            List<TrackedVip> repaired = own.repair(link, addresses, now);
            if (!repaired.isEmpty()) {
                // Onto a dead link nothing is sent: when it comes back every schedule starts over.
                if (location.isUp()) {
                    announcer.announceAll(repaired, now);
                }
                journal.record(Journal.Kind.ADDRESS_REPAIRED,
                        "the VIP was removed from outside: added again and announced",
                        "vip", repaired.stream().map(vip -> vip.vip).toList(), "interface", link.name());
            }
        }
    }

    private String problem() {
        return location.problem(vips.isEmpty());
    }

    Fitness fitness() {
        String wireProblem = announcer.problem();
        Fitness wired = wireProblem.isEmpty() ? Fitness.FIT : Fitness.unfit(wireProblem);
        LinkEntry link = location.link();
        Fitness put = phase instanceof Holding && link != null ? own.fitness(link, ticker.nanos()) : Fitness.FIT;
        return location.fitness(vips.isEmpty(), ticker.nanos()).and(strangers.fitness()).and(wired).and(put);
    }

    VipStatus status() {
        long now = ticker.nanos();
        return new VipStatus(location.interfaceName(), fitness().reason(),
                vips.all().stream().map(vip -> new VipStatus.Vip(vip.vip,
                        vip.held, Optional.ofNullable(vip.lastAnnounced), Optional.ofNullable(vip.conflict(now))))
                        .toList());
    }
}
