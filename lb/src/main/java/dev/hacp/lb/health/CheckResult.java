package dev.hacp.lb.health;

import dev.hacp.lb.backend.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// One finished check.
///
/// @param httpCode           0 when no answer came
/// @param reason             one clause
/// @param failing            the first failing line of `/readyz`, or empty
/// @param cannotServe        of a backend that is not ready: it does not merely start or leave, it cannot do its work
/// @param verified           the certificate was verified against the cluster CA
/// @param certificateExpires of the backend's certificate, when it was seen
record CheckResult(Finding finding, Heard heard, int httpCode, String reason, String failing, boolean cannotServe,
        Duration duration, boolean verified, Optional<Instant> certificateExpires) {

    CheckResult {
        if (finding != Finding.DEAD && heard != Heard.ANSWER) {
            throw new IllegalArgumentException(finding + " of a backend of which nothing was heard");
        }
        if (cannotServe && finding != Finding.NOT_READY) {
            throw new IllegalArgumentException(finding + ", but it cannot serve");
        }
    }

    /// An answer that is no reason to drain for good.
    static CheckResult answered(Finding finding, int httpCode, String reason, Duration duration, boolean verified,
            Optional<Instant> certificateExpires) {
        return new CheckResult(finding, Heard.ANSWER, httpCode, reason, "", false, duration, verified,
                certificateExpires);
    }

    /// Nothing came.
    static CheckResult silent(String reason, Duration duration) {
        return dead(Heard.NOTHING, reason, duration);
    }

    /// Something came that shows that nothing of use lives there.
    static CheckResult broken(String reason, Duration duration) {
        return dead(Heard.ANSWER, reason, duration);
    }

    static CheckResult refused(Duration duration) {
        return dead(Heard.REFUSAL, "connect refused", duration);
    }

    /// A shortage or a fault of our own: says nothing.
    static CheckResult notAsked(String reason, Duration duration) {
        return dead(Heard.NOT_ASKED, reason, duration);
    }

    private static CheckResult dead(Heard heard, String reason, Duration duration) {
        return new CheckResult(Finding.DEAD, heard, 0, reason, "", false, duration, false, Optional.empty());
    }

    boolean inconclusive() {
        return heard == Heard.NOT_ASKED;
    }

    /// Its kernel answers, but nobody listens there.
    boolean refused() {
        return heard == Heard.REFUSAL;
    }

    /// Of a backend that drains because of it.
    Condition draining() {
        return cannotServe ? Condition.CANNOT_SERVE : Condition.NOT_READY;
    }
}
