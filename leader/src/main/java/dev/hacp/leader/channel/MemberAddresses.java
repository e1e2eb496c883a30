package dev.hacp.leader.channel;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Where the other members' connections come from: the addresses they published, those from the configuration, and where
/// each was connected last (a node with several addresses may not use the one it published). Lives on the channel's event
/// loop.
final class MemberAddresses {

    private final NodeName self;
    private final List<HostPort> configured;
    private final Map<NodeName, InetAddress> published = new HashMap<>();
    private final Map<NodeName, InetAddress> connected = new HashMap<>();

    MemberAddresses(NodeName self, List<HostPort> configured) {
        this.self = self;
        this.configured = configured;
    }

    void published(Collection<Member> members) {
        published.clear();
        Set<NodeName> names = new HashSet<>();
        for (Member member : members) {
            if (!member.node().equals(self)) {
                names.add(member.node());
                member.address().literal().ifPresent(address -> published.put(member.node(), address));
            }
        }
        connected.keySet().retainAll(names);
    }

    /// @return whether this is news
    boolean connected(NodeName node, InetAddress address) {
        return !address.equals(connected.put(node, address));
    }

    /// How many members each address may be.
    Map<InetAddress, Integer> counts() {
        Map<InetAddress, Integer> counts = new HashMap<>();
        configured.forEach(peer -> peer.literal().ifPresent(address -> counts.put(address, 0)));
        published.values().forEach(address -> counts.merge(address, 1, Integer::sum));
        connected.forEach((node, address) -> {
            if (!address.equals(published.get(node))) {
                counts.merge(address, 1, Integer::sum);
            }
        });
        counts.replaceAll((address, members) -> Math.max(1, members));
        return counts;
    }
}
