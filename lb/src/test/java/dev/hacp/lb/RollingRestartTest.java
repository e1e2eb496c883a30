package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendUpkeep;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthChecker;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.lb.health.HealthMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

/// Pool, health, rebalancing and relay together, on loopback.
class RollingRestartTest {

    private static final int CLIENTS = 60;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Journal journal = new Journal();
    private final BackendPool pool = new BackendPool(new BackendConfig(Policy.LEAST_CONNECTIONS, false, 1000,
            Duration.ofMillis(500), Duration.ofMinutes(1), true, 20, Duration.ofSeconds(30)), journal,
            Ticker.system());

    @Test
    void threeBackendsAreEvenAgainAndNoClientSeesMoreThanAReconnect() throws Exception {
        List<KillableServer> servers = new ArrayList<>();
        ScheduledExecutorService thread = BackendUpkeep.thread();
        Balancer balancer = new Balancer(
                BalancerConfig.of(Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))), pool,
                journal, Ticker.system());
        HealthConfig tcp = new HealthConfig(HealthMode.TCP, Duration.ofMillis(200), 3, 2, Duration.ofSeconds(1));
        try (BackendUpkeep upkeep = new BackendUpkeep(pool, journal, Ticker.system(), thread, balancer);
                HealthChecker health = new HealthChecker(pool, tcp, HealthCredentials.NONE, Ticker.system(), thread)) {
            upkeep.start();
            health.start();
            for (int i = 0; i < 3; i++) {
                servers.add(new KillableServer(0));
            }
            pool.update(servers.stream().map(s -> BackendSpec.of(id(s))).toList());
            await().atMost(LONG).until(() -> pool.up() == 3);
            balancer.start();
            InetSocketAddress front = balancer.listeners().getFirst().address();
            try (EchoClients clients = new EchoClients(front, CLIENTS)) {
                await().atMost(LONG).until(() -> clients.connected() == CLIENTS && even());

                for (int i = 0; i < 3; i++) {
                    Backend backend = Objects.requireNonNull(pool.backend(id(servers.get(i))));
                    int port = servers.get(i).port();
                    servers.get(i).close();
                    await().atMost(LONG).until(() -> backend.state() == BackendState.DOWN);
                    await().atMost(LONG).until(() -> backend.current() == 0 && clients.connected() == CLIENTS);
                    servers.set(i, new KillableServer(port));
                    await().atMost(LONG).until(() -> backend.state() == BackendState.UP);
                }

                await().atMost(LONG).untilAsserted(() -> {
                    assertThat(even()).as(loads()).isTrue();
                    assertThat(clients.connected()).isEqualTo(CLIENTS);
                });
                assertThat(clients.refused()).as("connects that failed").isZero();
                assertThat(clients.hung()).as("exchanges without an answer").isZero();
                assertThat(clients.mostInARow()).as("failures of one client in a row").isLessThanOrEqualTo(2);
                assertThat(clients.broken()).as("connections that broke").isBetween(CLIENTS / 2, 4 * CLIENTS);
                assertThat(journal.entries().stream().map(Journal.Entry::message)).anyMatch(
                        message -> message.startsWith("rebalancing: "));
            }
        } finally {
            balancer.stop(Duration.ZERO);
            thread.shutdownNow();
            servers.forEach(KillableServer::close);
        }
    }

    /// Within 20 % of the mean, as rebalancing promises (or as close as whole connections can be).
    private boolean even() {
        int most = pool.members().stream().mapToInt(Backend::current).max().orElseThrow();
        int fewest = pool.members().stream().mapToInt(Backend::current).min().orElseThrow();
        return most - fewest <= Math.max(1, CLIENTS / 3 * 0.2);
    }

    private String loads() {
        return pool.members().stream().map(b -> b + "=" + b.current()).toList() + " "
                + journal.entries().stream().map(Journal.Entry::message).toList();
    }

    private static HostPort id(KillableServer server) {
        return new HostPort("127.0.0.1", server.port());
    }
}
