package dev.hacp.vip.conflict;

import java.time.Duration;

/// At most one permit per interval; counts what it refused since the last one.
public final class RateLimit {

    /// RFC 5227 1.1: `DEFEND_INTERVAL`, the least time between two defences of the same address.
    public static final Duration DEFEND_INTERVAL = Duration.ofSeconds(10);

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
