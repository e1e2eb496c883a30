package dev.hacp.lb.backend;

import dev.hacp.core.Histogram;
import dev.hacp.core.HostPort;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// One backend for status page and metrics, at one moment.
///
/// @param address     resolved, `10.0.0.1:6443`; empty while the name does not resolve
/// @param state       what counts: health overlaid by the operator's order
/// @param leaving     discovery no longer names it, old connections live on
/// @param reason      one clause: why it is in this state
/// @param since       wall clock, for people
/// @param share       weight in effect, 0 to 1 of its own weight: below 1 during slow start
/// @param total       connections that were established
/// @param shortages   connects for which this host itself lacked something; they are no `connectErrors`
/// @param retries     connections that came here after another backend had failed them
/// @param resets      connections the backend reset
/// @param transitions changes of `state`
public record BackendStatus(HostPort id, Optional<HostPort> address, BackendState state, BackendState health,
        AdminState admin, boolean leaving, String reason, Instant since, int weight, double share, boolean local,
        int current, int peak, long total, long bytesReceived, long bytesSent, long connectErrors, long shortages,
        long retries, long resets, long resetsBeforeFirstByte, long transitions, Map<BackendState, Duration> timeIn,
        Histogram.Snapshot connectTimes) {}
