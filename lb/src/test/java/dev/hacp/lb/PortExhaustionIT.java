package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendUpkeep;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthChecker;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/// The balancer's own host runs out of source ports.
@RequiresRoot
class PortExhaustionIT {

    private static final int PORT = 6443;
    private static final int PORTS = 40;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());

    @Test
    void clientsThatAreTooManyCostNobodyElseAConnection() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        ScheduledExecutorService thread = BackendUpkeep.thread();
        try (Lan lan = Lan.create()) {
            Host client = lan.host("client");
            Host middle = lan.host("balancer");
            Host api = lan.host("api");
            middle.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 " + (40000 + PORTS - 1));
            ServerSocket server = api.call(() -> new ServerSocket(PORT, 500, api.ipv4()));
            open.add(server);
            List<Socket> accepted = Collections.synchronizedList(new ArrayList<>());
            open.add(() -> {
                for (Socket socket : List.copyOf(accepted)) {
                    socket.close();
                }
            });
            Thread.ofVirtual().start(() -> acceptAll(server, accepted));
            ThreadFactory inside = inside(middle);
            InetSocketAddress front = new InetSocketAddress(middle.ipv4(), PORT);
            Balancer balancer = new Balancer(BalancerConfig.of(Listen.at(front)), pool, new Journal(),
                    Ticker.system(), inside);
            open.add(() -> balancer.stop(Duration.ZERO));
            HealthConfig tcp = new HealthConfig(HealthMode.TCP, Duration.ofMillis(200), 3, 2, Duration.ofSeconds(1));
            HealthChecker health = new HealthChecker(pool, tcp, HealthCredentials.NONE, Ticker.system(), thread,
                    inside);
            open.add(health);
            health.start();
            balancer.start();
            HostPort id = new HostPort(IpAddresses.text(api.ipv4()), PORT);
            pool.update(List.of(BackendSpec.of(id)));
            await().atMost(LONG).until(() -> pool.up() == 1);
            Backend backend = pool.members().getFirst();

            List<Socket> established = new ArrayList<>();
            for (int i = 0; i < 3 * PORTS && established.size() < PORTS; i++) {
                long shortages = backend.status().shortages();
                Socket socket = connect(client, front);
                open.add(socket);
                int next = established.size() + 1;
                await().atMost(LONG)
                        .until(() -> backend.current() >= next || backend.status().shortages() > shortages);
                // A check has a port for a moment as well.
                if (backend.status().shortages() == shortages) {
                    established.add(socket);
                }
            }
            assertThat(backend.current()).isEqualTo(PORTS);
            try (Socket tooMany = connect(client, front)) {
                tooMany.setSoTimeout(5000);
                assertThat(ends(tooMany)).as("refused at once").isTrue();
            }
            assertThat(backend.status().shortages()).isPositive();
            // Now the checks find no port either.
            await().atMost(LONG).until(() -> health.snapshot(id).inconclusive() >= 5);

            assertThat(backend.state()).isEqualTo(BackendState.UP);
            assertThat(backend.status().connectErrors()).isZero();
            for (Socket socket : established) {
                socket.setSoTimeout(1);
                assertThat(ends(socket)).as(socket.toString()).isFalse();
            }
        } finally {
            for (AutoCloseable resource : open.reversed()) {
                resource.close();
            }
            thread.shutdownNow();
        }
    }

    private static Socket connect(Host from, InetSocketAddress to) {
        return from.call(() -> {
            Socket socket = new Socket();
            socket.connect(to, 5000);
            return socket;
        });
    }

    private static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static void acceptAll(ServerSocket server, List<Socket> accepted) {
        try {
            while (true) {
                accepted.add(server.accept());
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }

    private static ThreadFactory inside(Host host) {
        return task -> Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                host.namespace().enter();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            task.run();
        });
    }
}
