package dev.hacp.core;

import java.time.Duration;

/// At most one permit per interval; counts what it refused since the last one. For one thread.
public final class RateLimit {

    private final long intervalNanos;
    private long last;
    private boolean used;
    private long refused;

    public RateLimit(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    public boolean tryAcquire(long now) {
        if (used && now - last < intervalNanos) {
            refused++;
            return false;
        }
        used = true;
        last = now;
        return true;
    }

    /// How many were refused since this was last asked.
    public long takeRefused() {
        long count = refused;
        refused = 0;
        return count;
    }
}
