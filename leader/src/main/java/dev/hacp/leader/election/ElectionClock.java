package dev.hacp.leader.election;

/// The time by which one member's election reckons: the caller's ticker, put right for what it did not see, and how late events come.
final class ElectionClock {

    private long now;
    /// How far this machine's clock is behind after it stopped: added to each reading.
    private long correction;
    /// When the next event was due: what comes after that is late.
    private long due;
    private final Lateness lateness;

    /// @param peerTimeout in nanoseconds
    ElectionClock(long now, long peerTimeout) {
        this.lateness = new Lateness(peerTimeout + peerTimeout / 8);
        this.now = now;
        this.due = now;
    }

    /// An event has come.
    ///
    /// @return the time since the one before; 0 when there was none
    long advance(long reading) {
        long at = reading + correction;
        long gap = at - now;
        if (gap <= 0) {
            return 0;
        }
        lateness.step(at - due, gap);
        now = at;
        return gap;
    }

    /// As if the clock had run for that long.
    void putRight(long nanos) {
        correction += nanos;
    }

    void due(long nanos) {
        due = nanos;
    }

    long now() {
        return now;
    }

    /// How late events have come lately.
    long latenessNanos() {
        return lateness.lately();
    }

    /// The caller's ticker, put right.
    long corrected(long reading) {
        return reading + correction;
    }

    /// A time by the caller's ticker.
    long reading(long nanos) {
        return nanos - correction;
    }

    /// When the next event is due, by the caller's ticker.
    long dueReading() {
        return reading(due);
    }
}
