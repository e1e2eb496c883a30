package dev.hacp.vip.address;

import dev.hacp.core.Histogram;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/// What has happened since the start, for metrics. Written by `hacp-vip`, read by anybody.
public final class VipCounters {

    final LongAdder announcements = new LongAdder();
    final LongAdder announceFailures = new LongAdder();
    final LongAdder repairs = new LongAdder();
    final LongAdder conflicts = new LongAdder();
    final LongAdder defences = new LongAdder();
    final LongAdder puts = new LongAdder();
    final LongAdder removes = new LongAdder();
    /// From a millisecond to the default fence. What comes near to the fence less one round is a machine or a process
    /// that is paused; all that is shorter the fence forgives.
    private final Histogram rearmDelays = Histogram.of(Duration.ofMillis(1), Duration.ofNanos(2_500_000),
            Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
            Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
            Duration.ofSeconds(2), VipConfig.DEFAULT_FENCE);

    void rearmed(long lateNanos) {
        rearmDelays.record(lateNanos);
    }

    /// Frames sent to announce a VIP.
    public long announcements() {
        return announcements.sum();
    }

    /// Announcements that could not be sent.
    public long announceFailures() {
        return announceFailures.sum();
    }

    /// Times that a held VIP was gone and put back.
    public long repairs() {
        return repairs.sum();
    }

    /// Frames in which another machine claimed a VIP that we hold or wanted to take. Of a flood, those that were looked at.
    public long conflicts() {
        return conflicts.sum();
    }

    /// Announcements sent to defend a VIP against a claim.
    public long defences() {
        return defences.sum();
    }

    /// VIPs put on the interface (takeovers and repairs; not re-arming).
    public long puts() {
        return puts.sum();
    }

    public long removes() {
        return removes.sum();
    }

    /// Rounds of re-arming the fence.
    public long rearms() {
        return rearmDelays.snapshot().total();
    }

    /// Sum of how late those rounds were.
    public long rearmDelayNanosTotal() {
        return rearmDelays.snapshot().sumNanos();
    }

    /// How late those rounds were, as a histogram: `hacp_vip_rearm_delay_seconds`.
    public Histogram rearmDelays() {
        return rearmDelays;
    }
}
