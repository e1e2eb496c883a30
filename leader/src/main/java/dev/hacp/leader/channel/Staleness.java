package dev.hacp.leader.channel;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// How long each member Lease has not changed, counting only time in which the API answered: after an outage of the API,
/// in which nobody could refresh its Lease, nobody is stale. The time that the Lease itself carries is not looked at.
final class Staleness {

    /// Between two answers further apart than this the API was away.
    private static final Duration LONGEST_GAP = Duration.ofSeconds(30);

    private static final class Seen {
        String version;
        long unchangedNanos;

        Seen(String version) {
            this.version = version;
        }
    }

    private final long limitNanos;
    private final Map<String, Seen> members = new HashMap<>();
    private boolean answered;
    private long lastAnswerNanos;
    private long countedNanos;

    Staleness(Duration limit) {
        this.limitNanos = limit.toNanos();
    }

    /// A whole list was read at this time; call it before [#isStale] for each of its members.
    void answered(long nowNanos) {
        long gap = nowNanos - lastAnswerNanos;
        countedNanos = answered && gap <= LONGEST_GAP.toNanos() ? gap : 0;
        lastAnswerNanos = nowNanos;
        answered = true;
    }

    /// @param alive whether that member is known to live: it may be unable to reach the API for long
    boolean isStale(String name, String version, boolean alive) {
        Seen seen = members.computeIfAbsent(name, n -> new Seen(version));
        if (seen.version.equals(version) && !alive) {
            seen.unchangedNanos += countedNanos;
        } else {
            seen.version = version;
            seen.unchangedNanos = 0;
        }
        return seen.unchangedNanos >= limitNanos;
    }
}
