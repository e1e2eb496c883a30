package dev.hacp.lb.health;

import dev.hacp.core.Durations;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.OwnerThread;
import dev.hacp.core.RateLimit;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.Condition;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The checks of one backend: when the next is due, what the last one means. All fields belong to the one thread of the
/// scheduler, but for the snapshot and the flag that traffic sets.
final class BackendWatch {

    private static final Logger log = LoggerFactory.getLogger(BackendWatch.class);

    /// Lateness from which this process must have been paused (stopped, swapped, suspended): a failure says nothing.
    private static final long OWN_STALL_NANOS = 500_000_000L;
    private static final Duration TELL_UNCOUNTED = Duration.ofMinutes(1);
    private static final int MOST_INCONCLUSIVE_IN_A_ROW = 2;
    /// A warm connection does not show whether new ones are accepted: each minute a new one takes its place.
    private static final long WARM_NANOS = 60_000_000_000L;

    private final Backend backend;
    private final BackendPool pool;
    private final HealthConfig config;
    private final HealthCredentials credentials;
    private final Ticker ticker;
    private final ScheduledExecutorService scheduler;
    private final ThreadFactory threads;
    private final HealthMachine machine;
    private final FaultGuard guard;
    private final OwnerThread owner;
    private final AtomicBoolean reported = new AtomicBoolean();
    private volatile HealthSnapshot snapshot;

    private boolean stopped;
    private @Nullable WarmConnection warm;
    private @Nullable Check running;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ScheduledFuture<?> next;
    private long startedNanos;
    private boolean again;
    private boolean asked;
    private int inconclusiveInARow;
    /// By the last check that counted.
    private boolean heardNothing;
    private int silentInARow;
    private final RateLimit uncounted = new RateLimit(TELL_UNCOUNTED);

    /// @param owner the scheduler's thread
    BackendWatch(Backend backend, BackendPool pool, HealthConfig config, HealthCredentials credentials, Ticker ticker,
            ScheduledExecutorService scheduler, ThreadFactory threads, OwnerThread owner) {
        this.backend = backend;
        this.pool = pool;
        this.config = config;
        this.credentials = credentials;
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.threads = threads;
        this.owner = owner;
        this.guard = new FaultGuard("the checks of " + backend.id(), ticker);
        this.machine = new HealthMachine(config.fall(), config.rise());
        this.snapshot = HealthSnapshot.none(backend.id());
    }

    HealthSnapshot snapshot() {
        return snapshot;
    }

    void start() {
        step(() -> check(false));
    }

    void stop() {
        assert owner.isCurrent();
        stopped = true;
        cancel(next);
        cancel(deadline);
        if (running != null) {
            running.abort();
        }
        dropWarm();
    }

    /// The host name now resolves to another address.
    void addressChanged() {
        assert owner.isCurrent();
        dropWarm();
        if (running != null) {
            again = true;
        } else {
            step(() -> check(true));
        }
    }

    /// What is known is from before a pause of this process, and so is the open connection. On the scheduler's thread.
    void stale() {
        assert owner.isCurrent();
        if (running != null) {
            again = true;
        } else {
            step(() -> check(true));
        }
    }

    /// Traffic failed: any thread, as often as it likes; one report until the check that it causes has ended.
    void report(String what) {
        if (reported.compareAndSet(false, true)) {
            post(() -> {
                log.atDebug().addKeyValue("backend", backend.id()).addKeyValue("reason", what).log("checking at once");
                machine.evidence();
                if (running != null) {
                    again = true;
                } else {
                    long early = startedNanos + config.fastInterval().toNanos() - ticker.nanos();
                    schedule(Math.max(0, early), true);
                }
            });
        }
    }

    /// What it answers matters to others now: any thread.
    void ask() {
        post(() -> {
            asked = running != null;
            long early = Math.max(0, startedNanos + config.fastInterval().toNanos() - ticker.nanos());
            boolean sooner = next == null || next.getDelay(TimeUnit.NANOSECONDS) > early;
            if (running == null && sooner) {
                schedule(early, false);
            }
        });
    }

