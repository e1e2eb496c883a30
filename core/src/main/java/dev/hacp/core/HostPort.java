package dev.hacp.core;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/// A host (name or address literal, IPv6 without brackets) and a TCP port: `10.0.0.1:6443`, `[fd00::1]:6443`, `cp1:6443`.
public record HostPort(String host, int port) {

    public HostPort {
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '[' || c == ']')) {
            throw new IllegalArgumentException("'" + host + "' (expected: a host name or an address)");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 0 to 65535)");
        }
    }

    /// @throws IllegalArgumentException saying which form is expected
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("'" + text + "' (expected: HOST:PORT)");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "' (expected: [IPV6]:PORT, the address in brackets)");
        }
        String digits = text.substring(colon + 1);
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("'" + text + "' (expected: HOST:PORT with a port from 0 to 65535)");
        }
        return new HostPort(host, Integer.parseInt(digits));
    }

    public static HostPort of(InetSocketAddress address) {
        return new HostPort(IpAddresses.text(address.getAddress()), address.getPort());
    }

    /// The address when `host` is a literal; a name is never resolved here.
    public Optional<InetAddress> literal() {
        return IpAddresses.parse(host);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
