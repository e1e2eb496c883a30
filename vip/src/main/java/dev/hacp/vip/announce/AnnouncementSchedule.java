package dev.hacp.vip.announce;

import java.time.Duration;

/// When a VIP is announced: at once, 1.1 s later, every 1.1 s for 5 s, then every interval.
///
/// 1.1 s: Linux ignores a second change of a neighbour within its `locktime` of 1 s, so a frame that lost a race
/// against the old owner's answer must come again after that. Periodically: switches forget in 300 s, gateways in 1200 s.
public final class AnnouncementSchedule {

    public static final Duration REPEAT = Duration.ofMillis(1100);
    public static final Duration BURST = Duration.ofSeconds(5);

    private final long intervalNanos;
    private long burstUntil;
    private long next;
    private boolean owed;

    public AnnouncementSchedule(Duration interval) {
        this.intervalNanos = interval.toNanos();
    }

    /// Starts over: an announcement is due now.
    public void restart(long now) {
        next = now;
        burstUntil = now + BURST.toNanos();
    }

    public boolean isDue(long now) {
        return now - next >= 0;
    }

    /// An announcement left.
    public void announced(long now) {
        long repeat = now + REPEAT.toNanos();
        next = repeat - burstUntil <= 0 ? repeat : now + intervalNanos;
        owed = false;
    }

    /// It could not be sent: again soon.
    public void failed(long now) {
        next = now + REPEAT.toNanos();
        owed = true;
    }

    /// Whether the last one could not be sent.
    public boolean isOwed() {
        return owed;
    }

    public long next() {
        return next;
    }
}
