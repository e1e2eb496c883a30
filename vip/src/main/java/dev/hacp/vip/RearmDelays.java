package dev.hacp.vip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/// How late the rounds of re-arming were. The kernel's fence forgives all that is shorter than the fence less one round;
/// what comes near to that is a machine or a process that stands still. Any thread may read.
public final class RearmDelays {

    /// Upper bounds in nanoseconds; one more bucket takes the rest.
    private static final long[] BOUNDS = {1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
            100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_000_000_000, 3_000_000_000L};
    private static final List<Long> BOUND_LIST = Arrays.stream(BOUNDS).boxed().toList();

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final LongAdder sum = new LongAdder();

    void record(long nanos) {
        int bucket = 0;
        while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
            bucket++;
        }
        counts.getAndIncrement(bucket);
        sum.add(nanos);
    }

    /// @param upperBoundsNanos of all buckets but the last, which is unbounded
    /// @param counts           per bucket, not cumulative; one more than bounds
    public record Snapshot(List<Long> upperBoundsNanos, List<Long> counts, long sumNanos) {

        public long total() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }

    public Snapshot snapshot() {
        List<Long> copy = new ArrayList<>(counts.length());
        for (int i = 0; i < counts.length(); i++) {
            copy.add(counts.get(i));
        }
        return new Snapshot(BOUND_LIST, List.copyOf(copy), sum.sum());
    }
}
