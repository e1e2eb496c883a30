package dev.hacp.lb.frontend;

import java.net.InetSocketAddress;

/// Takes what a listener accepted. Called on the listener's event loop, one at a time; owns the descriptor from then on.
@FunctionalInterface
public interface AcceptedSockets {

    void accepted(int fd, InetSocketAddress client, Listener from);

    /// Whether room is still being made for what it took: more waits in the kernel's queue then.
    default boolean isBusy() {
        return false;
    }
}
