package dev.hacp.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendListener;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendUpkeep;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is our own fault is never held against a backend.
class OwnFaultTest {

    private static final TestCa CA = new TestCa();
    private static final HealthCredential CREDENTIAL = CA.credential();
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final HealthConfig QUICK = new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(100), 3, 2,
            Duration.ofSeconds(1));

    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
    private final ScheduledExecutorService thread = BackendUpkeep.thread();
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final ConcurrentLinkedQueue<HostPort> resets = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean noThreads = new AtomicBoolean();

    private HealthChecker check(HealthCredentials credentials, HostPort... backends) {
        HealthChecker checker = opened(
                new HealthChecker(pool, QUICK, credentials, Ticker.system(), thread, task -> {
                    if (noThreads.get()) {
                        throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
                    }
                    return Thread.ofVirtual().unstarted(task);
                }));
        checker.start();
        pool.follow(new BackendListener() {
            @Override
            public void resetAll(Backend backend, String why) {
                resets.add(backend.id());
            }
        });
        pool.update(Stream.of(backends).map(BackendSpec::of).toList());
        await().atMost(LONG).until(() -> pool.up() == backends.length);
        return checker;
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }

    private ReadyzServer server() {
        return opened(new ReadyzServer(CA.server("127.0.0.1"), 0));
    }

    private FreezableProxy proxy() throws IOException {
        return opened(new FreezableProxy(server().port()));
    }

    private static HostPort id(FreezableProxy proxy) {
        return new HostPort("127.0.0.1", proxy.port());
    }

    private Backend backend(HostPort id) {
        return Objects.requireNonNull(pool.backend(id));
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
    void whenAllFallSilentTogetherTheyAreDownAndNothingIsReset() throws IOException {
        FreezableProxy first = proxy();
        FreezableProxy second = proxy();
        HealthChecker checker = check(() -> Optional.of(CREDENTIAL), id(first), id(second));
        first.freeze();
        second.freeze();
        await().atMost(LONG).until(() -> pool.members().stream().allMatch(Backend::unconfirmed));
        long seen = checker.snapshot(id(first)).checks();
        await().atMost(LONG).until(() -> checker.snapshot(id(first)).checks() > seen + 2);
        assertThat(pool.up()).isZero();
        assertThat(resets).isEmpty();
    }

    @Test
    void whoFallsSilentWhileOthersAnswerIsReset() throws IOException {
        FreezableProxy first = proxy();
        FreezableProxy second = proxy();
        ReadyzServer third = server();
        check(() -> Optional.of(CREDENTIAL), id(first), id(second), third.id());
        first.freeze();
        second.freeze();
        await().atMost(LONG).until(() -> resets.size() == 2);
        assertThat(resets).containsExactlyInAnyOrder(id(first), id(second));
        assertThat(backend(third.id()).state()).isEqualTo(BackendState.UP);
    }

    @Test
    void aCheckForWhichThereIsNoThreadCountsForNothing() {
        ReadyzServer server = server();
        HealthChecker checker = check(() -> Optional.of(CREDENTIAL), server.id());
        noThreads.set(true);
        // Each report asks for a check at once; each of them fails here.
        for (int i = 0; i < 20; i++) {
            backend(server.id()).resetBeforeFirstByte();
        }
        long checks = checker.snapshot(server.id()).checks();
        CountDownLatch rounds = new CountDownLatch(1);
        thread.schedule(rounds::countDown, 2, TimeUnit.SECONDS);
        await().atMost(LONG).until(() -> rounds.getCount() == 0);
        assertThat(backend(server.id()).state()).isEqualTo(BackendState.UP);
        assertThat(checker.snapshot(server.id()).failures()).isZero();
        noThreads.set(false);
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() > checks + 2);
        assertThat(backend(server.id()).state()).isEqualTo(BackendState.UP);
        assertThat(resets).isEmpty();
    }

    @Test
    void aCredentialThatCannotBeReadAnyLongerDoesNotBlindTheChecks() {
        for (boolean hangs : List.of(true, false)) {
            ReadyzServer server = server();
            ReadyzServer other = server();
            AtomicBoolean broken = new AtomicBoolean();
            CountDownLatch end = new CountDownLatch(1);
            opened(end::countDown);
            HealthChecker checker = check(() -> {
                if (broken.get() && hangs) {
                    uninterruptibly(end);
                } else if (broken.get()) {
                    throw new IllegalStateException("a bug in the reader");
                }
                return Optional.of(CREDENTIAL);
            }, server.id(), other.id());
            broken.set(true);
            long checks = checker.snapshot(server.id()).checks();
            await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() > checks + 5);
            assertThat(backend(server.id()).state()).isEqualTo(BackendState.UP);
            assertThat(checker.snapshot(server.id()).verified()).as("with the credential that was known").isTrue();
            server.close();
            await().atMost(LONG).until(() -> backend(server.id()).state() == BackendState.DOWN);
            assertThat(backend(other.id()).state()).isEqualTo(BackendState.UP);
            checker.close();
        }
    }

    private static void uninterruptibly(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
