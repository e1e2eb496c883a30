package dev.hacp.cli.agent;

import dev.hacp.core.VirtualIp;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// This node's own addresses: where its API server is dialled and where peers reach its agent.
final class NodeAddresses {

    private NodeAddresses() {}

    /// The unicast addresses of an interface that are no VIP, IPv4 first.
    ///
    /// @param interfaceName empty: of all interfaces that are up
    static List<InetAddress> of(String interfaceName, Set<VirtualIp> vips) {
        List<InetAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface each : interfaces(interfaceName)) {
                if (each.isUp() && !each.isLoopback()) {
                    each.inetAddresses().filter(address -> usable(address, vips)).forEach(found::add);
                }
            }
        } catch (SocketException e) {
            // An interface that vanished while we looked has no addresses.
            return List.of();
        }
        found.sort(Comparator.comparing(address -> !(address instanceof Inet4Address)));
        return List.copyOf(found);
    }

    private static Collection<NetworkInterface> interfaces(String name) throws SocketException {
        if (name.isEmpty()) {
            return NetworkInterface.networkInterfaces().toList();
        }
        NetworkInterface one = NetworkInterface.getByName(name);
        return one == null ? List.of() : List.of(one);
    }

    private static boolean usable(InetAddress address, Set<VirtualIp> vips) {
        return !address.isLoopbackAddress() && !address.isLinkLocalAddress() && !address.isMulticastAddress()
                && vips.stream().noneMatch(vip -> vip.address().equals(address));
    }
}
