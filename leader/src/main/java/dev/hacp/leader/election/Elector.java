package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.Pulse;
import dev.hacp.core.StandDown;
import dev.hacp.core.Suspension;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the [Election] on its own thread `hacp-leader`. Calls to the Lease API run on virtual threads, so that one which
/// hangs delays no deadline; events wait in a queue with the ticker's reading of their arrival.
public final class Elector {

    /// Readings of the clocks differ by less while nothing is suspended.
    private static final long SUSPENDED = 10_000_000;
    private static final Logger log = LoggerFactory.getLogger(Elector.class);

    private final ElectorConfig config;
    private final NodeName node;
    private final LeaseApi api;
    private final Optional<MemberChannel> channel;
    private final LeaderDuty duty;
    private final Supplier<Fitness> fitness;
    private final Ticker ticker;
    private final Suspension suspension;
    private long suspendedNanos;
    private final Journal journal;
    private final LinkedBlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
    private final Pulse pulse = new Pulse("hacp-leader");
    private final Election election;
    private final Thread thread;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable CompletableFuture<NodeName> handover;
    private @Nullable AutoCloseable watch;

    private volatile Leadership leadership = Leadership.Follower.OF_NOBODY;
    private volatile Published published;
    private volatile ElectorCounters counters;

    /// @param channel empty when there are no other members: the Lease alone decides
    /// @param fitness sampled about every heartbeat on the elector's thread: must not block
    public Elector(ElectorConfig config, NodeName node, LeaseApi api, Optional<MemberChannel> channel, LeaderDuty duty,
            Supplier<Fitness> fitness, Ticker ticker, Journal journal) {
        this(config, node, api, channel, duty, fitness, ticker, journal, Suspension.system());
    }

    Elector(ElectorConfig config, NodeName node, LeaseApi api, Optional<MemberChannel> channel, LeaderDuty duty,
            Supplier<Fitness> fitness, Ticker ticker, Journal journal, Suspension suspension) {
        this.config = config;
        this.node = node;
        this.api = api;
        this.channel = channel;
        this.duty = duty;
        this.fitness = fitness;
        this.ticker = ticker;
        this.journal = journal;
        this.suspension = suspension;
        this.suspendedNanos = suspension.totalNanos();
        long instance = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        this.election = new Election(config, node, instance, new Outside(), ThreadLocalRandom.current()::nextLong,
                ticker.nanos());
        this.published = snapshot();
        this.counters = election.counters();
        this.thread = Thread.ofPlatform().name("hacp-leader").daemon().unstarted(this::run);
    }

    /// Begins to watch the Lease, to find members and to stand for owner. Called once.
    public void start() {
        thread.start();
    }

    /// What this node believes now; while it is the owner the validity moves forward all the time.
    public Leadership leadership() {
        return leadership;
    }

    /// As the elector's thread said last; when that thread is paused, without what has run out since.
    public ElectorStatus status() {
        Published last = published;
        long now = ticker.nanos();
        return last.status.after(Duration.ofNanos(Math.max(0, now - last.nanos)), last.backedUntilNanos - now > 0);
    }

    private record Published(ElectorStatus status, long nanos, long backedUntilNanos) {}

    public ElectorCounters counters() {
        return counters;
    }

    /// Hands the VIP over.
    ///
    /// @param to the successor; empty for the best
    /// @return who owns it then; exceptionally, with a sentence for the operator, when it cannot be or did not work
    public CompletionStage<NodeName> handover(Optional<NodeName> to) {
        CompletableFuture<NodeName> result = new CompletableFuture<>();
        events.add(() -> {
            if (handover != null) {
                result.completeExceptionally(new IllegalStateException("another handover is under way"));
                return;
            }
            handover = result;
            election.handover(to, ticker.nanos());
        });
        return result;
    }

    /// What probes say of that member's kernel now; called on any thread.
    public void kernel(NodeName member, KernelState state) {
        events.add(() -> election.kernel(member, state, ticker.nanos()));
    }

    /// Lets go of the VIP (when it is ours) and does not stand again before `holdDown` has passed.
    public void relinquish(StandDown reason, Duration holdDown) {
        events.add(() -> election.relinquish(reason, holdDown.toNanos(), ticker.nanos()));
    }

