package dev.hacp.lb.health;

import java.util.Optional;

/// Where checks get their credential: files may appear later and change. Without one a check still sees whether TLS
/// answers and what `/readyz` tells an anonymous client, but cannot tell whose certificate that is.
@FunctionalInterface
public interface HealthCredentials {

    HealthCredentials NONE = Optional::empty;

    /// The one to use now. Asked before each check on that check's own thread; may look at files, must not wait for the
    /// network.
    Optional<HealthCredential> current();

    /// A backend did not accept it (401, 403): the next of several may do better.
    default void refused(HealthCredential credential, int httpCode) {}
}
