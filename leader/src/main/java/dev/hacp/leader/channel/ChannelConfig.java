package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import java.util.List;

/// @param self   this agent
/// @param group  the Lease that the members compete for, `kube-system/hacp`: agents of another group are turned away
/// @param listen where the channel listens
/// @param peers  addresses that are dialled besides those in the directory; who answers there must be in the directory
public record ChannelConfig(NodeName self, String group, HostPort listen, List<HostPort> peers) {

    public ChannelConfig {
        peers = List.copyOf(peers);
    }
}
