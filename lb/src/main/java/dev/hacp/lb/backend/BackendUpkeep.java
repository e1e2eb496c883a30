package dev.hacp.lb.backend;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.OwnerThread;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a pool needs as time passes: slow start, drain timeouts, rebalancing, host names. All its state belongs to the
/// one thread of the given scheduler; names are resolved on threads of their own, because that blocks.
public final class BackendUpkeep implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BackendUpkeep.class);
    /// How long a server that refuses new connections may finish those it has: kube-apiserver gives requests in flight 60 s
    /// (--shutdown-delay-duration before that, with the listener open).
    static final Duration REFUSED_GRACE = Duration.ofSeconds(70);
    /// How long one that cannot serve keeps its connections while others can, and over which time it loses them.
    static final Duration UNABLE_GRACE = Duration.ofSeconds(5);
    static final Duration UNABLE_SPREAD = Duration.ofSeconds(10);
    private static final long TICK_MILLIS = 500;
    private static final double FIRST_SHARE = 0.1;

    private final BackendPool pool;
    private final BackendConfig config;
    private final Journal journal;
    private final Ticker ticker;
    private final ScheduledExecutorService thread;
    private final ConnectionCloser closer;
    private final AddressResolver resolver;
    private final ThreadFactory blocking;
    private final Rebalancer rebalancer;
    private final FaultGuard guard;
    private final Pulse pulse = new Pulse("hacp-backends");
    /// Of all that follows, from the first round on.
    private final OwnerThread owner = new OwnerThread();
    private final Map<Backend, Member> tracked = new HashMap<>();
    private final Set<HostPort> resolving = new HashSet<>();
    private long nextResolve;
    private boolean rebalancing;
    private @Nullable Subscription following;
    private @Nullable ScheduledFuture<?> ticking;

    /// What this class remembers of a backend; touched on its thread only.
    private static final class Member {
        private boolean wasDown;
        private boolean seenUp;
        private long upSince;
        private long drainingSince;
        private boolean ramping;
        private boolean expired;
        /// What the last tick saw, and since when.
        private @Nullable Condition condition;
        private long conditionSince;
        /// How many connections it loses per tick; 0 while it keeps them.
        private int shedding;
    }

    /// @param thread runs all of this; single-threaded, owned by the caller (see [#thread])
    public BackendUpkeep(BackendPool pool, Journal journal, Ticker ticker, ScheduledExecutorService thread,
            ConnectionCloser closer) {
        this(pool, journal, ticker, thread, closer, AddressResolver.system(),
                Thread.ofVirtual().name("hacp-resolve-", 0).factory());
    }

    public BackendUpkeep(BackendPool pool, Journal journal, Ticker ticker, ScheduledExecutorService thread,
            ConnectionCloser closer, AddressResolver resolver, ThreadFactory blocking) {
        this.pool = pool;
        this.config = pool.config();
        this.journal = journal;
        this.ticker = ticker;
        this.thread = thread;
        this.closer = closer;
        this.resolver = resolver;
        this.blocking = blocking;
        this.guard = new FaultGuard("the upkeep of the backends", ticker);
        this.rebalancer = new Rebalancer(config.rebalancePerSecond(), config.policy());
    }

    /// The thread that upkeep and health checks share: daemon, named `hacp-backends`.
    public static ScheduledExecutorService thread() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().name("hacp-backends").daemon(true).factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    public synchronized void start() {
        nextResolve = ticker.nanos();
        following = pool.follow(new BackendListener() {
            @Override
            public void joined(Backend backend) {
                BackendState state = backend.state();
                BackendUpkeep.this.run(() -> track(backend, state));
            }

            @Override
            public void forgotten(Backend backend) {
                BackendUpkeep.this.run(() -> forget(backend));
            }

            @Override
            public void stateChanged(Backend backend, BackendState from, BackendState to) {
                BackendUpkeep.this.run(() -> changed(backend, from, to));
            }
        });
        ticking = thread.scheduleWithFixedDelay(guard.around(this::tick), TICK_MILLIS, TICK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void close() {
        pulse.end();
        if (ticking != null) {
            ticking.cancel(false);
        }
        if (following != null) {
            following.close();
        }
    }

    private void run(Runnable work) {
        try {
            thread.execute(guard.around(work));
        } catch (RejectedExecutionException e) {
            log.debug("shutting down: ignoring a change of the backends");
        }
    }

    /// Of the thread that it shares with the health checks.
    public Pulse pulse() {
        return pulse;
    }

    private void track(Backend backend, BackendState state) {
        assert owner.isCurrent();
        Member member = tracked.computeIfAbsent(backend, b -> new Member());
        if (state == BackendState.UP) {
            member.seenUp = true;
            member.upSince = ticker.nanos();
        }
        if (backend.address() == null) {
            resolve(backend);
        }
    }

    private void forget(Backend backend) {
        assert owner.isCurrent();
        tracked.remove(backend);
    }

    private void changed(Backend backend, BackendState from, BackendState to) {
        assert owner.isCurrent();
        Member member = tracked.computeIfAbsent(backend, b -> new Member());
        long now = ticker.nanos();
        member.expired = false;
        switch (to) {
            case UP -> {
                boolean back = member.wasDown && member.seenUp;
                // A newcomer among established ones is as cold as a restarted one; at our own start all are new.
                boolean late = !member.seenUp && tracked.entrySet().stream().anyMatch(
                        e -> e.getKey().state() == BackendState.UP && e.getValue().seenUp && e.getKey() != backend
                                && now - e.getValue().upSince > config.slowStart().toNanos());
                member.ramping = (back || late) && !config.slowStart().isZero();
                boolean recovered = member.seenUp || late;
                member.wasDown = false;
                member.seenUp = true;
                member.upSince = now;
                ramp(backend, member, now);
                if (recovered && config.rebalance() && rebalances()) {
                    rebalancer.recovered(now);
                }
            }
            case DRAIN -> member.drainingSince = now;
            case DOWN -> member.wasDown = true;
        }
        if (from == BackendState.UP) {
            member.ramping = false;
            pool.share(backend, 1);
        }
    }

    /// By address or by preference the load is not meant to be even.
    private boolean rebalances() {
        return config.policy() != Policy.SOURCE_HASH && !config.preferLocal();
    }

    /// One round; also called by tests that own the time.
    void tick() {
        assert owner.isCurrent();
        pulse.beat();
        long now = ticker.nanos();
        boolean ramping = false;
        for (Map.Entry<Backend, Member> entry : tracked.entrySet()) {
            Backend backend = entry.getKey();
            Member member = entry.getValue();
            if (member.ramping) {
                ramp(backend, member, now);
                ramping |= member.ramping;
            }
            Condition condition = backend.condition();
            if (condition != member.condition) {
                member.condition = condition;
                member.conditionSince = now;
                member.shedding = 0;
            }
            if (backend.state() == BackendState.DRAIN) {
                expire(backend, member, now);
                shed(backend, member, now);
            } else if (!member.expired && backend.view().refusing()
                    && now - member.conditionSince >= REFUSED_GRACE.toNanos()) {
                member.expired = true;
                pool.resetAll(backend, backend.reason());
            }
        }
        pool.forgetIdle();
        if (!ramping) {
            rebalance(now);
        }
        if (now - nextResolve >= 0) {
            nextResolve = now + config.resolveInterval().toNanos();
            pool.backends().forEach(this::resolve);
        }
    }

    private void ramp(Backend backend, Member member, long now) {
        if (!member.ramping) {
            pool.share(backend, 1);
            return;
        }
        double part = (now - member.upSince) / (double) config.slowStart().toNanos();
        member.ramping = part < 1;
        pool.share(backend, Math.min(1, FIRST_SHARE + (1 - FIRST_SHARE) * part));
    }

    private void expire(Backend backend, Member member, long now) {
        boolean ordered = backend.leaving() || backend.admin() == AdminState.DRAIN;
        boolean due = !config.drainTimeout().isZero()
                && now - member.drainingSince >= config.drainTimeout().toNanos();
        if (due && !member.expired && backend.current() > 0 && (ordered || pool.up() > 0)) {
            member.expired = true;
            journal.record(Journal.Kind.BACKENDS, "drain timeout: the remaining connections are reset", "backend",
                    backend.id(), "connections", backend.current());
            pool.resetAll(backend, "drain timeout");
        }
    }

    /// One that cannot serve, while others can: its clients are sent there, the longest idle first, a few at a time.
    private void shed(Backend backend, Member member, long now) {
        boolean due = member.condition == Condition.CANNOT_SERVE
                && now - member.conditionSince >= UNABLE_GRACE.toNanos();
        if (!due || pool.up() == 0 || backend.current() == 0) {
            return;
        }
        if (member.shedding == 0) {
            member.shedding = Math.max(1, (int) Math.ceil(
                    backend.current() * (double) TICK_MILLIS / UNABLE_SPREAD.toMillis()));
            journal.record(Journal.Kind.BACKENDS, "backend cannot serve: its clients are sent to others", "backend",
                    backend.id(), "reason", backend.reason(), "connections", backend.current());
        }
        closer.closeLongestIdle(backend, member.shedding, ConnectionCloser.Purpose.CANNOT_SERVE);
    }

    private void rebalance(long now) {
        List<Backend> up = pool.upNow();
        Rebalancer.Step step = rebalancer.next(up, now, ThreadLocalRandom.current().nextDouble());
        if (step != null) {
            if (!rebalancing) {
                rebalancing = true;
                journal.record(Journal.Kind.BACKENDS,
                        "rebalancing: the longest-idle HTTP/2 connections in excess are closed",
                        "connections", loads(up), "perSecond", config.rebalancePerSecond());
            }
            closer.closeLongestIdle(step.backend(), step.connections(), ConnectionCloser.Purpose.REBALANCE);
        } else if (rebalancing && !rebalancer.active()) {
            rebalancing = false;
            String message = switch (rebalancer.ended()) {
                case BUDGET -> "rebalancing stopped: the closed clients did not spread";
                case TIME -> "rebalancing stopped: it took too long";
                case FIXED -> "rebalancing stopped: the rest cannot reconnect without a loss";
                case EVEN -> "rebalanced";
                case null -> "rebalanced";
            };
            journal.record(Journal.Kind.BACKENDS, message, "connections", loads(up), "closed", rebalancer.closed());
        }
    }

    private static String loads(List<Backend> up) {
        StringBuilder text = new StringBuilder();
        for (Backend backend : up) {
            text.append(text.isEmpty() ? "" : ",").append(backend.id()).append('=').append(backend.current());
        }
        return text.toString();
    }

    private void resolve(Backend backend) {
        assert owner.isCurrent();
        HostPort id = backend.id();
        if (id.literal().isPresent() || !resolving.add(id)) {
            return;
        }
        blocking.newThread(() -> {
            InetAddress found = null;
            String problem = "";
            try {
                List<InetAddress> all = resolver.resolve(id.host());
                var known = backend.address();
                // The one in use is kept as long as the name still has it: several addresses often come shuffled.
                found = known != null && all.contains(known.getAddress()) ? known.getAddress() : all.getFirst();
            } catch (UnknownHostException e) {
                problem = "host name " + id.host() + " does not resolve";
            }
            InetAddress address = found;
            String why = problem;
            run(() -> {
                assert owner.isCurrent();
                resolving.remove(id);
                pool.resolved(backend, address, why);
            });
        }).start();
    }
}
