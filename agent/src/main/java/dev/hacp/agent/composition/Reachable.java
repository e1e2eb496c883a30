package dev.hacp.agent.composition;

import dev.hacp.core.HostPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;

/// Where this node is reached: by its peers and, at its API server, by itself.
///
/// @param listen     where the channel to the members listens
/// @param advertised where the members are told to dial
/// @param addresses  of this node; empty before it has one
record Reachable(HostPort listen, HostPort advertised, List<InetAddress> addresses) {

    Reachable {
        addresses = List.copyOf(addresses);
    }

    Reachable(HostPort listen, List<InetAddress> addresses) {
        this(listen, advertised(listen, listen, addresses), addresses);
    }

    /// The advertised address stays as long as the node has it: a further one moves nothing. A node that has none for a
    /// moment keeps what it had.
    Reachable with(List<InetAddress> now) {
        return now.isEmpty() || now.equals(addresses)
                ? this
                : new Reachable(listen, advertised(listen, advertised, now), now);
    }

    private static HostPort advertised(HostPort listen, HostPort before, List<InetAddress> addresses) {
        boolean anywhere = listen.literal().filter(InetAddress::isAnyLocalAddress).isPresent();
        boolean stays = before.literal().filter(addresses::contains).isPresent();
        return !anywhere || stays || addresses.isEmpty()
                ? before
                : HostPort.of(new InetSocketAddress(addresses.getFirst(), listen.port()));
    }

    /// @param ports at which it may listen, the likeliest first
    List<HostPort> apiServer(Collection<Integer> ports) {
        return ports.stream().flatMap(
                port -> addresses.stream().map(each -> HostPort.of(new InetSocketAddress(each, port)))).toList();
    }
}
