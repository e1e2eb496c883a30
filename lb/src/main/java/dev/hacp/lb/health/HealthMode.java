package dev.hacp.lb.health;

/// How backends are checked.
public enum HealthMode {

    /// Not at all: every backend counts as UP; failed connects still go to the next one.
    NONE,
    /// A TCP connect: tells dead from alive, nothing about ready.
    TCP,
    /// `GET /readyz` over TLS.
    HTTPS
}
