package dev.hacp.core;

import java.net.InetAddress;
import java.util.List;

/// A network: `10.0.0.0/8`, `fd00::/8`; a bare address is that address alone.
public record Cidr(InetAddress network, int prefixLength) {

    public Cidr {
        int bits = network.getAddress().length * 8;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException(
                    "/" + prefixLength + " (expected: a prefix length from 0 to " + bits + ")");
        }
        InetAddress masked = mask(network, prefixLength);
        if (!masked.equals(network)) {
            throw new IllegalArgumentException("'" + IpAddresses.text(network) + "/" + prefixLength + "' (expected: "
                    + IpAddresses.text(masked) + "/" + prefixLength + ", without host bits)");
        }
    }

    /// @throws IllegalArgumentException saying which form is expected
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = IpAddresses.parse(slash < 0 ? text : text.substring(0, slash)).orElseThrow(
                () -> new IllegalArgumentException("'" + text + "' (expected: ADDRESS/LENGTH, such as 10.0.0.0/8)"));
        if (slash < 0) {
            return new Cidr(address, address.getAddress().length * 8);
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("'" + text + "' (expected: ADDRESS/LENGTH, such as 10.0.0.0/8)");
        }
        return new Cidr(address, Integer.parseInt(digits));
    }

    public boolean contains(InetAddress address) {
        return IpAddresses.sameSubnet(network, address, prefixLength);
    }

    /// Whether one of the networks holds the address. Allocation-free; runs for every client.
    public static boolean anyContains(List<Cidr> networks, InetAddress address) {
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static InetAddress mask(InetAddress address, int prefixLength) {
        byte[] raw = address.getAddress();
        for (int bit = 0; bit < raw.length * 8; bit++) {
            if (bit >= prefixLength) {
                raw[bit / 8] &= (byte) ~(0x80 >> bit % 8);
            }
        }
        return IpAddresses.of(raw);
    }

    @Override
    public String toString() {
        return IpAddresses.text(network) + "/" + prefixLength;
    }
}