    /// @param fresh on a new connection: the warm one would not show that new ones fail
    private void check(boolean fresh) {
        InetSocketAddress address = backend.address();
        if (stopped || running != null) {
            return;
        }
        startedNanos = ticker.nanos();
        if (address == null) {
            schedule(config.interval().toNanos(), false);
            return;
        }
        boolean old = warm != null && startedNanos - warm.openedNanos() > WARM_NANOS;
        if (fresh || old) {
            dropWarm();
        }
        Check check = switch (config.mode()) {
            case HTTPS -> new HttpsCheck(backend.id(), address, credentials, config.connectTimeout(), threads, ticker,
                    warm, this::keep);
            case TCP -> new TcpCheck(address, ticker);
            case NONE -> throw new IllegalStateException("no checks are wanted");
        };
        running = check;
        if (suspectedOfSilence()) {
            pool.askOthers(backend);
        }
        deadline = scheduler.schedule(() -> step(() -> overdue(check)), config.timeout().toNanos(),
                TimeUnit.NANOSECONDS);
        threads.newThread(() -> {
            AtomicReference<CheckResult> result = new AtomicReference<>(
                    CheckResult.notAsked("the check itself failed, see the log", Duration.ZERO));
            guard.run(() -> result.set(check.run()));
            post(() -> finished(check, result.get()));
        }).start();
    }

    /// On the check's thread.
    private void keep(WarmConnection connection) {
        connection.onLost(() -> report("the open connection was ended"));
        post(() -> {
            if (stopped) {
                connection.abort();
            } else {
                dropWarm();
                warm = connection;
            }
        });
    }

    private void overdue(Check check) {
        if (check.equals(running)) {
            CheckResult result = check.overdue(config.timeout());
            check.abort();
            finished(check, result);
        }
    }

    private void finished(Check check, CheckResult result) {
        if (!check.equals(running) || stopped) {
            return;
        }
        running = null;
        cancel(deadline);
        reported.set(false);
        long late = ticker.nanos() - startedNanos - config.timeout().toNanos();
        boolean good = result.finding().good();
        if (result.inconclusive()) {
            notCounted(result.reason());
            // Not at once, anyone who waits for it: the shortage would only grow.
            scheduleNext(config.fastInterval(), again);
            return;
        }
        if (!good && late > OWN_STALL_NANOS && inconclusiveInARow < MOST_INCONCLUSIVE_IN_A_ROW) {
            inconclusiveInARow++;
            notCounted("this process was paused for "
                    + Durations.format(Duration.ofMillis(late / 1_000_000)) + "; it found: " + result.reason());
            check(true);
            return;
        }
        inconclusiveInARow = 0;
        heardNothing = result.heard() == Heard.NOTHING;
        BackendState before = machine.verdict();
        BackendState after = machine.found(result.finding(), result.refused());
        boolean wasUnknown = snapshot.readinessUnknown();
        snapshot = counted(result, before != null && before != after);
        tell(before, after, result, wasUnknown);
        if (again) {
            again = false;
            asked = false;
            schedule(0, true);
        } else {
            boolean soon = asked || machine.inTransition() || backend.unconfirmed();
            scheduleNext(soon ? config.fastInterval() : config.interval(), false);
        }
    }

    private void scheduleNext(Duration interval, boolean fresh) {
        again = false;
        asked = false;
        // A tenth more or less, so that checks of several backends, and of several nodes, are not synchronized.
        long jittered = (long) (interval.toNanos() * (0.9 + 0.2 * ThreadLocalRandom.current().nextDouble()));
        schedule(Math.max(0, startedNanos + jittered - ticker.nanos()), fresh);
    }

    /// Its next check may find it down for its silence, or its connections are kept because nobody else was heard.
    private boolean suspectedOfSilence() {
        return heardNothing && (backend.unconfirmed() || backend.state() != BackendState.DOWN);
    }

    private void notCounted(String why) {
        snapshot = inconclusive();
        if (machine.verdict() == null) {
            pool.explain(backend, why);
        }
        if (uncounted.tryAcquire(ticker.nanos())) {
            log.atWarn().addKeyValue("backend", backend.id()).addKeyValue("reason", why)
                    .addKeyValue("notShown", uncounted.takeRefused()).log("a health check is not counted");
        }
    }

