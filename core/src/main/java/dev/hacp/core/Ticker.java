package dev.hacp.core;

/// Monotonic time. Every decision of hacp reads this; the wall clock is only for what a person reads.
@FunctionalInterface
public interface Ticker {

    /// Nanoseconds since an arbitrary origin, never going back. CLOCK_MONOTONIC: it stands still while the machine is
    /// suspended, so a suspended owner must check before it acts (see `dev.hacp.leader`).
    long nanos();

    static Ticker system() {
        return System::nanoTime;
    }
}
