package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.NeighbourEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// The kernel's tables as the address keeper needs them. Every call may be repeated.
interface AddressTable {

    List<LinkEntry> links() throws IOException;

    /// In the kernel's order; [AddressEntry#isOurs] is true for exactly those that hacp put.
    List<AddressEntry> addresses() throws IOException;

    List<NeighbourEntry> neighbours() throws IOException;

    /// Puts the VIP or renews it.
    ///
    /// @param valid how long it stays without another put; zero = forever
    void put(LinkEntry link, VirtualIp vip, Duration valid) throws IOException;

    void remove(int interfaceIndex, VirtualIp vip) throws IOException;

    /// Whether the kernel refuses every IPv6 address there.
    boolean isIpv6Disabled(LinkEntry link);
}
