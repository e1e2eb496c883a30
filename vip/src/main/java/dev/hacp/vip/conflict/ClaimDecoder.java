package dev.hacp.vip.conflict;

import dev.hacp.vip.announce.ArpFrames;
import dev.hacp.vip.announce.NeighbourFrames;

/// Reads one Ethernet frame and says whether its sender claims to have an IPv4 or IPv6 address: any ARP packet with that
/// sender address, or a neighbour advertisement for it. Of one thread; holds the last result in its own fields.
public final class ClaimDecoder {

    private static final int ETHERNET = 14;
    private static final int VLAN = 0x8100;
    private static final int IPV6 = 40;
    private static final int ICMPV6 = 58;

    private final byte[] address = new byte[16];
    private int addressLength;
    private long mac;

    /// Decodes `length` octets of `frame`.
    ///
    /// @return whether it is a claim; then [#isFor] and [#mac] tell of what and by whom
    public boolean decode(byte[] frame, int length) {
        addressLength = 0;
        int end = Math.min(length, frame.length);
        if (end < ETHERNET) {
            return false;
        }
        int type = u16(frame, 12);
        int at = ETHERNET;
        if (type == VLAN && end >= ETHERNET + 4) {
            // Priority-tagged frames arrive with VLAN 0 where the driver leaves the tag in place.
            type = u16(frame, 16);
            at += 4;
        }
        return switch (type) {
            case ArpFrames.ETHERTYPE -> arp(frame, at, end);
            case NeighbourFrames.ETHERTYPE -> advertisement(frame, at, end);
            default -> false;
        };
    }

    private boolean arp(byte[] frame, int at, int end) {
        if (end - at < 28 || u16(frame, at) != 1 || u16(frame, at + 2) != 0x0800 || frame[at + 4] != 6
                || frame[at + 5] != 4) {
            return false;
        }
        int operation = u16(frame, at + 6);
        if (operation != 1 && operation != 2) {
            return false;
        }
        int sender = at + 14;
        if ((frame[sender] | frame[sender + 1] | frame[sender + 2] | frame[sender + 3]) == 0) {
            // A probe asks, it claims nothing (RFC 5227 2.1.1).
            return false;
        }
        return found(frame, sender, 4, mac(frame, at + 8));
    }

    private boolean advertisement(byte[] frame, int at, int end) {
        int message = at + IPV6;
        // The message must follow the fixed header: neighbour discovery with extension headers is not worth trusting.
        if (end - message < 24 || frame[at] >> 4 != 6 || frame[at + 6] != ICMPV6 || frame[at + 7] != -1
                || (frame[message] & 0xff) != NeighbourFrames.ADVERTISEMENT || frame[message + 1] != 0) {
            return false;
        }
        long claimed = mac(frame, 6);
        int option = message + 24;
        while (end - option >= 8) {
            int units = frame[option + 1] & 0xff;
            if (units == 0) {
                return false;
            }
            if (frame[option] == 2 && units == 1) {
                claimed = mac(frame, option + 2);
            }
            option += units * 8;
        }
        return found(frame, message + 8, 16, claimed);
    }

    private boolean found(byte[] frame, int from, int length, long claimedBy) {
        System.arraycopy(frame, from, address, 0, length);
        addressLength = length;
        mac = claimedBy;
        return true;
    }

    /// Whether the last claim is for this address (4 or 16 octets).
    public boolean isFor(byte[] candidate) {
        if (candidate.length != addressLength) {
            return false;
        }
        for (int i = 0; i < addressLength; i++) {
            if (candidate[i] != address[i]) {
                return false;
            }
        }
        return true;
    }

    /// Who claims: 48 bits.
    public long mac() {
        return mac;
    }

    private static int u16(byte[] frame, int at) {
        return (frame[at] & 0xff) << 8 | (frame[at + 1] & 0xff);
    }

    private static long mac(byte[] frame, int at) {
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | (frame[at + i] & 0xff);
        }
        return bits;
    }
}
