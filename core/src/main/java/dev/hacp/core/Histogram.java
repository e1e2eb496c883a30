package dev.hacp.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/// How long something took, in fixed buckets. Any thread may record and read.
public final class Histogram {

    /// In nanoseconds; one more bucket takes the rest.
    private final long[] bounds;
    private final List<Long> boundList;
    private final AtomicLongArray counts;
    private final LongAdder sum = new LongAdder();

    private Histogram(long[] bounds) {
        this.bounds = bounds;
        this.boundList = Arrays.stream(bounds).boxed().toList();
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    /// @param upperBounds of all buckets but the last, which is unbounded; ascending
    public static Histogram of(Duration... upperBounds) {
        long[] bounds = Arrays.stream(upperBounds).mapToLong(Duration::toNanos).toArray();
        for (int i = 1; i < bounds.length; i++) {
            if (bounds[i] <= bounds[i - 1]) {
                throw new IllegalArgumentException(Arrays.toString(upperBounds) + " (expected: ascending)");
            }
        }
        return new Histogram(bounds);
    }

    public void record(long nanos) {
        int bucket = 0;
        while (bucket < bounds.length && nanos > bounds[bucket]) {
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
        return new Snapshot(boundList, List.copyOf(copy), sum.sum());
    }
}
