package dev.hacp.vip.announce;

import dev.hacp.core.MacAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/// ARP for IPv4 over Ethernet (RFC 826), whole frames of 42 octets; the driver pads.
public final class ArpFrames {

    public static final int ETHERTYPE = 0x0806;
    static final int LENGTH = 42;
    static final int REQUEST = 1;
    static final int REPLY = 2;

    private ArpFrames() {}

    /// The announcement of RFC 5227 2.3: a request in which sender and target are the VIP. Linux takes it as gratuitous
    /// because SPA = TPA.
    public static byte[] announcementRequest(MacAddress mac, InetAddress vip) {
        return frame(mac, REQUEST, mac, vip.getAddress(), MacAddress.ZERO, vip.getAddress());
    }

    /// The reply form, which some switches and older stacks want. Linux takes a reply as gratuitous only when THA = SHA
    /// too (net/ipv4/arp.c, arp_is_garp); otherwise it ignores it while its entry is younger than a second.
    public static byte[] announcementReply(MacAddress mac, InetAddress vip) {
        return frame(mac, REPLY, mac, vip.getAddress(), mac, vip.getAddress());
    }

    /// The probe of RFC 5227 2.1.1: the sender address is zero, so that no cache learns from a question.
    public static byte[] probe(MacAddress mac, InetAddress vip) {
        return frame(mac, REQUEST, mac, new byte[4], MacAddress.ZERO, vip.getAddress());
    }

    private static byte[] frame(MacAddress source, int operation, MacAddress sender, byte[] senderAddress,
            MacAddress target, byte[] targetAddress) {
        return ByteBuffer.allocate(LENGTH).put(MacAddress.BROADCAST.octets()).put(source.octets())
                .putShort((short) ETHERTYPE).putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4)
                .putShort((short) operation).put(sender.octets()).put(senderAddress).put(target.octets())
                .put(targetAddress).array();
    }
}
