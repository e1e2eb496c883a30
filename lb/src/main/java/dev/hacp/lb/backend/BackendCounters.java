package dev.hacp.lb.backend;

import dev.hacp.core.Histogram;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// What is counted of one backend: from any thread, without locks or allocation, and of no importance to its state.
final class BackendCounters {

    private final AtomicInteger current = new AtomicInteger();
    final AtomicInteger resumable = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    final LongAdder established = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder connectErrors = new LongAdder();
    /// Connects that this host itself could not make.
    final LongAdder shortages = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder resets = new LongAdder();
    final LongAdder resetsBeforeFirstByte = new LongAdder();
    /// Buckets that fit a LAN.
    final Histogram connectTimes = Histogram.of(Duration.ofNanos(250_000), Duration.ofNanos(500_000),
            Duration.ofMillis(1), Duration.ofNanos(2_500_000), Duration.ofMillis(5), Duration.ofMillis(10),
            Duration.ofMillis(25), Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250),
            Duration.ofMillis(500), Duration.ofSeconds(1));

    void opened() {
        int now = current.incrementAndGet();
        if (now > peak.get()) {
            peak.accumulateAndGet(now, Math::max);
        }
    }

    void closed() {
        int now = current.decrementAndGet();
        assert now >= 0 : "closed more often than opened";
    }

    int current() {
        return current.get();
    }

    int peak() {
        return peak.get();
    }
}
