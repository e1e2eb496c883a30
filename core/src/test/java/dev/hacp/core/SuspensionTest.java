package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.linux.Libc;
import org.junit.jupiter.api.Test;

class SuspensionTest {

    @Test
    void whileTheMachineRunsTheRealClocksShowNoSuspension() {
        Suspension system = Suspension.system();
        long before = system.totalNanos();
        for (int i = 0; i < 10_000; i++) {
            assertThat(system.totalNanos() - before).as("jitter in ns").isBetween(0L, 5_000_000L);
        }
    }

    @Test
    void theMonotonicClockIsTheTickers() throws Exception {
        long before = Ticker.system().nanos();
        long clock = Libc.clock(Libc.CLOCK_MONOTONIC);
        long after = Ticker.system().nanos();
        assertThat(clock).isBetween(before, after);
        assertThat(Libc.clock(Libc.CLOCK_BOOTTIME)).isPositive();
    }
}
