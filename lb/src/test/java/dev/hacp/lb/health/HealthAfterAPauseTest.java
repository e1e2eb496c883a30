package dev.hacp.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendUpkeep;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is known of the backends is from before a pause of this process until a check has answered that began after it.
class HealthAfterAPauseTest {

    private static final TestCa CA = new TestCa();
    private static final Duration LONG = Duration.ofSeconds(20);
    /// Nothing but a pause makes it check again.
    private static final HealthConfig ONCE = new HealthConfig(HealthMode.HTTPS, Duration.ofMinutes(5), 3, 2,
            Duration.ofSeconds(1));

    private final AtomicLong ahead = new AtomicLong();
    private final AtomicLong suspended = new AtomicLong();
    private final Ticker ticker = () -> System.nanoTime() + ahead.get();
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), ticker);
    private final ScheduledExecutorService thread = BackendUpkeep.thread();
    private final ReadyzServer server = new ReadyzServer(CA.server("127.0.0.1"), 0);
    private final HealthChecker checker = new HealthChecker(pool, ONCE, HealthCredentials.NONE, ticker, thread,
            Thread.ofVirtual().factory(), suspended::get);

    @BeforeEach
    void checkOnce() {
        checker.start();
        pool.update(List.of(BackendSpec.of(server.id())));
        await().atMost(LONG).until(() -> checker.snapshot(server.id()).checks() == 1);
        assertThat(checker.fitness()).isEqualTo(Fitness.FIT);
        server.silent(true);
    }

    @AfterEach
    void close() throws InterruptedException {
        checker.close();
        server.close();
        thread.shutdown();
        assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private void isReluctantUntilAnswered(String reason) {
        assertThat(checker.fitness().fit()).as("by the caller's own look, before any tick").isFalse();
        assertThat(checker.fitness().able()).isTrue();
        assertThat(checker.fitness().reason()).startsWith("no health check since " + reason);
        await().atMost(LONG).until(() -> server.waiting() > 0);
        assertThat(checker.fitness().fit()).as("asked, not answered").isFalse();
        server.silent(false);
        await().atMost(LONG).until(() -> checker.fitness().fit());
        assertThat(checker.fitness().reason()).isEmpty();
    }

    @Test
    void afterAPauseOfTheProcessTheNodeIsReluctantUntilABackendHasAnswered() {
        ahead.addAndGet(Duration.ofMillis(1300).toNanos());
        isReluctantUntilAnswered("this process was paused for 1.");
    }

    @Test
    void afterTheMachineWasSuspendedTheNodeIsReluctantUntilABackendHasAnswered() {
        suspended.addAndGet(Duration.ofMinutes(3).toNanos());
        isReluctantUntilAnswered("the machine was suspended for 3m0s");
    }

    @Test
    void anAnswerThatSaysNotReadyIsOneToo() {
        server.answers(500, "[-]etcd failed: reason withheld");
        server.silent(false);
        ahead.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(checker.fitness().fit()).isFalse();
        await().atMost(LONG).until(() -> checker.fitness().fit());
        assertThat(checker.snapshot(server.id()).httpCode()).isEqualTo(500);
    }

    @Test
    void aCheckFromBeforeThePauseIsNoAnswer() {
        Backend backend = pool.members().getFirst();
        long pause = ticker.nanos();
        assertThat(backend.answeredSince(pause)).isFalse();
        pool.answered(backend, pause);
        assertThat(backend.answeredSince(pause)).isFalse();
        pool.answered(backend, pause + 1);
        assertThat(backend.answeredSince(pause)).isTrue();
    }
}
