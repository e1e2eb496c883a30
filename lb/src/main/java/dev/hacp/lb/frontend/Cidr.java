package dev.hacp.lb.frontend;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.util.List;

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`; a plain address is a block of one.
public record Cidr(InetAddress network, int prefixLength) {

    public Cidr {
        int most = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > most) {
            throw new IllegalArgumentException(
                    "prefix length " + prefixLength + " of " + IpAddresses.text(network) + " (expected: 0 to " + most
                            + ")");
        }
    }

    /// @throws IllegalArgumentException saying which form is expected
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        InetAddress network = IpAddresses.parse(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' (expected: ADDRESS/PREFIX)"));
        if (slash < 0) {
            return new Cidr(network, network.getAddress().length * Byte.SIZE);
        }
        String digits = text.substring(slash + 1);
        if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("'" + text + "' (expected: ADDRESS/PREFIX)");
        }
        return new Cidr(network, Integer.parseInt(digits));
    }

    public boolean contains(InetAddress address) {
        return IpAddresses.sameSubnet(network, address, prefixLength);
    }

    /// Whether one of the blocks holds the address.
    public static boolean anyContains(List<Cidr> blocks, InetAddress address) {
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return IpAddresses.text(network) + "/" + prefixLength;
    }
}
