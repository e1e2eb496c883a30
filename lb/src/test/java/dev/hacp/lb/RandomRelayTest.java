package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.lb.relay.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random conversations through the balancer; whatever way one goes, the bytes that arrive are the bytes that were sent.
/// `-Dhacp.relay.connections=10000` for the long run.
class RandomRelayTest {

    private static final int CONNECTIONS = Integer.getInteger("hacp.relay.connections", 1500);
    private static final int AT_ONCE = 48;
    private static final long SEED = Long.getLong("hacp.relay.seed", 20261123L);

    /// What both ends do; the server learns it from the first nine bytes that the client sends.
    private record Plan(long seed, boolean clientEndsFirst, boolean slowReader, int up, int down, int resetAfter) {

        static Plan of(long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            int reset = random.nextInt(10) == 0 ? random.nextInt(1, 200_000) : -1;
            return new Plan(seed, random.nextBoolean(), random.nextInt(8) == 0, size(random), size(random), reset);
        }

        private static int size(SplittableRandom random) {
            return switch (random.nextInt(20)) {
                case 0 -> 0;
                case 1 -> random.nextInt(1_000_000, 4_000_000);
                case 2, 3, 4 -> random.nextInt(100_000, 400_000);
                default -> random.nextInt(1, 20_000);
            };
        }
    }

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Long, CompletableFuture<Long>> heardByServer = new ConcurrentHashMap<>();
    private ServerSocket server = unopened();

