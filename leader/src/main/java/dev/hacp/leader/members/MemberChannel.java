package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import java.util.Set;

/// The way to the other members: finds them through the API, keeps one connection per pair, carries heartbeats.
public interface MemberChannel extends AutoCloseable {

    /// Begins to find and connect members. Called once.
    void start(Listener listener);

    /// Never blocks. An unsent older heartbeat for the same peer may be replaced, except one with a
    /// [Heartbeat#grant()]; nothing is kept for a peer that is not connected.
    void send(NodeName peer, Heartbeat heartbeat);

    /// Says goodbye to the peers. The own member Lease stays: an agent that is stopped counts until it is taken off the
    /// node, or has been away for ten minutes, so that no majority shrinks with it.
    void leave();

    /// For how long what has arrived may lie unread, because the channel's own thread does not come to it: by no fault of the
    /// peers. Any thread.
    default long deafNanos() {
        return 0;
    }

    @Override
    void close();

    enum Loss {
        /// The connection ended; a new one is being tried. Says nothing about the peer's process.
        BROKEN,
        /// The peer's host answers and nobody listens on its port (connection refused): its process is gone.
        REFUSED,
        /// The peer said goodbye.
        LEFT
    }

    /// Called on any thread, quickly; calls about one peer come in order.
    interface Listener {

        /// Who counts, by evidence of the API only (a member Lease exists and is not stale), this node included.
        /// Called at first when it is known, and on each change.
        void members(Set<NodeName> members);

        /// @param receivedNanos [dev.hacp.core.Ticker] reading when its bytes arrived
        void heartbeat(NodeName from, Heartbeat heartbeat, long receivedNanos);

        void lost(NodeName peer, Loss loss);

        /// The member is configured so that it could not own what this one owns. Called on each change, after [#members].
        ///
        /// @param why one clause: `port 6444 (here 6443)`; empty when it could again
        default void differs(NodeName peer, String why) {}
    }
}
