package dev.hacp.vip;

/// Starts a named daemon thread. Sockets belong to the network namespace of the thread that opens them: what a test runs
/// inside another namespace gets a starter of that namespace.
@FunctionalInterface
public interface ThreadStarter {

    /// Platform threads in the namespace of the process.
    ThreadStarter PLATFORM = (name, task) -> Thread.ofPlatform().name(name).daemon().start(task);

    Thread start(String name, Runnable task);
}
