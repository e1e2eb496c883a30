package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/// One side has ended its direction; how long the other one may take.
class HalfCloseTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final RelayConfig ONE_SECOND = RelayConfig.DEFAULT.withHalfClosed(Duration.ofSeconds(1));

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    }

    /// A process that hangs: its kernel accepts, takes bytes and the end, and that is all.
    @Test
    void aClientThatHasClosedDoesNotStayWithAServerThatHangs() throws Exception {
        try (ServerSocket hung = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, ONE_SECOND, 2, hung.getLocalPort())) {
            for (int i = 0; i < 20; i++) {
                try (Socket client = running.dial()) {
                    client.getOutputStream().write(22);
                }
            }
            await().atMost(LONG).until(() -> running.ended(Ending.HALF_CLOSED) == 20);
            assertThat(running.balancer.status().relay().connections()).isZero();
            assertThat(running.backend(hung.getLocalPort()).current()).isZero();
        }
    }

    /// What the server's socket does not take waits here; the client's end waits behind it.
    @Test
    void norDoesOneThatHadMoreToSendThanTheServerTakes() throws Exception {
        byte[] piece = new byte[32 << 10];
        try (ServerSocket hung = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, ONE_SECOND, 1, hung.getLocalPort())) {
            Socket client = running.dial();
            boolean taken = true;
            for (long sent = piece.length; taken; sent += piece.length) {
                client.getOutputStream().write(piece);
                taken = arrives(running, sent);
            }
            client.close();
            await().atMost(LONG).until(() -> running.ended(Ending.HALF_CLOSED) == 1);
        }
    }

    /// Whether the server's socket takes so many bytes within a moment.
    private static boolean arrives(RunningBalancer running, long bytes) {
        try {
            await().atMost(Duration.ofSeconds(1)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1))
                    .until(() -> running.balancer.connections().getFirst().bytesFromClient() >= bytes);
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    @Test
    void aClientThatOnlyEndedItsRequestLearnsByAReset() throws Exception {
        try (ServerSocket hung = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, ONE_SECOND, 1, hung.getLocalPort());
                Socket client = running.dial()) {
            client.getOutputStream().write(22);
            client.shutdownOutput();
            assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
        }
    }

    /// The time counts from the end, not from the last byte.
    @Test
    void aConnectionThatWasIdleForLongGetsItsLastAnswer() throws Exception {
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE,
                        RelayConfig.DEFAULT.withHalfClosed(Duration.ofSeconds(2)), 1, listener.getLocalPort());
                Socket client = running.dial();
                Socket server = listener.accept()) {
            client.getOutputStream().write('?');
            assertThat(server.getInputStream().read()).isEqualTo('?');
            await().during(Duration.ofSeconds(5)).atMost(LONG)
                    .until(() -> running.balancer.status().relay().connections() == 1);
            client.shutdownOutput();
            assertThat(server.getInputStream().read()).isEqualTo(-1);
            await().during(Duration.ofMillis(1_500)).atMost(LONG)
                    .until(() -> running.balancer.status().relay().connections() == 1);
            server.getOutputStream().write('!');
            assertThat(client.getInputStream().read()).isEqualTo('!');
            assertThat(running.ended(Ending.HALF_CLOSED)).isZero();
        }
    }

    @Test
    void anAnswerThatComesSlowlyIsNotCut() throws Exception {
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE,
                        RelayConfig.DEFAULT.withHalfClosed(Duration.ofSeconds(2)), 1, listener.getLocalPort());
                Socket client = running.dial();
                ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
            client.getOutputStream().write('?');
            client.shutdownOutput();
            try (Socket server = listener.accept()) {
                assertThat(server.getInputStream().readAllBytes()).hasSize(1);
                AtomicInteger sent = new AtomicInteger();
                pace.scheduleAtFixedRate(() -> {
                    try {
                        server.getOutputStream().write('!');
                        if (sent.incrementAndGet() == 20) {
                            server.shutdownOutput();
                        }
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }, 0, 300, TimeUnit.MILLISECONDS);
                assertThat(client.getInputStream().readAllBytes()).hasSize(20);
            }
        }
    }

    /// `kubectl logs` stopped with Ctrl-Z: the server is done long before it goes on.
    @Test
    void aReaderThatPausesGetsEverythingHoweverLongAgoTheServerClosed() throws Exception {
        int size = 24 << 20;
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, ONE_SECOND, 1, listener.getLocalPort());
                Socket client = new Socket()) {
            client.setReceiveBufferSize(64 << 10);
            client.connect(running.address());
            client.setSoTimeout(20_000);
            try (Socket server = listener.accept()) {
                CompletableFuture<?> writing = CompletableFuture.runAsync(() -> {
                    try {
                        server.getOutputStream().write(new byte[size]);
                        server.shutdownOutput();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }, task -> Thread.ofPlatform().daemon().start(task));
                await().during(Duration.ofSeconds(5)).atMost(LONG)
                        .until(() -> running.balancer.status().relay().connections() == 1);
                assertThat(client.getInputStream().readAllBytes()).hasSize(size);
                writing.get(20, TimeUnit.SECONDS);
            }
        }
    }
}
