package dev.hacp.vip.wake;

import dev.hacp.vip.announce.InternetChecksum;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/// A TCP segment with nothing but ACK set (RFC 9293 3.1), 20 octets.
final class BareAck {

    static final int LENGTH = 20;
    private static final short DATA_OFFSET_5_AND_ACK = 0x5010;
    private static final short WINDOW = 1024;

    private BareAck() {}

    /// @param sequence out of the client's receive window with all but certainty: its kernel then answers with an ACK
    ///                 that carries the number it expects (RFC 9293 3.10.7.4), and ours resets with exactly that
    static byte[] segment(InetAddress vip, int vipPort, InetAddress client, int clientPort, int sequence) {
        ByteBuffer segment = ByteBuffer.allocate(LENGTH).putShort((short) vipPort).putShort((short) clientPort)
                .putInt(sequence).putInt(~sequence).putShort(DATA_OFFSET_5_AND_ACK).putShort(WINDOW).putShort((short) 0)
                .putShort((short) 0);
        byte[] octets = segment.array();
        int checksum = InternetChecksum.of(vip.getAddress(), client.getAddress(), 6, octets);
        segment.putShort(16, (short) checksum);
        return octets;
    }
}
