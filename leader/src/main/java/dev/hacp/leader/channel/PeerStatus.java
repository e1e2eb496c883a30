package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import java.time.Duration;

/// One peer as the channel sees it, for people.
///
/// @param roundTrip the last one measured; zero before the first
/// @param clients   client connections that the peer has told us about
/// @param difference how its settings differ from this agent's
public record PeerStatus(NodeName node, HostPort address, boolean connected, Duration roundTrip, int clients,
        Difference difference) {}
