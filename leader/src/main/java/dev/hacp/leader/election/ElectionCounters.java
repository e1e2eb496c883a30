package dev.hacp.leader.election;

import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat.Role;
import java.util.EnumMap;
import java.util.Map;

/// Counts what the elector does. Owned by its thread; others read copies.
final class ElectionCounters {

    long renewals;
    long conflicts;
    long failures;
    long leaderChanges;
    long heartbeatsSent;
    long heartbeatsReceived;
    private long renewNanos;
    private long lastRenewNanos;
    private long longestRenewNanos;
    private long takeovers;
    private long provisional;
    private long lastTakeoverNanos;
    private long pauses;
    private long longestPauseNanos;
    private final Map<StandDown, Long> standDowns = new EnumMap<>(StandDown.class);

    void renewed(long nanos) {
        renewals++;
        renewNanos += nanos;
        lastRenewNanos = nanos;
        longestRenewNanos = Math.max(longestRenewNanos, nanos);
    }

    void began(Role as) {
        takeovers++;
        if (as == Role.PROVISIONAL) {
            provisional++;
        }
    }

    void took(long nanos) {
        lastTakeoverNanos = nanos;
    }

    void paused(long nanos) {
        pauses++;
        longestPauseNanos = Math.max(longestPauseNanos, nanos);
    }

    void stoodDown(StandDown reason) {
        standDowns.merge(reason, 1L, Long::sum);
    }

    ElectorCounters counters() {
        return new ElectorCounters(renewals, renewNanos, lastRenewNanos, longestRenewNanos, conflicts, failures,
                leaderChanges, takeovers, provisional, lastTakeoverNanos, Map.copyOf(standDowns), pauses,
                longestPauseNanos, heartbeatsSent, heartbeatsReceived);
    }
}
