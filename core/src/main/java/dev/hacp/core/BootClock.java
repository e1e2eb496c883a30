package dev.hacp.core;

import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.util.concurrent.atomic.AtomicLong;

/// The kernel's two clocks, of which only CLOCK_BOOTTIME goes on while the machine is suspended.
final class BootClock {

    private static final int TRIES = 5;
    private static final long CLOSE = 50_000;
    private static final AtomicLong TOTAL = new AtomicLong(Long.MIN_VALUE);

    private BootClock() {}

    static long totalNanos() {
        try {
            return TOTAL.accumulateAndGet(measure(), Math::max);
        } catch (LinuxException | LinkageError e) {
            return 0;
        }
    }

    /// A lower bound, close to the value: a thread may be off the processor between two readings.
    private static long measure() throws LinuxException {
        long best = Long.MIN_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long before = Libc.clock(Libc.CLOCK_MONOTONIC);
            long boot = Libc.clock(Libc.CLOCK_BOOTTIME);
            long after = Libc.clock(Libc.CLOCK_MONOTONIC);
            best = Math.max(best, boot - after);
            if (after - before < CLOSE) {
                break;
            }
        }
        return best;
    }
}
