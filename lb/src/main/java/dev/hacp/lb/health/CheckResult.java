package dev.hacp.lb.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// One finished check.
///
/// @param httpCode           0 when no answer came
/// @param reason             one clause
/// @param failing            the first failing line of `/readyz`, or empty
/// @param verified           the certificate was verified against the cluster CA
/// @param certificateExpires of the backend's certificate, when it was seen
record CheckResult(Finding finding, int httpCode, String reason, String failing, Duration duration, boolean verified,
        Optional<Instant> certificateExpires) {

    static final String REFUSED = "connect refused";

    /// Its kernel answers, but nobody listens there.
    boolean refused() {
        return finding == Finding.DEAD && reason.equals(REFUSED);
    }

    static CheckResult dead(String reason, Duration duration) {
        return new CheckResult(Finding.DEAD, 0, reason, "", duration, false, Optional.empty());
    }
}