    /// Stands down, hands over or releases, and leaves the membership.
    ///
    /// @return completes when no VIP is held and the Lease is released; at the latest after about four seconds,
    ///         unless an address cannot be removed
    public CompletableFuture<Void> stop() {
        events.add(() -> election.stop(ticker.nanos()));
        return done;
    }

    /// Completes after [#stop], exceptionally when the elector has failed: it holds nothing then and does nothing more.
    public CompletionStage<Void> ended() {
        return done;
    }

    /// Of the election's thread.
    public Pulse pulse() {
        return pulse;
    }

    // ---- the thread

    private void run() {
        try {
            watch = api.watch(new LeaseEvents());
            channel.ifPresentOrElse(members -> members.start(new MemberEvents()), election::withoutMembers);
            while (!ended.isDone()) {
                pulse.beat();
                long wait = Math.min(election.nextNanos() - ticker.nanos(), Pulse.PERIOD.toNanos());
                Runnable event = wait > 0 ? events.poll(wait, TimeUnit.NANOSECONDS) : events.poll();
                // What has arrived is taken in before time is judged: our own delay is nobody's silence.
                while (event != null) {
                    // Before it is: a heartbeat would show the same time again, as that of a clock that was paused.
                    noticeSuspension();
                    event.run();
                    event = events.poll();
                }
                noticeSuspension();
                election.tick(ticker.nanos(), fitness.get(), channel.map(MemberChannel::deafNanos).orElse(0L));
                publish();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            // Without its elector this agent must not own anything: the duty's fence and the Lease's expiry do the rest.
            log.error("the elector has failed; standing down", e);
            leadership = Leadership.Follower.OF_NOBODY;
            duty.standDown(StandDown.SHUTDOWN);
            done.completeExceptionally(e);
            return;
        } finally {
            pulse.end();
            close();
        }
        done.complete(null);
    }

    private void noticeSuspension() {
        long asleep = suspension.totalNanos() - suspendedNanos;
        if (asleep >= SUSPENDED) {
            suspendedNanos += asleep;
            election.suspended(asleep, ticker.nanos());
        }
    }

    private void close() {
        closeQuietly("watch", watch);
        channel.ifPresent(members -> {
            try {
                members.leave();
            } catch (RuntimeException e) {
                log.warn("leaving the members failed: {}", e.getMessage());
            }
        });
    }

    private static void closeQuietly(String what, @Nullable AutoCloseable closeable) {
        if (closeable == null) {
            return;
        }
        try {
            closeable.close();
        } catch (Exception e) {
            log.debug("closing the {} failed", what, e);
        }
    }

    private void publish() {
        leadership = election.leadership();
        published = snapshot();
        counters = election.counters();
    }

    private Published snapshot() {
        long now = election.now();
        Leadership believed = election.leadership();
        OwnershipTerm ownershipTerm = election.ownershipTerm();
        boolean owner = believed instanceof Leadership.Leader && ownershipTerm != null;
        Duration since = owner && ownershipTerm != null
                ? Duration.ofNanos(now - ownershipTerm.sinceNanos)
                : Duration.ZERO;
        Duration remaining = believed instanceof Leadership.Leader leader
                ? Duration.ofNanos(Math.max(0, leader.validUntilNanos() - election.reading()))
                : Duration.ZERO;
        LeaseView lease = election.lease();
        Optional<Duration> renewedAgo = lease.record() == null
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(now - lease.renewedNanos()));
        ElectorStatus status = new ElectorStatus(node, election.role(), election.leader(), believed,
                owner && ownershipTerm != null ? ownershipTerm.term : lease.transitions(), since,
                election.leader().flatMap(lease::acquiredBy), remaining, renewedAgo,
                owner && ownershipTerm != null && ownershipTerm.isHolding(now),
                owner && ownershipTerm != null && ownershipTerm.isBacked(now),
                election.apiProblem(), election.ownStanding(), election.evidence().roster().size(),
                election.evidence().roster().quorum(), Duration.ofNanos(election.latenessNanos()),
                election.evidence().roster().status(now));
        long reading = election.reading();
        return new Published(status, reading,
                ownershipTerm == null ? reading : ownershipTerm.backedUntilNanos() - now + reading);
    }

