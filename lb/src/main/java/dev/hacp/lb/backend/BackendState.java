package dev.hacp.lb.backend;

/// What a backend may be used for. Not ready and dead are different things: treating both alike breaks either every
/// graceful API server restart or every client of a dead one.
public enum BackendState {

    /// Takes new connections.
    UP,
    /// Alive but not ready, or drained by command: no new connections while another is UP, the old ones live on.
    DRAIN,
    /// Dead, or in maintenance: its connections are reset at once so that the clients reconnect elsewhere.
    DOWN
}
