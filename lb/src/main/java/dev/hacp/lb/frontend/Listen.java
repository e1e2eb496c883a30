package dev.hacp.lb.frontend;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import java.net.InetSocketAddress;

/// Where to listen.
///
/// @param address  port 0 = any free one
/// @param freebind bind although the address is not on this host yet (a VIP that another node holds)
/// @param steered  connections to VIPs are steered here (sk_lookup): each keeps the VIP as its local address
public record Listen(InetSocketAddress address, boolean freebind, boolean steered) {

    public Listen {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("listen " + address + " (expected: an address, not a name)");
        }
    }

    /// A listener of our own on loopback that nobody dials directly: VIP:port is steered to it.
    public static Listen steered(boolean ipv6) {
        String loopback = ipv6 ? "::1" : "127.0.0.1";
        return new Listen(new InetSocketAddress(IpAddresses.parse(loopback).orElseThrow(), 0), false, true);
    }

    /// A VIP bound directly, where the kernel cannot steer and the port is free.
    public static Listen vip(InetSocketAddress vip) {
        return new Listen(vip, true, true);
    }

    public static Listen at(InetSocketAddress address) {
        return new Listen(address, false, false);
    }

    public boolean isIpv6() {
        return address.getAddress().getAddress().length == 16;
    }

    @Override
    public String toString() {
        return HostPort.of(address).toString();
    }
}
