package dev.hacp.lb.relay;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What the kernel knows of a connection (`TCP_INFO`; include/uapi/linux/tcp.h, struct tcp_info). One per loop, read again for
/// each socket.
final class TcpInfo {

    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;

    private static final int STATE = 0;
    private static final int RETRANSMITS = 2;
    private static final int PROBES = 3;
    private static final int UNACKED = 24;
    private static final int LAST_DATA_RECV = 52;
    private static final int LAST_ACK_RECV = 56;
    /// Since Linux 4.6.
    private static final int NOTSENT_BYTES = 144;
    private static final int LENGTH = 148;

    // include/net/tcp_states.h
    private static final int TCP_FIN_WAIT2 = 5;
    private static final int TCP_CLOSE = 7;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.nativeOrder());

    void read(Socket socket) throws IOException {
        socket.getRawOpt(IPPROTO_TCP, TCP_INFO, bytes.clear());
    }

    /// An event that tells of its end is on its way, or was handled.
    boolean isClosed() {
        return bytes.get(STATE) == TCP_CLOSE;
    }

    /// The peer has everything that it was sent, the end included, and has not ended its own direction.
    boolean isLeftToThePeer() {
        return bytes.get(STATE) == TCP_FIN_WAIT2;
    }

    /// Bytes, or an end, that the peer has not acknowledged.
    boolean isWaiting() {
        return bytes.getInt(UNACKED) != 0 || bytes.getInt(NOTSENT_BYTES) != 0;
    }

    /// How often the peer was asked since it answered last: segments sent again, and probes of a closed window.
    int unanswered() {
        return (bytes.get(RETRANSMITS) & 0xff) + (bytes.get(PROBES) & 0xff);
    }

    /// Since any segment came from the peer; up to 49 days.
    long silentMillis() {
        return Math.min(bytes.getInt(LAST_DATA_RECV) & 0xffffffffL, bytes.getInt(LAST_ACK_RECV) & 0xffffffffL);
    }
}
