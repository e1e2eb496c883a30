package dev.hacp.testbed.bench;

import dev.hacp.testbed.lan.Host;

/// Something that keeps the VIP on one of the nodes.
interface Contender extends AutoCloseable {

    String name();

    /// Starts it where it does not run, and waits until one node has the VIP and clients are served.
    void settle();

    /// SIGKILL to what runs on the node.
    void kill(Host node);

    /// SIGSTOP.
    void pause(Host node);

    /// SIGCONT.
    void resume(Host node);

    /// SIGTERM; returns at once.
    void terminate(Host node);

    /// Ends it everywhere and leaves no VIP.
    @Override
    void close();
}
