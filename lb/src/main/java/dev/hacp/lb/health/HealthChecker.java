package dev.hacp.lb.health;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendListener;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.Subscription;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks every backend of a pool and tells the pool their states. The schedule runs on one thread, each check on one of
/// its own (virtual ones, unless others are given), with a hard limit on its duration.
public final class HealthChecker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);

    private final BackendPool pool;
    private final HealthConfig config;
    private final HealthCredentials credentials;
    private final Ticker ticker;
    private final ScheduledExecutorService scheduler;
    private final ThreadFactory threads;
    private final Map<Backend, BackendWatch> watches = new ConcurrentHashMap<>();
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
        this.pool = pool;
        this.config = config;
        this.credentials = credentials;
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.threads = threads;
    }

    public synchronized void start() {
        if (config.mode() != HealthMode.NONE) {
            reports = pool.reportTo((backend, what) -> on(backend, w -> w.report(what)));
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
        post(() -> {
            watches.values().forEach(BackendWatch::stop);
            watches.clear();
        });
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
        if (config.mode() == HealthMode.NONE) {
            pool.health(backend, BackendState.UP, "not checked (health mode none)");
        } else if (!watches.containsKey(backend)) {
            BackendWatch watch = new BackendWatch(backend, pool, config, credentials, ticker, scheduler, threads);
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
            log.debug("Stopping: the backends are not followed any more");
        }
    }
}
