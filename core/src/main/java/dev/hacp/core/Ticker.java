package dev.hacp.core;

/// Monotonic time. Every decision of hacp reads this; the wall clock is only for what a person reads.
@FunctionalInterface
public interface Ticker {

    /// Nanoseconds since an arbitrary origin, never going back. CLOCK_MONOTONIC: it stops while the machine is
    /// suspended, so no gap between two readings shows that; [Suspension] does.
    long nanos();

    static Ticker system() {
        return System::nanoTime;
    }
}
