package dev.hacp.lb.health;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.Fitness;
import dev.hacp.core.HostPort;
import dev.hacp.core.OwnerThread;
import dev.hacp.core.Pauses;
import dev.hacp.core.Suspension;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendListener;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.PassiveReports;
import dev.hacp.lb.backend.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks every backend of a pool and tells the pool their states. The schedule runs on one thread, each check on one of
/// its own (virtual ones, unless others are given), with a hard limit on its duration.
public final class HealthChecker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);
    private static final Duration TICK = Duration.ofMillis(100);
    /// As long as that must a pause be to make older checks worthless: a member that is paused for longer than the
    /// default peer timeout is replaced, and must not be chosen for what it knew before.
    private static final Duration PAUSE = Duration.ofMillis(400);

    private final BackendPool pool;
    private final HealthConfig config;
    private final HealthCredentials credentials;
    private final Ticker ticker;
    private final ScheduledExecutorService scheduler;
    private final ThreadFactory threads;
    private final Pauses pauses;
    private final FaultGuard guard;
    private final Map<Backend, BackendWatch> watches = new ConcurrentHashMap<>();
    private final OwnerThread owner = new OwnerThread();
    /// Of the scheduler's thread.
    private Optional<Pauses.Pause> handled = Optional.empty();
    private @Nullable ScheduledFuture<?> ticking;
    private @Nullable Subscription following;
    private @Nullable Subscription reports;

    /// @param scheduler single-threaded and owned by the caller; `BackendUpkeep.thread()`
    public HealthChecker(BackendPool pool, HealthConfig config, HealthCredentials credentials, Ticker ticker,
            ScheduledExecutorService scheduler) {
        this(pool, config, credentials, ticker, scheduler, Thread.ofVirtual().name("hacp-check-", 0).factory());
    }

    /// @param threads for checks, which block; a thread's network namespace is the one that its sockets are in
    public HealthChecker(BackendPool pool, HealthConfig config, HealthCredentials credentials, Ticker ticker,
            ScheduledExecutorService scheduler, ThreadFactory threads) {
        this(pool, config, credentials, ticker, scheduler, threads, Suspension.system());
    }

    HealthChecker(BackendPool pool, HealthConfig config, HealthCredentials credentials, Ticker ticker,
            ScheduledExecutorService scheduler, ThreadFactory threads, Suspension suspension) {
        this.pool = pool;
        this.config = config;
        this.credentials = new SteadyCredentials(credentials, ticker);
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.threads = threads;
        this.pauses = new Pauses(ticker, suspension, TICK, PAUSE);
        this.guard = new FaultGuard("the watch for pauses", ticker);
    }

    public synchronized void start() {
        if (config.mode() != HealthMode.NONE) {
            ticking = scheduler.scheduleWithFixedDelay(guard.around(this::tick), 0, TICK.toMillis(),
                    TimeUnit.MILLISECONDS);
            reports = pool.reportTo(new PassiveReports() {
                @Override
                public void failed(Backend backend, String what) {
                    on(backend, watch -> watch.report(what));
                }

                @Override
                public void ask(Backend backend) {
                    on(backend, BackendWatch::ask);
                }
            });
        }
        following = pool.follow(new BackendListener() {
            @Override
            public void joined(Backend backend) {
                post(() -> watch(backend));
            }

            @Override
            public void forgotten(Backend backend) {
                post(() -> {
                    BackendWatch watch = watches.remove(backend);
                    if (watch != null) {
                        watch.stop();
                    }
                });
            }

            @Override
            public void addressChanged(Backend backend) {
                post(() -> on(backend, BackendWatch::addressChanged));
            }
        });
    }

    /// No check runs or is due after this.
    @Override
    public synchronized void close() {
        if (following != null) {
            following.close();
        }
        if (reports != null) {
            reports.close();
        }
        if (ticking != null) {
            ticking.cancel(false);
        }
        post(() -> {
            watches.values().forEach(BackendWatch::stop);
            watches.clear();
        });
    }

    /// Whether what is known of the backends is from after the last pause of this process: what was found before it says
    /// nothing about now. Any thread.
    public Fitness fitness() {
        return pauses.last()
                .filter(pause -> pool.backends().stream().noneMatch(b -> b.answeredSince(pause.endedNanos())))
                .map(pause -> Fitness.reluctant("no health check since " + pause)).orElse(Fitness.FIT);
    }

    private void tick() {
        assert owner.isCurrent();
        Optional<Pauses.Pause> pause = pauses.tick();
        if (pause.isPresent() && !pause.equals(handled)) {
            handled = pause;
            log.info("checking all backends again: {}", pause.get());
            watches.values().forEach(BackendWatch::stale);
        }
    }

    /// Of every backend that is checked; any thread.
    public List<HealthSnapshot> snapshots() {
        return watches.values().stream().map(BackendWatch::snapshot).toList();
    }

    /// Nothing known yet: a snapshot that says so.
    public HealthSnapshot snapshot(HostPort id) {
        return snapshots().stream().filter(s -> s.backend().equals(id)).findFirst()
                .orElseGet(() -> HealthSnapshot.none(id));
    }

    private void watch(Backend backend) {
        assert owner.isCurrent();
        if (config.mode() == HealthMode.NONE) {
            pool.health(backend, BackendState.UP, "not checked (health mode none)");
        } else if (!watches.containsKey(backend)) {
            BackendWatch watch = new BackendWatch(backend, pool, config, credentials, ticker, scheduler, threads,
                    owner);
            watches.put(backend, watch);
            watch.start();
        }
    }

    private void on(Backend backend, Consumer<BackendWatch> action) {
        BackendWatch watch = watches.get(backend);
        if (watch != null) {
            action.accept(watch);
        }
    }

    private void post(Runnable work) {
        try {
            scheduler.execute(work);
        } catch (RejectedExecutionException e) {
            log.debug("shutting down: no longer following the backends");
        }
    }
}
