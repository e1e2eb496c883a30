package dev.hacp.vip.announce;

import dev.hacp.core.MacAddress;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/// Neighbour discovery for IPv6 over Ethernet (RFC 4861, RFC 2464), whole frames.
public final class NeighbourFrames {

    public static final int ETHERTYPE = 0x86dd;
    static final int ICMPV6 = 58;
    public static final int SOLICITATION = 135;
    public static final int ADVERTISEMENT = 136;
    private static final int HEADERS = 14 + 40;
    private static final int FLAG_ROUTER = 0x8000_0000;
    private static final int FLAG_OVERRIDE = 0x2000_0000;
    private static final byte[] ALL_NODES = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    private NeighbourFrames() {}

    /// An unsolicited advertisement to ff02::1 (RFC 4861 7.2.6) with Override, so that caches change at once.
    ///
    /// @param router whether the interface forwards: a cleared flag makes hosts drop routes through this node
    public static byte[] advertisement(MacAddress mac, InetAddress vip, boolean router) {
        byte[] target = vip.getAddress();
        ByteBuffer message = ByteBuffer.allocate(32).put((byte) ADVERTISEMENT).put((byte) 0).putShort((short) 0)
                .putInt(FLAG_OVERRIDE | (router ? FLAG_ROUTER : 0)).put(target)
                // Target Link-Layer Address option, one unit of eight octets.
                .put((byte) 2).put((byte) 1).put(mac.octets());
        return frame(mac, multicastMac(ALL_NODES), target, ALL_NODES, message.array());
    }

    /// The solicitation of duplicate address detection (RFC 4862 5.4.2): from the unspecified address, to the VIP's
    /// solicited-node group; anyone who has the VIP answers to all nodes.
    public static byte[] probe(MacAddress mac, InetAddress vip) {
        byte[] target = vip.getAddress();
        byte[] group = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, target[13], target[14], target[15]};
        ByteBuffer message = ByteBuffer.allocate(24).put((byte) SOLICITATION).put((byte) 0).putShort((short) 0)
                .putInt(0).put(target);
        return frame(mac, multicastMac(group), new byte[16], group, message.array());
    }

    private static byte[] multicastMac(byte[] group) {
        return new byte[]{0x33, 0x33, group[12], group[13], group[14], group[15]};
    }

    private static byte[] frame(MacAddress source, byte[] destinationMac, byte[] from, byte[] to, byte[] message) {
        ByteBuffer frame = ByteBuffer.allocate(HEADERS + message.length).put(destinationMac).put(source.octets())
                .putShort((short) ETHERTYPE).putInt(0x6000_0000).putShort((short) message.length).put((byte) ICMPV6)
                // RFC 4861 7.1: receivers drop anything whose hop limit is not 255, proof that no router forwarded it.
                .put((byte) 255).put(from).put(to);
        int checksum = InternetChecksum.of(from, to, ICMPV6, message);
        return frame.put(message).putShort(HEADERS + 2, (short) checksum).array();
    }
}
