package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat;
import java.util.List;

/// What two members say to each other. On the wire: four octets of length, one of kind, the body.
sealed interface Frame {

    /// First on each connection, from both sides.
    ///
    /// @param version the newest that the sender speaks; the older of both is spoken
    /// @param group   the Lease that both compete for, `kube-system/hacp`
    record Hello(int version, NodeName node, String group) implements Frame {}

    record Beat(Heartbeat heartbeat) implements Frame {}

    /// The sender leaves on purpose.
    record Goodbye() implements Frame {}

    /// @param nanos of the sender's clock; comes back in a [Pong]
    record Ping(long nanos) implements Frame {}

    record Pong(long nanos) implements Frame {}

    /// A part of the sender's table of client connections.
    ///
    /// @param fresh the receiver forgets first what it knew of the sender's table
    record Clients(boolean fresh, List<ClientConnection> added, List<ClientConnection> removed) implements Frame {}

    /// The API servers that the sender's discovery names, or that it finds ready; instead of what it told before.
    record ApiServers(List<HostPort> servers) implements Frame {}

    /// Of a kind that a newer version has: passed over.
    record Unknown(int kind) implements Frame {}
}
