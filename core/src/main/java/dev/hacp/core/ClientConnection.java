package dev.hacp.core;

import java.net.InetSocketAddress;

/// One client's TCP connection to VIP:port, by its 4-tuple: all that a new owner needs to wake that client.
public record ClientConnection(VirtualIp vip, int vipPort, InetSocketAddress client) {}
