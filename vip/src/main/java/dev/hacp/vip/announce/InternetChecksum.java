package dev.hacp.vip.announce;

/// The ones' complement sum of RFC 1071 over a pseudo header (RFC 8200 8.1, RFC 9293 3.1) and a message.
public final class InternetChecksum {

    private InternetChecksum() {}

    /// @param from     4 or 16 octets
    /// @param protocol next header: 6 TCP, 58 ICMPv6
    /// @param message  with its checksum field zero
    /// @return 16 bits, ready to be stored in network order
    public static int of(byte[] from, byte[] to, int protocol, byte[] message) {
        long sum = sum(from) + sum(to) + protocol + message.length + sum(message);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) ~sum & 0xffff;
    }

    private static long sum(byte[] octets) {
        long sum = 0;
        for (int i = 0; i < octets.length; i += 2) {
            sum += (octets[i] & 0xff) << 8 | (i + 1 < octets.length ? octets[i + 1] & 0xff : 0);
        }
        return sum;
    }
}
