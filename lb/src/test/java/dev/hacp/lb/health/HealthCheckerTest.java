package dev.hacp.lb.health;

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
import dev.hacp.lb.backend.Tried;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthCheckerTest {

    private static final TestCa CA = new TestCa();
    private static final HealthCredential CREDENTIAL = CA.credential();
    private static final Duration LONG = Duration.ofSeconds(20);

    /// Quick, with a timeout that a busy machine keeps.
    private static final HealthConfig QUICK = new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 3, 2,
            Duration.ofSeconds(1));

    private final Journal journal = new Journal();
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, journal, Ticker.system());
    private final ScheduledExecutorService thread = BackendUpkeep.thread();
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final AtomicReference<Optional<HealthCredential>> credential = new AtomicReference<>(
            Optional.of(CREDENTIAL));
    private final AtomicInteger refused = new AtomicInteger();

    private final AtomicLong ahead = new AtomicLong();
    private final Ticker ticker = () -> System.nanoTime() + ahead.get();

    private HealthChecker check(HostPort id, HealthConfig config) {
        HealthChecker checker = opened(new HealthChecker(pool, config, new HealthCredentials() {
            @Override
            public Optional<HealthCredential> current() {
                return credential.get();
            }

            @Override
            public void refused(HealthCredential which, int httpCode) {
                refused.set(httpCode);
            }
        }, ticker, thread));
        checker.start();
        pool.update(List.of(BackendSpec.of(id)));
        return checker;
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }

    private ReadyzServer server(String... names) {
        return opened(new ReadyzServer(CA.server(names), 0));
    }

    private Backend backend() {
        return pool.members().getFirst();
    }

    private void awaitState(BackendState state) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(5))
                .until(() -> backend().checked() && backend().state() == state);
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
        thread.shutdown();
        assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aReadyBackendIsUpOverOneWarmConnection() {
        ReadyzServer server = server("127.0.0.1");
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.UP);
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() >= 8);
        HealthSnapshot snapshot = checker.snapshot(server.id());
        assertThat(snapshot.last()).contains(Finding.READY);
        assertThat(snapshot.httpCode()).isEqualTo(200);
        assertThat(snapshot.verified()).isTrue();
        assertThat(snapshot.readinessUnknown()).isFalse();
        assertThat(snapshot.duration()).isPositive();
        assertThat(snapshot.certificateExpires()).hasValueSatisfying(
                at -> assertThat(at).isBetween(Instant.now().plus(Duration.ofDays(29)),
                        Instant.now().plus(Duration.ofDays(31))));
        assertThat(server.connections()).as("connections for 8 checks").isLessThanOrEqualTo(2);
        assertThat(server.authorizations()).contains("Bearer secret-token");
    }

    @Test
    void aCertificateForKubernetesIsAcceptedAtAnyAddress() {
        ReadyzServer server = server("kubernetes", "10.96.0.1");
        check(server.id(), QUICK);
        awaitState(BackendState.UP);
        assertThat(backend().reason()).isEqualTo("ready");
    }

    @Test
    void notReadyDrainsWithTheFailingCheckAndReadyBringsItBack() {
        ReadyzServer server = server("127.0.0.1");
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.UP);
        server.answers(500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n");
        awaitState(BackendState.DRAIN);
        assertThat(backend().reason())
                .isEqualTo("not ready: HTTP 500 [-]etcd failed: reason withheld (3 times)");
        assertThat(checker.snapshot(server.id()).failing()).isEqualTo("[-]etcd failed: reason withheld");
        server.answers(200, "ok");
        awaitState(BackendState.UP);
        assertThat(journal.entries().stream().map(Journal.Entry::kind).filter(k -> k != Journal.Kind.BACKENDS))
                .containsExactly(Journal.Kind.BACKEND_UP, Journal.Kind.BACKEND_DRAINING, Journal.Kind.BACKEND_UP);
    }

    @Test
    void anAnswerThatNeverComesOverWorkingTlsDrains() {
        ReadyzServer server = server("127.0.0.1");
        server.silent(true);
        check(server.id(), new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 3, 2, Duration.ofSeconds(2)));
        awaitState(BackendState.DRAIN);
        assertThat(backend().reason()).isEqualTo("TLS works but /readyz gave no answer within 2s");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void anUnauthorizedAnswerIsUpWithReadinessUnknown(int code) {
        ReadyzServer server = server("127.0.0.1");
        server.answers(code, "{\"kind\":\"Status\"}");
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.UP);
        assertThat(backend().reason()).isEqualTo(
                "alive, readiness unknown: HTTP " + code + " to /readyz with the credential of test.conf");
        assertThat(checker.snapshot(server.id()).readinessUnknown()).isTrue();
        assertThat(refused).hasValue(code);
    }

    @Test
    void aCertificateOfAStrangeAuthorityDrainsWithItsOwnReason() {
        ReadyzServer server = opened(new ReadyzServer(new TestCa().server("127.0.0.1"), 0));
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.DRAIN);
        assertThat(backend().reason()).startsWith(
                "its certificate cannot be verified (expected: one signed by the cluster CA of test.conf): ");
        assertThat(checker.snapshot(server.id()).last()).contains(Finding.UNVERIFIED);
        assertThat(server.authorizations()).as("nothing is told to a stranger").isEmpty();
    }

    @Test
    void aCertificateForAnotherNameDrainsAndSaysWhoseItIs() {
        ReadyzServer server = server("10.9.9.9", "other.example");
        check(server.id(), QUICK);
        awaitState(BackendState.DRAIN);
        assertThat(backend().reason()).contains("10.9.9.9", "other.example", "(expected: 127.0.0.1 or kubernetes)");
        assertThat(server.authorizations()).isEmpty();
    }

    @Test
    void anExpiredCertificateDrainsAndSaysSo() {
        ReadyzServer server = opened(
                new ReadyzServer(CA.server(Duration.ofDays(-1), List.of("127.0.0.1")), 0));
        check(server.id(), QUICK);
        awaitState(BackendState.DRAIN);
        assertThat(backend().reason()).startsWith("its certificate has expired");
    }

    @Test
    void withoutACredentialItAsksAnonymouslyAndOneThatAppearsIsUsed() {
        credential.set(Optional.empty());
        ReadyzServer server = server("127.0.0.1");
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.UP);
        assertThat(checker.snapshot(server.id()).verified()).isFalse();
        assertThat(backend().reason()).isEqualTo("ready; certificate not verified: no cluster CA is known");
        assertThat(server.authorizations()).containsOnly("");
        credential.set(Optional.of(CREDENTIAL));
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).verified());
        assertThat(server.authorizations()).contains("Bearer secret-token");
    }

    @Test
    void aRefusedConnectIsDownAtOnceAndUpWhenTheServerAppears() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        check(new HostPort("127.0.0.1", port), QUICK);
        awaitState(BackendState.DOWN);
        assertThat(backend().reason()).isEqualTo("connect refused");
        opened(new ReadyzServer(CA.server("127.0.0.1"), port));
        awaitState(BackendState.UP);
    }

    @Test
    void theEndOfTheWarmConnectionStartsAnImmediateCheck() {
        ReadyzServer server = server("127.0.0.1");
        // Only the end of the connection can start a check within this interval; then one each fifth of it.
        HealthConfig rare = new HealthConfig(HealthMode.HTTPS, Duration.ofSeconds(5), 3, 2, Duration.ofSeconds(1));
        HealthChecker checker = check(server.id(), rare);
        awaitState(BackendState.UP);
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() >= 1);
        long start = System.nanoTime();
        server.close();
        awaitState(BackendState.DOWN);
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(millis).as("ms until DOWN; 10 s and more by the clock alone").isLessThan(7000);
        assertThat(backend().reason()).startsWith("connect refused");
    }

    /// After its first check.
    private HealthChecker checkedOnceAMinute(ReadyzServer server) {
        HealthConfig rare = new HealthConfig(HealthMode.HTTPS, Duration.ofMinutes(1), 3, 2, Duration.ofSeconds(1));
        HealthChecker checker = check(server.id(), rare);
        awaitState(BackendState.UP);
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() == 1);
        return checker;
    }

    @Test
    void aReportOfFailedTrafficStartsAnImmediateCheckOnANewConnection() {
        ReadyzServer server = server("127.0.0.1");
        HealthChecker checker = checkedOnceAMinute(server);
        for (int i = 0; i < 1000; i++) {
            backend().connectFailed(new ConnectException("Connection refused"));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> checker.snapshot(server.id()).checks() >= 2);
        assertThat(server.connections()).isEqualTo(2);
        assertThat(checker.snapshot(server.id()).checks()).as("for a thousand reports").isLessThanOrEqualTo(3);
        assertThat(backend().state()).isEqualTo(BackendState.UP);
    }

    @Test
    void aBackendInDoubtIsCheckedAtOnceAndTrustedAgain() {
        ReadyzServer server = server("127.0.0.1");
        checkedOnceAMinute(server);
        server.silent(true);
        pool.doubt(InetAddress.getLoopbackAddress(), "by test");
        assertThat(pool.up()).as("suspect until a check says otherwise").isZero();
        assertThat(pool.pick(InetAddress.getLoopbackAddress(), Tried.NONE)).as("nothing better is left")
                .isSameAs(backend());
        server.silent(false);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool.up() == 1);
        assertThat(backend().state()).isEqualTo(BackendState.UP);
    }

    @Test
    void aHangingHandshakeIsDown() throws IOException {
        // The kernel accepts for it: connects succeed, nothing is ever said. A stopped API server looks like this.
        ServerSocket mute = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        check(new HostPort("127.0.0.1", mute.getLocalPort()),
                new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 3, 2, Duration.ofMillis(300)));
        awaitState(BackendState.DOWN);
        assertThat(backend().reason()).isEqualTo("no TLS handshake within 300ms");
    }

    @Test
    void somethingElseThanTlsIsDown() throws IOException {
        ServerSocket other = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(() -> {
            while (true) {
                try (Socket client = other.accept()) {
                    client.getOutputStream().write("SSH-2.0-OpenSSH_9.2\r\n".getBytes(StandardCharsets.US_ASCII));
                    client.getInputStream().read();
                } catch (IOException e) {
                    return;
                }
            }
        });
        check(new HostPort("127.0.0.1", other.getLocalPort()), QUICK);
        awaitState(BackendState.DOWN);
        assertThat(backend().reason()).startsWith("TLS handshake failed");
    }

    @Test
    void aBackendThatTakesNoConnectionIsDown() throws IOException {
        // A full queue drops SYNs: what a black hole looks like from here.
        ServerSocket full = opened(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
        boolean dropped = false;
        for (int i = 0; i < 20 && !dropped; i++) {
            Socket filler = opened(new Socket());
            try {
                filler.connect(address, 500);
            } catch (IOException e) {
                dropped = true;
            }
        }
        assertThat(dropped).as("the queue is full").isTrue();
        check(HostPort.of(address),
                new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 3, 2, Duration.ofMillis(300)));
        awaitState(BackendState.DOWN);
        assertThat(backend().reason()).isEqualTo("connect timed out after 150ms");
    }

    @Test
    void aServerThatStopsAnsweringIsDownAfterThreeTimeouts() throws IOException {
        ReadyzServer server = server("127.0.0.1");
        HealthConfig half = new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(500), 3, 2, Duration.ofMillis(500));
        try (FreezableProxy proxy = new FreezableProxy(server.port())) {
            check(new HostPort("127.0.0.1", proxy.port()), half);
            awaitState(BackendState.UP);
            long start = System.nanoTime();
            proxy.freeze();
            awaitState(BackendState.DOWN);
            assertThat((System.nanoTime() - start) / 1_000_000).as("ms until DOWN").isLessThan(5000);
        }
    }

    @Test
    void tcpModeTellsDeadFromAlive() throws IOException {
        HealthConfig tcp = new HealthConfig(HealthMode.TCP, Duration.ofMillis(100), 3, 2, Duration.ofSeconds(1));
        ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        check(new HostPort("127.0.0.1", plain.getLocalPort()), tcp);
        awaitState(BackendState.UP);
        assertThat(backend().reason()).isEqualTo("accepts connections");
        plain.close();
        awaitState(BackendState.DOWN);
        assertThat(backend().reason()).isEqualTo("connect refused (3 times)");
    }

    @Test
    void withoutChecksEveryBackendIsUp() {
        check(new HostPort("127.0.0.1", 1), new HealthConfig(HealthMode.NONE, Duration.ofSeconds(1), 3, 2,
                Duration.ofSeconds(1)));
        awaitState(BackendState.UP);
        assertThat(backend().reason()).isEqualTo("not checked (health mode none)");
    }

    @Test
    void aFailureWhileThisProcessStoodStillIsNotCounted() {
        ReadyzServer server = server("127.0.0.1");
        HealthConfig strict = new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 1, 1, Duration.ofSeconds(3));
        HealthChecker checker = check(server.id(), strict);
        awaitState(BackendState.UP);
        server.silent(true);
        await().atMost(LONG).until(() -> server.waiting() > 0);
        server.silent(false);
        // Stopped and continued: the clock went on, the check did not.
        ahead.addAndGet(Duration.ofSeconds(10).toNanos());
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).inconclusive() >= 1);
        long checks = checker.snapshot(server.id()).checks();
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() > checks + 1);
        assertThat(checker.snapshot(server.id()).failures()).isZero();
        assertThat(backend().status().transitions()).as("only the first one, to UP").isEqualTo(1);
    }

    @Test
    void theWarmConnectionIsReplacedAfterAMinute() {
        ReadyzServer server = server("127.0.0.1");
        HealthChecker checker = check(server.id(), QUICK);
        awaitState(BackendState.UP);
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() >= 3);
        int before = server.connections();
        ahead.addAndGet(Duration.ofSeconds(61).toNanos());
        await().atMost(LONG).until(() -> server.connections() > before);
        assertThat(backend().state()).isEqualTo(BackendState.UP);
    }

    @Test
    void noThreadIsLeftAfterClose() {
        ReadyzServer server = server("127.0.0.1");
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        HealthChecker checker = new HealthChecker(pool, QUICK, HealthCredentials.NONE, Ticker.system(), thread,
                task -> {
                    Thread started = Thread.ofPlatform().daemon().unstarted(task);
                    threads.add(started);
                    return started;
                });
        checker.start();
        pool.update(List.of(BackendSpec.of(server.id())));
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() >= 3);
        checker.close();
        await().atMost(LONG).until(() -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(threads).hasSizeGreaterThanOrEqualTo(4);
        assertThat(checker.snapshots()).isEmpty();
    }
}
