package dev.hacp.agent.composition;

import dev.hacp.agent.config.BalancerSettings;
import dev.hacp.agent.metrics.VipClients;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.Fitness;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.lb.Balancer;
import dev.hacp.lb.BalancerConfig;
import dev.hacp.lb.Rehearsal;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendUpkeep;
import dev.hacp.lb.backend.Condition;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthChecker;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The balancer with its backends, their upkeep and their health checks: `run` and `balance` compose it alike.
final class BalancerPart {

    private static final long HEAP_SECONDS = 10;

    private final Ticker ticker;
    private final ScheduledExecutorService thread = BackendUpkeep.thread();
    private final boolean checked;
    private final RelayConfig relay;
    private final BackendPool pool;
    private final Balancer balancer;
    private final BackendUpkeep upkeep;
    private final HealthChecker health;
    private final VipClients clients = new VipClients();

    BalancerPart(BalancerSettings config, List<Listen> listen, HealthCredentials credentials, Journal journal,
            Ticker ticker) {
        this.ticker = ticker;
        pool = new BackendPool(config.spread(), journal, ticker);
        relay = config.relay();
        checked = config.health().mode() != HealthMode.NONE;
        balancer = new Balancer(new BalancerConfig(listen, config.limits(), relay, 0), pool, journal, ticker);
        upkeep = new BackendUpkeep(pool, journal, ticker, thread, balancer);
        health = new HealthChecker(pool, config.health(), credentials, ticker, thread);
    }

    /// Makes the first clients fast ones; blocks for at most about this long.
    void rehearse(Duration atMost) {
        Rehearsal.run(relay, atMost);
    }

    /// Listens, and begins to check what backends there are.
    ///
    /// @throws IOException naming the address that could not be had
    void start() throws IOException {
        upkeep.start();
        health.start();
        balancer.start();
        balancer.follow(clients);
        OldGeneration.ofThisProcess().map(new FaultGuard("the upkeep of the heap", ticker)::around)
                .ifPresent(task -> thread.scheduleWithFixedDelay(task, HEAP_SECONDS, HEAP_SECONDS, TimeUnit.SECONDS));
    }

    /// The backends are these from now on.
    void backends(Collection<HostPort> backends) {
        pool.update(backends.stream().map(BackendSpec::of).toList());
    }

    /// What health checks make of it; empty when it is no backend, or nothing is checked.
    Optional<Condition> condition(HostPort id) {
        return checked ? Optional.ofNullable(pool.backend(id)).map(Backend::condition) : Optional.empty();
    }

    /// Whether clients would reach an API server from here. One that drains counts: its readiness is the same seen from
    /// every node, while what is down may be down for this node only. What was known before a pause of this process no longer
    /// counts.
    Fitness fitness() {
        List<Backend> backends = pool.backends();
        if (backends.isEmpty()) {
            return Fitness.unfit("no API server is known to balance over");
        }
        boolean alive = backends.stream().anyMatch(backend -> backend.state() != BackendState.DOWN);
        return alive
                ? health.fitness()
                : Fitness.unfit("none of the " + backends.size() + " API servers is reachable");
    }

    /// See [BackendPool#doubt]; without checks nothing would end the doubt.
    void doubt(InetAddress host, String why) {
        if (checked) {
            pool.doubt(host, why);
        }
    }

    BackendPool pool() {
        return pool;
    }

    Balancer balancer() {
        return balancer;
    }

    /// How many there are for each VIP.
    VipClients clients() {
        return clients;
    }

    HealthChecker health() {
        return health;
    }

    /// Of each event loop and of the thread of the health checks.
    List<Pulse> pulses() {
        List<Pulse> pulses = new ArrayList<>(balancer.pulses());
        pulses.add(upkeep.pulse());
        return pulses;
    }

    /// Stops accepting, gives connections `grace` to end, resets the rest.
    void stop(Duration grace) {
        balancer.stop(grace);
        health.close();
        upkeep.close();
        thread.shutdownNow();
    }
}
