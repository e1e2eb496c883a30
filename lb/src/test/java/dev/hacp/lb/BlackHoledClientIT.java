package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/// Clients that vanish without a word: nothing comes from them, nothing reaches them. Real packets, default timeouts.
@RequiresRoot
class BlackHoledClientIT {

    private static final int PORT = 6443;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Journal journal = new Journal();
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, journal, Ticker.system());

    @Test
    void vanishedClientsAreGoneWithinFifteenSecondsIdleOrNotAndTheOthersStay() throws Exception {
        try (Lan lan = Lan.create()) {
            Host lost = lan.host("lost");
            Host kept = lan.host("kept");
            Host middle = lan.host("balancer");
            Host api = lan.host("api");
            ThreadFactory inside = task -> Thread.ofPlatform().daemon().unstarted(() -> {
                try {
                    middle.namespace().enter();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                task.run();
            });
            HostPort server = new HostPort(IpAddresses.text(api.ipv4()), PORT);
            pool.update(List.of(BackendSpec.of(server)));
            pool.members().forEach(b -> pool.health(b, BackendState.UP, "the test says so"));
            InetSocketAddress front = new InetSocketAddress(middle.ipv4(), PORT);
            Balancer balancer = new Balancer(BalancerConfig.of(Listen.at(front)), pool, journal, Ticker.system(),
                    inside);
            balancer.start();
            try (ServerSocket listener = api.call(() -> new ServerSocket(PORT, 16, api.ipv4()));
                    Socket idle = dial(lost, front);
                    Socket idleAtServer = listener.accept();
                    Socket watch = dial(lost, front);
                    Socket watchAtServer = listener.accept();
                    Socket other = dial(kept, front);
                    Socket otherAtServer = listener.accept()) {
                carries(idle, idleAtServer);
                carries(watch, watchAtServer);
                carries(other, otherAtServer);
                await().atMost(LONG).until(() -> balancer.status().relay().connections() == 3);

                lan.blackHole(lost);
                long start = System.nanoTime();
                watchAtServer.getOutputStream().write('!');
                await().atMost(LONG).pollInterval(Duration.ofMillis(20))
                        .until(() -> balancer.status().relay().connections() == 1);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).as("until both were gone")
                        .isLessThan(Duration.ofSeconds(15));
                carries(other, otherAtServer);
            } finally {
                balancer.stop(Duration.ZERO);
            }
        }
    }

    private static Socket dial(Host from, InetSocketAddress to) throws IOException {
        return from.call(() -> {
            Socket socket = new Socket();
            socket.setSoTimeout((int) LONG.toMillis());
            socket.connect(to, (int) LONG.toMillis());
            return socket;
        });
    }

    private static void carries(Socket from, Socket to) throws IOException {
        to.setSoTimeout((int) LONG.toMillis());
        from.getOutputStream().write('?');
        assertThat(to.getInputStream().read()).isEqualTo('?');
    }
}