    private static ServerSocket unopened() {
        try {
            return new ServerSocket();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        threads.submit(() -> {
            while (true) {
                Socket socket = server.accept();
                threads.submit(() -> serve(socket));
            }
        });
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bytesArriveExactlyInRandomConversations(boolean splice) throws Exception {
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT.withSplice(splice), 2,
                server.getLocalPort())) {
            SplittableRandom seeds = new SplittableRandom(SEED);
            Semaphore turns = new Semaphore(AT_ONCE);
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Plan plan = Plan.of(seeds.nextLong());
                turns.acquire();
                results.add(threads.submit(() -> {
                    try {
                        return converse(running, plan);
                    } catch (Throwable t) {
                        throw new AssertionError(plan.toString(), t);
                    } finally {
                        turns.release();
                    }
                }));
            }
            int reset = 0;
            for (Future<Boolean> result : results) {
                reset += result.get(60, TimeUnit.SECONDS) ? 0 : 1;
            }
            assertThat(reset).as("conversations that a side reset").isBetween(CONNECTIONS / 50, CONNECTIONS / 5);
            Awaitility.await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(running.balancer.status().relay().connections()).isZero());
            var relay = running.balancer.status().relay();
            assertThat(relay.faults()).isZero();
            assertThat(relay.total()).isEqualTo(CONNECTIONS);
            assertThat(relay.endings().get(Ending.NO_BACKEND)).isZero();
            assertThat(running.backend(server.getLocalPort()).current()).isZero();
            // The last bytes are counted a moment after the connection's end.
            Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                BackendStatus backend = running.backend(server.getLocalPort()).status();
                assertThat(running.balancer.status().relay().traffic())
                        .isEqualTo(new Traffic(backend.bytesSent(), backend.bytesReceived()));
                assertThat(backend.bytesSent()).isGreaterThan(CONNECTIONS);
            });
        }
    }

    @Test
    void aResetOfTheBackendReachesTheClientAsAReset() throws Exception {
        try (ServerSocket rude = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, rude.getLocalPort());
                Socket client = running.dial()) {
            client.getOutputStream().write(1);
            Socket accepted = rude.accept();
            assertThat(accepted.getInputStream().read()).isEqualTo(1);
            reset(accepted);
            assertThat(resets(client)).isTrue();
            Awaitility.await().until(() -> running.ended(Ending.BACKEND_RESET) == 1);
            assertThat(running.backend(rude.getLocalPort()).status().resetsBeforeFirstByte()).isEqualTo(1);
        }
    }

    @Test
    void aResetOfAClientWhoseBackendIsStalledReachesTheBackend() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, deaf.getLocalPort());
                Socket client = running.dial()) {
            Socket accepted = deaf.accept();
            // More than all socket buffers hold: the balancer has to wait for the backend.
            Future<?> writing = threads.submit(() -> {
                byte[] block = new byte[1 << 16];
                while (true) {
                    client.getOutputStream().write(block);
                }
            });
            Awaitility.await().until(() -> stalled(running));
            reset(client);
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> running.ended(Ending.CLIENT_RESET) == 1);
            accepted.setSoTimeout(5_000);
            assertThat(resets(accepted)).isTrue();
            Awaitility.await().until(writing::isDone);
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static boolean stalled(RunningBalancer running) throws InterruptedException {
        long before = bytes(running);
        Thread.sleep(100);
        return before > 100_000 && bytes(running) == before;
    }

    private static long bytes(RunningBalancer running) {
        return running.balancer.connections().stream().mapToLong(r -> r.bytesFromClient()).sum();
    }

    /// Reads on until the end; true when the end is a reset.
    private static boolean resets(Socket socket) throws IOException {
        byte[] into = new byte[1 << 16];
        try {
            while (socket.getInputStream().read(into) >= 0) {
            }
            return false;
        } catch (SocketException e) {
            return e.getMessage().contains("reset");
        }
    }

    /// @return false when the plan was to reset it
    private boolean converse(RunningBalancer running, Plan plan) throws Exception {
        CompletableFuture<Long> heard = new CompletableFuture<>();
        heardByServer.put(plan.seed, heard);
        try (Socket socket = running.dial()) {
            OutputStream out = socket.getOutputStream();
            out.write(new byte[]{(byte) (plan.seed >>> 56), (byte) (plan.seed >>> 48), (byte) (plan.seed >>> 40),
                    (byte) (plan.seed >>> 32), (byte) (plan.seed >>> 24), (byte) (plan.seed >>> 16),
                    (byte) (plan.seed >>> 8), (byte) plan.seed});
            CRC32 received = new CRC32();
            Future<Boolean> reading = threads.submit(() -> read(socket.getInputStream(), plan, received, plan.down));
            boolean sent;
            try {
                sent = send(socket, plan.seed ^ 1, plan.up, plan.resetAfter,
                        plan.clientEndsFirst ? null : reading);
            } catch (SocketException e) {
                sent = false;
            }
            if (!sent || plan.resetAfter >= 0) {
                assertThat(plan.resetAfter).isNotNegative();
                reset(socket);
                return false;
            }
            assertThat(reading.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(received.getValue()).isEqualTo(checksum(plan.seed ^ 2, plan.down));
            assertThat(heard.get(30, TimeUnit.SECONDS)).isEqualTo(checksum(plan.seed ^ 1, plan.up));
            return true;
        } finally {
            heardByServer.remove(plan.seed);
        }
    }

    private Void serve(Socket accepted) throws Exception {
        try (Socket socket = accepted) {
            socket.setSoTimeout(30_000);
            InputStream in = socket.getInputStream();
            byte[] head = in.readNBytes(8);
            if (head.length < 8) {
                return null;
            }
            long seed = 0;
            for (byte b : head) {
                seed = seed << 8 | (b & 0xff);
            }
            Plan plan = Plan.of(seed);
            CRC32 received = new CRC32();
            Future<Boolean> reading = threads.submit(() -> read(in, plan, received, plan.up));
            send(socket, plan.seed ^ 2, plan.down, -1, plan.clientEndsFirst ? reading : null);
            if (reading.get(60, TimeUnit.SECONDS)) {
                CompletableFuture<Long> heard = heardByServer.get(seed);
                if (heard != null) {
                    heard.complete(received.getValue());
                }
            }
        } catch (SocketException e) {
            // A planned reset; an unplanned one fails at the client.
            return null;
        }
        return null;
    }

    /// Sends in random pieces with random pauses, then ends its direction - after the other one, if that is given.
    private static boolean send(Socket socket, long seed, int size, int resetAfter, Future<Boolean> first)
            throws Exception {
        byte[] all = content(seed, size);
        SplittableRandom pieces = new SplittableRandom(~seed);
        OutputStream out = socket.getOutputStream();
        int sent = 0;
        while (sent < size) {
            if (resetAfter >= 0 && sent >= resetAfter) {
                return false;
            }
            int n = Math.min(size - sent, pieces.nextInt(4) == 0 ? pieces.nextInt(1, 300) : pieces.nextInt(1, 150_000));
            out.write(all, sent, n);
            sent += n;
            if (pieces.nextInt(30) == 0) {
                Thread.sleep(pieces.nextInt(1, 8));
            }
        }
        if (resetAfter >= 0) {
            return false;
        }
        if (first != null) {
            first.get(60, TimeUnit.SECONDS);
        }
        socket.shutdownOutput();
        return true;
    }

    /// @return whether exactly `expected` bytes and then the end came
    private static boolean read(InputStream in, Plan plan, CRC32 sum, int expected) throws Exception {
        SplittableRandom pauses = new SplittableRandom(plan.seed ^ 5);
        byte[] into = new byte[plan.slowReader ? 4096 : 65536];
        int n = 0;
        int got;
        while ((got = in.read(into)) >= 0) {
            sum.update(into, 0, got);
            n += got;
            if (plan.slowReader && pauses.nextInt(40) == 0) {
                Thread.sleep(1);
            }
        }
        return n == expected;
    }

    private static long checksum(long seed, int size) {
        CRC32 sum = new CRC32();
        sum.update(content(seed, size));
        return sum.getValue();
    }

    private static byte[] content(long seed, int size) {
        byte[] all = new byte[size];
        new SplittableRandom(seed).nextBytes(all);
        return all;
    }
}
