package dev.hacp.leader.election;

import java.util.Arrays;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.stream.Stream;

/// In the place of chance: every question has a usual answer and another one, a message that is late, a call that is slow or
/// carried out although its sender was cut off, a watch that misses an event. A search gives the other answer to the questions
/// that it chooses, so that a history is the same each time and none is left out.
final class Choices implements SplittableGenerator {

    /// How far into a range of delays the usual answer lies, in eighths.
    private final int eighths;
    /// The questions, in ascending order, that get the other answer.
    private final int[] others;
    private boolean counting;
    private int asked;

    Choices(int eighths, int... others) {
        this.eighths = eighths;
        this.others = others;
    }

    /// Questions count from now, or no longer.
    void count(boolean now) {
        counting = now;
    }

    /// How many questions have been counted.
    int asked() {
        return asked;
    }

    private boolean isOther() {
        return counting && Arrays.binarySearch(others, asked++) >= 0;
    }

    /// What is rare is asked for by a 0.
    @Override
    public int nextInt(int bound) {
        return isOther() ? 0 : bound - 1;
    }

    @Override
    public boolean nextBoolean() {
        return isOther();
    }

    @Override
    public long nextLong(long origin, long bound) {
        long width = bound - origin;
        if (width <= 0) {
            return 0; // wider than a long: the origin of a clock
        }
        return isOther() ? bound - 1 : origin + width * eighths / 8;
    }

    /// The jitter of timers: no choice, the instants of the faults are.
    @Override
    public long nextLong(long bound) {
        return bound / 8 * eighths;
    }

    @Override
    public long nextLong() {
        return 0;
    }

    @Override
    public SplittableGenerator split() {
        return this;
    }

    @Override
    public SplittableGenerator split(SplittableGenerator source) {
        return this;
    }

    @Override
    public Stream<SplittableGenerator> splits(long size) {
        return Stream.<SplittableGenerator>generate(() -> this).limit(size);
    }

    @Override
    public Stream<SplittableGenerator> splits(SplittableGenerator source) {
        return Stream.generate(() -> this);
    }

    @Override
    public Stream<SplittableGenerator> splits() {
        return Stream.generate(() -> this);
    }

    @Override
    public Stream<SplittableGenerator> splits(long size, SplittableGenerator source) {
        return splits(size);
    }
}
