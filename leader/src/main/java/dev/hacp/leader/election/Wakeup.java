package dev.hacp.leader.election;

/// When the state machine wants to be asked next: the earliest of what its parts wait for.
final class Wakeup {

    private static final long NO_SPINNING = 5_000_000L;

    private final long now;
    private final long soonest;
    private long next;

    /// @param longest the longest sleep
    Wakeup(long now, long longest) {
        this.now = now;
        this.next = now + longest;
        this.soonest = now + Math.min(longest, NO_SPINNING);
    }

    /// What is overdue waits for an answer, not for time: it is left to the longest sleep.
    void at(long candidate) {
        long at = candidate - soonest < 0 ? candidate - now > 0 ? candidate : next : candidate;
        if (at - next < 0) {
            next = at;
        }
    }

    long nanos() {
        return next;
    }
}
