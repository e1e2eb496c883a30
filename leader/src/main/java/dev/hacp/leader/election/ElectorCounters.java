package dev.hacp.leader.election;

import dev.hacp.core.StandDown;
import java.util.Map;

/// What the elector has counted since it started; durations in nanoseconds.
///
/// @param renewals          successful renewals; `renewNanos` is the sum of their latencies
/// @param conflicts         writes whose precondition did not hold
/// @param failures          calls to the Lease API without a usable answer
/// @param leaderChanges     changes of the holder seen in the Lease
/// @param takeovers         times this member became owner; `provisional` of them before the Lease was written
/// @param lastTakeoverNanos from being elected to the VIP held and announced
/// @param pauses            times this process did not run for longer than the peer timeout
public record ElectorCounters(long renewals, long renewNanos, long lastRenewNanos, long longestRenewNanos,
        long conflicts, long failures, long leaderChanges, long takeovers, long provisional, long lastTakeoverNanos,
        Map<StandDown, Long> standDowns, long pauses, long longestPauseNanos, long heartbeatsSent,
        long heartbeatsReceived) {}
