package dev.hacp.core;

import java.net.Inet6Address;
import java.net.InetAddress;

/// The address that clients dial: one IPv4 or IPv6 unicast address, held by at most one node, as /32 or /128.
public record VirtualIp(InetAddress address) implements Comparable<VirtualIp> {

    public VirtualIp {
        int first = address.getAddress()[0] & 0xff;
        // RFC 1122 3.2.1.3: 0/8 means "this network", 240/4 is reserved, with the limited broadcast address at its end.
        boolean reserved = address.getAddress().length == 4 && (first == 0 || first >= 240);
        if (reserved || address.isAnyLocalAddress() || address.isLoopbackAddress() || address.isMulticastAddress()
                || address.isLinkLocalAddress()) {
            throw new IllegalArgumentException("'" + IpAddresses.text(address)
                    + "' (expected: a unicast address of the node's subnet, not loopback, link-local or multicast)");
        }
    }

    /// @throws IllegalArgumentException when `text` is no address literal or not a usable one
    public static VirtualIp parse(String text) {
        return new VirtualIp(IpAddresses.parse(text).orElseThrow(
                () -> new IllegalArgumentException("'" + text + "' (expected: an IPv4 or IPv6 address)")));
    }

    public boolean isIpv6() {
        return address instanceof Inet6Address;
    }

    /// 32 or 128: the VIP never brings a subnet route with it.
    public int prefixLength() {
        return isIpv6() ? 128 : 32;
    }

    @Override
    public int compareTo(VirtualIp other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return IpAddresses.text(address);
    }
}
