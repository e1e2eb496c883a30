package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.HacpJar;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// 20,000 connections that nobody means, against the real program with the memory limits it is shipped with: a client that
/// behaves is served all through, and memory stays within its limits.
@RequiresRoot(programs = {"nft", "ss"})
class FloodIT {

    private static final int FLOOD = 20_000;
    private static final int MOST_CONNECTIONS = 3000;
    private static final int SOURCES = 20;
    /// While the flood lasts; with fewer it goes on for another round.
    private static final int LEAST_TRIES = 20;
    private static final int PORT = 7443;
    private static final int BACKEND_PORT = 9443;
    /// Beside the heap's 64 MB and the direct memory's 64 MB a JVM needs room for code, classes and itself.
    private static final int MOST_MEGABYTES = 200;
    private static final Duration SERVED_WITHIN = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path FOLDER = Path.of("target", "e2e", "FloodIT").toAbsolutePath();

    private Lan lan;
    private Host proxy;
    private Host attacker;
    private Host client;
    private Daemon balancer;
    private ServerSocketChannel backend;

    /// How a client that behaves fared.
    ///
    /// @param most problems one after the other
    private record Served(int times, Duration slowest, List<String> problems, int most) {}

    @BeforeEach
    void start(TestInfo test) throws Exception {
        Files.createDirectories(FOLDER);
        lan = Lan.create();
        proxy = lan.host("proxy");
        attacker = lan.host("attacker");
        client = lan.host("client");
        for (int i = 0; i < SOURCES; i++) {
            attacker.namespace().ip("address", "add", source(i).getHostAddress() + "/24", "dev", Host.INTERFACE);
        }
        backend = proxy
                .call(() -> ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), BACKEND_PORT), 4096));
        Thread.ofPlatform().name("flood-backend").daemon().start(this::echo);
        Path log = FOLDER.resolve(test.getTestMethod().orElseThrow().getName() + ".log");
        Files.deleteIfExists(log);
        balancer = Daemon.start(proxy.namespace(), log, Map.of(),
                HacpJar.require().command(List.of("balance", "--listen",
                        proxy.ipv4().getHostAddress() + ":" + PORT, "--backend", "127.0.0.1:" + BACKEND_PORT,
                        "--health", "none",
                        "--max-connections", Integer.toString(MOST_CONNECTIONS))));
        Await.until("the balancer serves", PATIENCE, () -> problemOfOne().isEmpty(), () -> balancer.logTail(20));
    }

    @AfterEach
    void end() throws IOException {
        if (balancer != null) {
            balancer.close();
        }
        if (backend != null) {
            backend.close();
        }
        if (lan != null) {
            lan.close();
        }
    }

    private static InetAddress source(int i) {
        return Lan.address4(110 + i);
    }

    /// Of each connection the first bytes, once: what the client needs to know that it is served.
    private void echo() {
        try {
            while (true) {
                SocketChannel accepted = backend.accept();
                Thread.ofVirtual().start(() -> {
                    try (accepted) {
                        accepted.socket().getInputStream().transferTo(accepted.socket().getOutputStream());
                    } catch (IOException e) {
                        // Reset: what a flood's connections come to.
                    }
                });
            }
        } catch (IOException e) {
            // Closed: the end of the test.
        }
    }

    @Test
    void halfOpenConnectionsStopNobody() throws Exception {
        // The answers never arrive, so no handshake ends.
        attacker.namespace().nft("""
                table inet flood {
                    chain in {
                        type filter hook input priority 0
                        tcp flags & (syn | ack) == (syn | ack) drop
                    }
                }
                """);
        List<Integer> pending = new CopyOnWriteArrayList<>();
        Served served = whileServing(() -> {
            for (int i = 0; i < FLOOD; i++) {
                try (SocketChannel half = SocketChannel.open()) {
                    half.configureBlocking(false);
                    half.bind(new InetSocketAddress(source(i % SOURCES), 0));
                    half.connect(new InetSocketAddress(proxy.ipv4(), PORT));
                }
                if (i % 2_000 == 1_999) {
                    pending.add(halfOpen());
                }
            }
        });
        assertServed(served);
        assertThat(pending).as("half-open connections in the kernel").anyMatch(count -> count > 200);
        int backlog = backlog();
        // Several processors may pass the limit at the same moment.
        assertThat(pending).allMatch(count -> count <= backlog + 64);
        assertThat(highWaterMegabytes()).isLessThan(MOST_MEGABYTES);
    }

    private int backlog() {
        return Integer.parseInt(proxy.run("cat", "/proc/sys/net/core/somaxconn").trim());
    }

    private int halfOpen() {
        return (int) proxy.run("ss", "-Htn", "state", "syn-recv").lines().count();
    }

    @Test
    void silentConnectionsGiveWayToClientsThatSpeak() throws Exception {
        Deque<SocketChannel> held = new ArrayDeque<>();
        AtomicInteger refused = new AtomicInteger();
        try {
            Served served = whileServing(() -> {
                for (int i = 0; i < FLOOD; i++) {
                    SocketChannel silent = SocketChannel.open();
                    held.addLast(silent);
                    silent.bind(new InetSocketAddress(source(i % SOURCES), 0));
                    try {
                        silent.connect(new InetSocketAddress(proxy.ipv4(), PORT));
                    } catch (SocketException e) {
                        refused.incrementAndGet();
                    }
                    if (held.size() > 2 * MOST_CONNECTIONS) {
                        // Those are reset long since; a flood of many machines has the files for them, this one has not.
                        held.removeFirst().close();
                    }
                }
            });
            assertServed(served);
            assertThat(refused.get()).as("refused in the handshake").isLessThan(FLOOD / 2);
            // With those that the kernel has accepted and the balancer not yet.
            assertThat(established()).isLessThanOrEqualTo(MOST_CONNECTIONS + backlog())
                    .isGreaterThan(MOST_CONNECTIONS / 2);
            assertThat(highWaterMegabytes()).isLessThan(MOST_MEGABYTES);
            assertThat(balancer.log().lines().count()).as("lines of the log").isLessThan(100);
        } finally {
            for (SocketChannel silent : held) {
                silent.close();
            }
        }
        Await.until("the connections are gone", PATIENCE, () -> established() < 100, () -> balancer.logTail(20));
    }

    private int established() {
        return (int) proxy.run("ss", "-Htn", "state", "established", "sport", "=", ":" + PORT).lines().count();
    }

    private static void assertServed(Served served) {
        assertThat(served.times()).isGreaterThanOrEqualTo(LEAST_TRIES);
        // Its thread shares a JVM with the flood: when that is paused between connect and write, it has been silent as
        // well.
        assertThat(served.problems()).as("of %d connections", served.times())
                .hasSizeLessThanOrEqualTo(Math.max(1, served.times() / 20));
        assertThat(served.most()).as("failures in a row").isLessThanOrEqualTo(1);
        assertThat(served.slowest()).isLessThan(SERVED_WITHIN);
    }

    private interface Flood {
        void run() throws Exception;
    }

    /// Another machine's client connects again and again while the flood lasts. Each of its tries ends within [#SERVED_WITHIN],
    /// so the rounds are bounded.
    private Served whileServing(Flood flood) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Duration> lengths = new CopyOnWriteArrayList<>();
        List<String> problems = new ArrayList<>();
        int[] inARow = {0, 0};
        Thread behaved = client.namespace().execute("behaved-client", () -> {
            while (!over.get()) {
                long begun = System.nanoTime();
                String problem = one();
                lengths.add(Duration.ofNanos(System.nanoTime() - begun));
                inARow[0] = problem.isEmpty() ? 0 : inARow[0] + 1;
                inARow[1] = Math.max(inARow[0], inARow[1]);
                if (!problem.isEmpty()) {
                    problems.add(problem);
                }
            }
        });
        try {
            attacker.call(() -> {
                do {
                    flood.run();
                } while (lengths.size() < LEAST_TRIES);
                return true;
            });
        } finally {
            over.set(true);
            behaved.join();
        }
        return new Served(lengths.size(), lengths.stream().max(Duration::compareTo).orElse(Duration.ZERO), problems,
                inARow[1]);
    }

    private String problemOfOne() {
        return client.call(this::one);
    }

    /// One connection of a client that behaves; in its namespace.
    private String one() {
        try (Socket socket = new Socket()) {
            socket.setSoLinger(true, 0);
            socket.setSoTimeout((int) SERVED_WITHIN.toMillis());
            socket.connect(new InetSocketAddress(proxy.ipv4(), PORT), (int) SERVED_WITHIN.toMillis());
            socket.getOutputStream().write(22);
            return socket.getInputStream().read() == 22 ? "" : "closed without an answer";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// The most memory that the balancer ever had resident.
    private long highWaterMegabytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + javaPid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst().orElseThrow() / 1024;
    }

    /// What was started execs itself to Java, or has it as a child.
    private long javaPid() {
        ProcessHandle started = ProcessHandle.of(balancer.pid()).orElseThrow();
        return started.descendants().findFirst().orElse(started).pid();
    }
}
