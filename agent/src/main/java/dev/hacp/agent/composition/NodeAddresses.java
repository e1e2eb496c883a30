package dev.hacp.agent.composition;

import dev.hacp.core.VirtualIp;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
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

    /// The unicast addresses of an interface that are no VIP: those of a subnet first, because one with a whole prefix (/32, /128)
    /// is likely to be another program's VIP; then IPv4 first.
    ///
    /// @param interfaceName empty: of all interfaces that are up
    static List<InetAddress> of(String interfaceName, Set<VirtualIp> vips) {
        List<InterfaceAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface each : interfaces(interfaceName)) {
                if (each.isUp() && !each.isLoopback()) {
                    each.getInterfaceAddresses().stream().filter(one -> usable(one.getAddress(), vips))
                            .forEach(found::add);
                }
            }
        } catch (SocketException e) {
            // An interface that vanished while we looked has no addresses.
            return List.of();
        }
        return ordered(found.stream().map(one -> new Of(one.getAddress(), one.getNetworkPrefixLength())).toList());
    }

    /// An address with the length of its subnet's prefix.
    record Of(InetAddress address, int prefix) {

        boolean isWhole() {
            return prefix == address.getAddress().length * Byte.SIZE;
        }
    }

    static List<InetAddress> ordered(List<Of> found) {
        return found.stream()
                .sorted(Comparator.comparing(Of::isWhole).thenComparing(one -> !(one.address instanceof Inet4Address)))
                .map(Of::address).toList();
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
