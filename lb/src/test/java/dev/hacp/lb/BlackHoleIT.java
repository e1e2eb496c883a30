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
import dev.hacp.lb.health.HealthCredential;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.lb.health.ReadyzServer;
import dev.hacp.lb.health.TestCa;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A backend from which nothing comes back: no reset, no refusal, the link stays up. Real packets, the defaults of
/// `hacp run`.
@RequiresRoot
class BlackHoleIT {

    private static final Logger log = LoggerFactory.getLogger(BlackHoleIT.class);
    private static final int PORT = 6443;
    private static final int CLIENTS = 6;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Journal journal = new Journal();
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, journal, Ticker.system());
    private final TestCa ca = new TestCa();

    /// A kept-alive TLS connection through the balancer, reading all the time as a watch does.
    private final class Watcher implements AutoCloseable {
        private final Socket tcp;
        private final SSLSocket tls;

        Watcher(Host from, InetSocketAddress balancer) throws IOException {
            tcp = from.call(() -> {
                Socket socket = new Socket();
                socket.connect(balancer, 5000);
                return socket;
            });
            HealthCredential credential = ca.credential();
            tls = (SSLSocket) credential.context().getSocketFactory().createSocket(tcp, "kubernetes", PORT, true);
            tls.startHandshake();
            ask();
        }

        void ask() throws IOException {
            tls.setSoTimeout(5000);
            tls.getOutputStream().write(
                    "GET /readyz HTTP/1.1\r\nHost: kubernetes\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[1024];
            int n = 0;
            while (!new String(answer, 0, n, StandardCharsets.US_ASCII).endsWith("\r\n\r\nok")) {
                int more = tls.getInputStream().read(answer, n, answer.length - n);
                if (more < 0) {
                    throw new IOException("ended");
                }
                n += more;
            }
            tls.setSoTimeout(0);
        }

        /// Blocks until the connection ends.
        void watch() {
            try {
                tls.getInputStream().read();
            } catch (IOException e) {
                // That is what it waits for.
            }
        }

        @Override
        public void close() {
            try {
                tcp.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void clientsOfABlackHoledBackendAreResetWithinFiveSecondsAndTheOthersDoNotNotice() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        ScheduledExecutorService thread = BackendUpkeep.thread();
        try (Lan lan = Lan.create(); ExecutorService watching = Executors.newVirtualThreadPerTaskExecutor()) {
            Host client = lan.host("client");
            Host middle = lan.host("balancer");
            List<Host> apis = lan.hosts("api1", "api2");
            for (Host api : apis) {
                open.add(api.call(() -> new ReadyzServer(ca.server("kubernetes"),
                        new InetSocketAddress(api.ipv4(), PORT))));
            }
            ThreadFactory inside = task -> Thread.ofPlatform().daemon().unstarted(() -> {
                try {
                    middle.namespace().enter();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                task.run();
            });
            InetSocketAddress front = new InetSocketAddress(middle.ipv4(), PORT);
            Balancer balancer = new Balancer(BalancerConfig.of(Listen.at(front)), pool, journal, Ticker.system(),
                    inside);
            open.add(() -> balancer.stop(Duration.ZERO));
            HealthCredential credential = ca.credential();
            HealthCredentials credentials = () -> Optional.of(credential);
            HealthChecker health = new HealthChecker(pool, HealthConfig.DEFAULT, credentials, Ticker.system(), thread,
                    inside);
            open.add(health);
            health.start();
            balancer.start();
            pool.update(apis.stream().map(api -> BackendSpec.of(id(api))).toList());
            await().atMost(LONG).until(() -> pool.up() == 2);

            List<Watcher> watchers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Watcher watcher = new Watcher(client, front);
                open.add(watcher);
                watchers.add(watcher);
            }
            Backend lost = backend(apis.getFirst());
            Backend kept = backend(apis.getLast());
            assertThat(lost.current()).isEqualTo(CLIENTS / 2);
            Map<Watcher, Long> ended = new ConcurrentHashMap<>();
            for (Watcher watcher : watchers) {
                watching.execute(() -> {
                    watcher.watch();
                    ended.put(watcher, System.nanoTime());
                });
            }

            long start = System.nanoTime();
            lan.blackHole(apis.getFirst());
            // A client that comes before anybody knows is served all the same: the next backend is tried.
            for (int i = 0; i < 4; i++) {
                try (Watcher late = new Watcher(client, front)) {
                    assertThat(kept.current()).isPositive();
                    late.ask();
                }
            }
            await().atMost(LONG).pollInterval(Duration.ofMillis(10))
                    .until(() -> lost.state() == BackendState.DOWN && ended.size() >= CLIENTS / 2);
            long last = ended.values().stream().mapToLong(Long::longValue).max().orElseThrow();
            assertThat((last - start) / 1_000_000).as("ms until the last client of the dead one was reset")
                    .isLessThan(5000);
            assertThat(ended).hasSize(CLIENTS / 2);
            assertThat(kept.state()).isEqualTo(BackendState.UP);
            await().atMost(LONG).until(() -> lost.current() == 0);

            lan.heal(apis.getFirst());
            await().atMost(LONG).until(() -> lost.state() == BackendState.UP);
            assertThat(ended).as("the others were left alone").hasSize(CLIENTS / 2);
            log.info("black hole: the last client was reset after {} ms", (last - start) / 1_000_000);
            watchers.forEach(Watcher::close);
        } finally {
            for (AutoCloseable resource : open.reversed()) {
                resource.close();
            }
            thread.shutdownNow();
        }
    }

    private Backend backend(Host host) {
        return Objects.requireNonNull(pool.backend(id(host)));
    }

    private static HostPort id(Host host) {
        return new HostPort(IpAddresses.text(host.ipv4()), PORT);
    }
}