    private void tell(@Nullable BackendState before, BackendState after, CheckResult result, boolean wasUnknown) {
        if (result.finding().good() || result.httpCode() != 0) {
            pool.answered(backend, startedNanos);
        }
        if (result.finding().good()) {
            pool.trust(backend, startedNanos);
        }
        // A refusal by this host's own kernel did not come over the network.
        if (result.heard() == Heard.ANSWER || (result.refused() && !backend.local())) {
            pool.heard(backend, startedNanos);
        }
        pool.slow(backend, result.duration().compareTo(config.timeout().dividedBy(2)) > 0);
        silentInARow = result.refused() || result.finding() != Finding.DEAD ? 0 : silentInARow + 1;
        Condition condition = condition(after, result);
        // Unconfirmed, each further silence decides again; a first good answer among them decides nothing.
        boolean anew = backend.unconfirmed() && result.finding() == Finding.DEAD;
        if (before != after || condition != backend.condition() || anew) {
            long failures = snapshot.failuresInARow();
            pool.health(backend, condition,
                    failures > 1 ? result.reason() + " (" + failures + " times)" : result.reason(),
                    heardNothing ? startedNanos : null);
        } else if (!backend.reason().equals(result.reason()) && result.finding().good() == (after == BackendState.UP)) {
            pool.explain(backend, result.reason());
        }
        boolean unknown = result.finding() == Finding.READINESS_UNKNOWN;
        if (unknown && !wasUnknown) {
            log.atWarn().addKeyValue("backend", backend.id()).addKeyValue("reason", result.reason())
                    .log("backend counts as up, but refuses the readiness check");
        }
    }

    private Condition condition(BackendState state, CheckResult result) {
        Condition before = backend.condition();
        return switch (state) {
            case UP -> Condition.READY;
            case DRAIN -> result.finding() == Finding.NOT_READY || result.finding() == Finding.UNVERIFIED
                    ? result.draining()
                    : before.state() == BackendState.DRAIN ? before : Condition.NOT_READY;
            // One lost packet does not make a server silent that refuses new connections and finishes what it has.
            case DOWN -> result.refused() || (before == Condition.REFUSES && silentInARow < config.fall())
                    ? Condition.REFUSES
                    : Condition.SILENT;
        };
    }

    private HealthSnapshot counted(CheckResult result, boolean transition) {
        HealthSnapshot old = snapshot;
        boolean good = result.finding().good();
        Optional<Instant> expires = result.certificateExpires().or(old::certificateExpires);
        return new HealthSnapshot(backend.id(), Optional.of(result.finding()), result.httpCode(), result.reason(),
                result.failing(), result.duration(), Instant.now(), old.checks() + 1,
                old.failures() + (good ? 0 : 1), good ? 0 : old.failuresInARow() + 1,
                old.transitions() + (transition ? 1 : 0), old.inconclusive(),
                result.finding() == Finding.READINESS_UNKNOWN, result.verified(), expires);
    }

    private HealthSnapshot inconclusive() {
        HealthSnapshot old = snapshot;
        return new HealthSnapshot(old.backend(), old.last(), old.httpCode(), old.reason(), old.failing(),
                old.duration(), old.at(), old.checks() + 1, old.failures(), old.failuresInARow(), old.transitions(),
                old.inconclusive() + 1, old.readinessUnknown(), old.verified(), old.certificateExpires());
    }

    /// Each check begins the next one: an exception must not end the check loop.
    private void step(Runnable work) {
        assert owner.isCurrent();
        if (!guard.run(work) && !stopped) {
            if (running != null) {
                running.abort();
                running = null;
            }
            cancel(deadline);
            reported.set(false);
            schedule(config.interval().toNanos(), true);
        }
    }

    private void schedule(long nanos, boolean fresh) {
        cancel(next);
        try {
            next = scheduler.schedule(() -> step(() -> check(fresh)), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            stopped = true;
        }
    }

    private void post(Runnable work) {
        try {
            scheduler.execute(() -> step(work));
        } catch (RejectedExecutionException e) {
            log.debug("shutting down: ignoring a check's result");
        }
    }

    private void dropWarm() {
        if (warm != null) {
            warm.abort();
            warm = null;
        }
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
