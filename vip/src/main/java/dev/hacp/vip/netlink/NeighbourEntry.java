package dev.hacp.vip.netlink;

import dev.hacp.core.MacAddress;
import java.net.InetAddress;

/// One entry of the neighbour table (ARP or NDP cache) with a known MAC address.
public record NeighbourEntry(int interfaceIndex, InetAddress address, MacAddress mac) {}
