package dev.hacp.lb.backend;

/// Follows a pool. Called in the order of the changes, on the thread that makes them and while the pool is locked: hand
/// the work to your own loop and return; never throw.
public interface BackendListener {

    /// A new member, in state DOWN until its first health check.
    default void joined(Backend backend) {}

    /// Discovery no longer names it: it drains, and is forgotten when its last connection ends.
    default void left(Backend backend) {}

    /// A backend that left has no connections left, or came back under the same identity as a new member.
    default void forgotten(Backend backend) {}

    /// Its name resolves to another address than before.
    default void addressChanged(Backend backend) {}

    default void stateChanged(Backend backend, BackendState from, BackendState to) {}

    /// Reset both sides of all its connections now: it is DOWN, or its drain timeout is over.
    ///
    /// @param why one clause for the log
    default void resetAll(Backend backend, String why) {}
}
