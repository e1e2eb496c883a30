package dev.hacp.lb.health;

/// What a check heard of the backend, as opposed to what it makes of it.
enum Heard {

    /// Bytes, or an accepted connect: of its process or of its kernel.
    ANSWER,
    /// Its kernel said that nobody listens.
    REFUSAL,
    /// Nothing in time, or others said that it cannot be reached.
    NOTHING,
    /// Nothing was asked: this host lacked something for it, or a fault of ours ended the check. It says nothing about the
    /// backend and counts for nothing.
    NOT_ASKED
}
