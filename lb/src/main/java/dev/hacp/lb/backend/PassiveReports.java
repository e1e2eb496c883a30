package dev.hacp.lb.backend;

/// What real traffic tells about a backend. Called on event loops, for each failure: must be quick.
@FunctionalInterface
public interface PassiveReports {

    PassiveReports NONE = (backend, what) -> {};

    /// @param what one clause: `connect refused`, `reset before the first byte`
    void failed(Backend backend, String what);
}
