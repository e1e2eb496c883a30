package dev.hacp.lb.backend;

/// What real traffic tells about a backend, and what the pool wants to know at once. Called on event loops, for each failure: must be quick.
public interface PassiveReports {

    PassiveReports NONE = (backend, what) -> {};

    /// @param what one clause: `connect refused`, `reset before the first byte`
    void failed(Backend backend, String what);

    /// This host itself lacked something for a connect, which says nothing about the backend.
    default void lacked(Backend backend, String what) {}

    /// Nothing is held against this backend, but what it answers matters now: check it soon.
    default void ask(Backend backend) {}
}
