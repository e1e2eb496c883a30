package dev.hacp.core;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/// Address literals without name resolution, and their short text (RFC 5952 for IPv6).
public final class IpAddresses {

    private IpAddresses() {}

    /// The address that `text` spells, or empty when it is not a literal (no DNS is ever asked).
    public static Optional<InetAddress> parse(String text) {
        if (text.isEmpty() || text.indexOf('%') >= 0) {
            return Optional.empty();
        }
        try {
            if (text.indexOf(':') >= 0) {
                return Optional.of(Inet6Address.ofLiteral(text));
            }
            // Four decimal parts only: InetAddress also takes "10.1" and "0x0a.1", which no operator means.
            String[] parts = text.split("\\.", -1);
            if (parts.length != 4) {
                return Optional.empty();
            }
            for (String part : parts) {
                boolean decimal = part.length() >= 1 && part.length() <= 3
                        && part.chars().allMatch(c -> c >= '0' && c <= '9');
                if (!decimal || (part.length() > 1 && part.startsWith("0"))) {
                    return Optional.empty();
                }
            }
            return Optional.of(Inet4Address.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// `10.0.0.1` or `fd00::1`, without zone.
    public static String text(InetAddress address) {
        byte[] raw = address.getAddress();
        if (raw.length == 4) {
            return (raw[0] & 0xff) + "." + (raw[1] & 0xff) + "." + (raw[2] & 0xff) + "." + (raw[3] & 0xff);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (raw[2 * i] & 0xff) << 8 | (raw[2 * i + 1] & 0xff);
        }
        // RFC 5952 4.2: the longest run of two or more zero groups is shortened, the first of equals.
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && groups[i + length] == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
            i += length;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /// Whether the first `prefixLength` bits of both are the same; false across families.
    public static boolean sameSubnet(InetAddress a, InetAddress b, int prefixLength) {
        byte[] left = a.getAddress();
        byte[] right = b.getAddress();
        if (left.length != right.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit += 8) {
            int mask = prefixLength - bit >= 8 ? 0xff : 0xff << (8 - (prefixLength - bit)) & 0xff;
            if (((left[bit / 8] ^ right[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /// The raw bytes as an address; the length is known to be 4 or 16.
    public static InetAddress of(byte[] raw) {
        try {
            return InetAddress.getByAddress(raw);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(raw.length + " bytes (expected: 4 or 16)", e);
        }
    }
}
