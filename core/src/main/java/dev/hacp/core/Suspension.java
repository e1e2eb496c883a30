package dev.hacp.core;

/// For how long the machine was suspended: time that [Ticker] does not see. A virtual machine whose host freezes it together
/// with all its clocks is not noticed by this either.
@FunctionalInterface
public interface Suspension {

    /// Growth of this value is time in which the machine was suspended, in nanoseconds; the value itself means nothing. Never
    /// goes back, from whatever thread it is read; good to about a millisecond.
    long totalNanos();

    /// CLOCK_BOOTTIME less CLOCK_MONOTONIC; always 0 where they cannot be read.
    static Suspension system() {
        return BootClock::totalNanos;
    }
}
