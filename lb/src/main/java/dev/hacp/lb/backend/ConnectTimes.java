package dev.hacp.lb.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/// How long connects took, in buckets that fit a LAN. Any thread may record.
public final class ConnectTimes {

    /// Upper bounds in nanoseconds; one more bucket takes the rest.
    private static final long[] BOUNDS = {250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
            50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000};
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
            long total = 0;
            for (long count : counts) {
                total += count;
            }
            return total;
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
