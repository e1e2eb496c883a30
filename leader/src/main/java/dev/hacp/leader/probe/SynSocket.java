package dev.hacp.leader.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Sends bare SYNs to one member's port and takes what its kernel answers: SYN-ACK where somebody listens, RST where nobody
/// does. Our kernel knows of no such connection and resets it, so the member's process never sees it.
final class SynSocket implements AutoCloseable {

    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int LENGTH = 24;
    private static final int ROUND = 512;
    /// Source ports above the kernel's own (net.ipv4.ip_local_port_range), used by turns: where a firewall keeps our
    /// kernel's RST back, a half-open connection of the member must not be in the way of the next probe.
    private static final int FIRST_PORT = 61_440;
    private static final int PORTS = 256;
    private static final int DATA_OFFSET_6_AND_SYN = 0x6002;
    private static final int RST = 4;
    private static final int SYN_AND_ACK = 0x12;
    private static final int ACK = 0x10;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_CHECKSUM = 7;

    private final int fd;
    private final boolean ipv6;
    private final int base;
    private final Inbox inbox;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment segment = arena.allocate(LENGTH, 8);
    private final int pseudoHeader;

    /// @param base secret: the sequence number of probe 0
    /// @throws LinuxException EPERM without CAP_NET_RAW, ENETUNREACH without a route
    SynSocket(MemorySegment peer, int port, int base, Inbox inbox) throws LinuxException {
        this.base = base;
        this.inbox = inbox;
        ipv6 = peer.byteSize() == 28;
        fd = Sockets.open(ipv6 ? Sockets.AF_INET6 : Sockets.AF_INET, Sockets.SOCK_RAW, Sockets.IPPROTO_TCP);
        try {
            filter(port);
            // Connected: only this member's segments are copied to us, and our own address is settled.
            Libc.connect(fd, peer, (int) peer.byteSize());
            pseudoHeader = ipv6 ? 0 : pseudoHeader(peer);
            if (ipv6) {
                Libc.setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, 16);
            }
        } catch (LinuxException e) {
            close();
            throw e;
        }
        segment.set(SHORT, 2, (short) port);
        segment.set(SHORT, 12, (short) DATA_OFFSET_6_AND_SYN);
        segment.set(SHORT, 14, (short) 1024);
        segment.set(SHORT, 20, (short) 0x0204); // option 2, 4 octets: maximum segment size
        segment.set(SHORT, 22, (short) 536);
    }

    private int pseudoHeader(MemorySegment peer) throws LinuxException {
        MemorySegment own = arena.allocate(16, 4);
        MemorySegment length = arena.allocate(4, 4);
        length.set(JAVA_INT, 0, 16);
        Libc.getsockname(fd, own, length);
        return Sockets.sum(Sockets.sum(Sockets.IPPROTO_TCP + LENGTH, own, 4, 4), peer, 4, 4);
    }

    private void filter(int port) throws LinuxException {
        Sockets.filter(fd, ipv6 ? new int[]{0x01, 0, 0, 0} : new int[]{0xb1, 0, 0, 0}, // ldx #0 | 4*([0]&0xf)
                new int[]{0x48, 0, 0, 0}, // ldh [x + 0]: source port
                new int[]{0x15, 0, 4, port}, // jeq
                new int[]{0x48, 0, 0, 2}, // ldh [x + 2]: destination port
                new int[]{0x54, 0, 0, 0xffff & -PORTS}, // and
                new int[]{0x15, 0, 1, FIRST_PORT}, // jeq
                new int[]{0x06, 0, 0, 0xffff}, // ret, all of it
                new int[]{0x06, 0, 0, 0});
    }

    /// @return 0 or the errno
    int send(int sequence) {
        segment.set(SHORT, 0, (short) (FIRST_PORT + sequence % PORTS));
        segment.set(INT, 4, base + sequence);
        segment.set(SHORT, 16, (short) 0);
        if (!ipv6) { // there the kernel does it
            segment.set(SHORT, 16, Sockets.fold(Sockets.sum(pseudoHeader, segment, 0, LENGTH)));
        }
        long sent = Libc.trySendto(fd, segment, LENGTH, Sockets.MSG_DONTWAIT, MemorySegment.NULL, 0);
        return sent < 0 ? (int) -sent : 0;
    }

    /// Takes what has arrived; each answer goes to `peer`.
    ///
    /// @return whether the socket is empty
    boolean drain(PeerProber peer) {
        for (int i = 0; i < ROUND; i++) {
            int length = inbox.receive(fd);
            if (length < 0) {
                return true;
            }
            MemorySegment packet = inbox.data();
            int at = ipv6 ? 0 : (packet.get(JAVA_BYTE, 0) & 0xf) * 4;
            if (length < at + 20) {
                continue;
            }
            int flags = packet.get(JAVA_BYTE, at + 13);
            int sequence = packet.get(INT, at + 8) - 1 - base;
            boolean isAnswer = (flags & ACK) != 0 && ((flags & SYN_AND_ACK) == SYN_AND_ACK || (flags & RST) != 0);
            if (isAnswer && sequence >>> 16 == 0) {
                peer.answeredSyn(sequence, inbox.age());
            }
        }
        return false;
    }

    int fd() {
        return fd;
    }

    @Override
    public void close() {
        Libc.close(fd);
        arena.close();
    }
}