    /// Carries out what the state machine wants; called on its thread.
    private final class Outside implements Effects {

        @Override
        public void call(long number, LeaseCall call) {
            Thread.ofVirtual().name("hacp-lease-" + number).start(() -> carryOut(number, call));
        }

        private void carryOut(long number, LeaseCall call) {
            try {
                LeaseRecord result = switch (call) {
                    case LeaseCall.Read _ -> api.read().orElse(null);
                    case LeaseCall.Write write -> store(write);
                    case LeaseCall.TryWrite _ -> {
                        api.tryWrite();
                        yield null;
                    }
                };
                events.add(() -> election.succeeded(number, result, ticker.nanos()));
            } catch (LeaseApiException.Conflict e) {
                events.add(() -> election.conflicted(number, ticker.nanos()));
            } catch (LeaseApiException | RuntimeException e) {
                String reason = e.getMessage() == null ? e.toString() : e.getMessage();
                events.add(() -> election.failed(number, reason, ticker.nanos()));
            }
        }

        private LeaseRecord store(LeaseCall.Write write) throws LeaseApiException {
            Instant wallClock = Instant.now().truncatedTo(ChronoUnit.MICROS); // MicroTime
            LeaseRecord known = write.known();
            Instant acquired = write.acquired() || known == null ? wallClock : known.acquireTime();
            LeaseRecord record = new LeaseRecord(write.holder(), (int) config.leaseDuration().toSeconds(), acquired,
                    wallClock, write.transitions(), write.resourceVersion(), write.annotations());
            return write.resourceVersion().isEmpty() ? api.create(record) : api.update(record);
        }

        @Override
        public void takeOver(long number, Leadership.Leader leader) {
            leadership = leader;
            duty.takeOver(leader).whenComplete((_, problem) -> events
                    .add(() -> election.tookOver(number, cause(problem), ticker.nanos())));
        }

        @Override
        public void standDown(long number, StandDown reason) {
            leadership = election.leadership();
            duty.standDown(reason).whenComplete((_, problem) -> events
                    .add(() -> election.stoodDown(number, cause(problem), ticker.nanos())));
        }

        private static @Nullable Throwable cause(@Nullable Throwable problem) {
            return problem instanceof java.util.concurrent.CompletionException && problem.getCause() != null
                    ? problem.getCause()
                    : problem;
        }

        @Override
        public void send(NodeName peer, Heartbeat heartbeat) {
            channel.ifPresent(members -> members.send(peer, heartbeat));
        }

        @Override
        public void journal(Journal.Kind kind, String message, Object... keysAndValues) {
            journal.record(kind, message, keysAndValues);
        }

        @Override
        public void handoverEnded(NodeName successor, String problem) {
            CompletableFuture<NodeName> waiting = handover;
            handover = null;
            if (waiting != null && problem.isEmpty()) {
                waiting.complete(successor);
            } else if (waiting != null) {
                waiting.completeExceptionally(new IllegalStateException(problem));
            }
        }

        @Override
        public void stopped() {
            ended.complete(null);
        }
    }

    private final class LeaseEvents implements LeaseApi.Listener {

        @Override
        public void observed(LeaseRecord record) {
            events.add(() -> election.observed(record, ticker.nanos()));
        }

        @Override
        public void deleted() {
            events.add(() -> election.observed(null, ticker.nanos()));
        }
    }

    private final class MemberEvents implements MemberChannel.Listener {

        @Override
        public void members(Set<NodeName> members) {
            events.add(() -> election.members(members, ticker.nanos()));
        }

        @Override
        public void heartbeat(NodeName from, Heartbeat heartbeat, long receivedNanos) {
            events.add(() -> election.heard(from, heartbeat, receivedNanos, ticker.nanos()));
        }

        @Override
        public void lost(NodeName peer, MemberChannel.Loss loss) {
            events.add(() -> election.lost(peer, loss, ticker.nanos()));
        }

        @Override
        public void differs(NodeName peer, String why) {
            events.add(() -> election.differs(peer, why, ticker.nanos()));
        }
    }
}
