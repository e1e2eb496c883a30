package dev.hacp.lb.health;

import dev.hacp.core.HostPort;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The checks of one backend, at one moment: for status, metrics and `doctor`.
///
/// @param last               what the last check found; empty before the first one
/// @param httpCode           of the last check, 0 when no answer came
/// @param reason             one clause about the last check
/// @param failing            the first failing line of `/readyz` in the last check, such as `[-]etcd failed`, or empty
/// @param at                 wall clock of the last check's end
/// @param failuresInARow     0 after a good one
/// @param transitions        changes of what the checks decided
/// @param inconclusive       checks thrown away because this host was at fault: it was paused, lacked a port, a file or
///                           memory, or the check itself failed
/// @param readinessUnknown   alive, but `/readyz` does not answer us: counts as UP, and is worth a warning
/// @param verified           its certificate was verified against the cluster CA in the last check
/// @param certificateExpires of the backend's certificate, when it was ever seen
public record HealthSnapshot(HostPort backend, Optional<Finding> last, int httpCode, String reason, String failing,
        Duration duration, Instant at, long checks, long failures, long failuresInARow, long transitions,
        long inconclusive, boolean readinessUnknown, boolean verified, Optional<Instant> certificateExpires) {

    static HealthSnapshot none(HostPort backend) {
        return new HealthSnapshot(backend, Optional.empty(), 0, "not checked yet", "", Duration.ZERO, Instant.EPOCH, 0,
                0, 0, 0, 0, false, false, Optional.empty());
    }
}
