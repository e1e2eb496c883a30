package dev.hacp.testbed.bench;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.lan.Host;

/// A product that keeps its VIP on one of the nodes. After [#close] it may be started again.
interface Contender extends AutoCloseable {

    Product product();

    VirtualIp vip();

    /// Starts it where it does not run, as kubelet or systemd would; returns at once.
    void start();

    /// How often a node's process was started so far.
    int starts();

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

    /// Ends it everywhere, as an operator would, and leaves no VIP.
    @Override
    void close();
}
