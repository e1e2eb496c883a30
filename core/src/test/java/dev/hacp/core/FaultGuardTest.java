package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class FaultGuardTest {

    private final List<String> lines = new ArrayList<>();
    private long now;
    private final FaultGuard guard = new FaultGuard("the test's task", () -> now, logger());

    private Logger logger() {
        return (Logger) Proxy.newProxyInstance(Logger.class.getClassLoader(), new Class<?>[]{Logger.class},
                (proxy, method, arguments) -> {
                    lines.add(method.getName() + " " + Arrays.toString((Object[]) arguments[1]));
                    return null;
                });
    }

    @Test
    void aPeriodicTaskThatThrowsOnceGoesOn() throws InterruptedException {
        AtomicInteger rounds = new AtomicInteger();
        CountDownLatch third = new CountDownLatch(3);
        try (ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor()) {
            scheduler.scheduleWithFixedDelay(guard.around(() -> {
                third.countDown();
                if (rounds.incrementAndGet() == 1) {
                    throw new IllegalStateException("once");
                }
            }), 0, 1, TimeUnit.MILLISECONDS);
            assertThat(third.await(30, TimeUnit.SECONDS)).as("a third round").isTrue();
            scheduler.shutdownNow();
        }
        assertThat(lines).singleElement().asString().startsWith("error ").contains("the test's task", "once");
    }

    @Test
    void anErrorDoesNotEndTheTaskEither() {
        assertThat(guard.run(() -> {
            throw new AssertionError("wrong");
        })).isFalse();
        assertThat(guard.run(() -> {})).isTrue();
        assertThat(lines).singleElement().asString().contains("wrong");
    }

    @Test
    void aFaultInEveryRoundIsToldOnceAMinuteWithTheNumberNotShown() {
        for (int second = 0; second < 61; second++) {
            now = TimeUnit.SECONDS.toNanos(second);
            int round = second;
            guard.run(() -> {
                throw new IllegalStateException("round " + round);
            });
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).contains(", 0, ", "round 0");
        assertThat(lines.getLast()).contains(", 59, ", "round 60");
    }
}
