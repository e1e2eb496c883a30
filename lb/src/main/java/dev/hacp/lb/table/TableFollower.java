package dev.hacp.lb.table;

import dev.hacp.core.ClientConnection;

/// Follows the connections of the VIPs. Called on the event loops, several at a time: must be quick and must not throw.
/// Each `closed` comes after its `opened`, and what was open when following began is told as opened first.
public interface TableFollower {

    void opened(ClientConnection connection);

    void closed(ClientConnection connection);
}
