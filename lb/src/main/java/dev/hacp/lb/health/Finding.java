package dev.hacp.lb.health;

/// What one check found.
public enum Finding {

    READY,
    /// Alive over verified TLS, but it does not let us ask (401, 403, or our client certificate refused): counts as ready.
    READINESS_UNKNOWN,
    /// TLS works, `/readyz` says no or nothing.
    NOT_READY,
    /// TLS answers with a certificate that is not the cluster's: alive, but no new client should be sent there. Its old
    /// ones verified it themselves.
    UNVERIFIED,
    /// Refused, silent, or TLS does not come about.
    DEAD;

    boolean good() {
        return this == READY || this == READINESS_UNKNOWN;
    }
}
