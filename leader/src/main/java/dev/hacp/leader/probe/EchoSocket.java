package dev.hacp.leader.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Sends ICMP or ICMPv6 echo requests to all members of one family and takes the replies. A raw socket, or the kernel's
/// unprivileged ping socket (net.ipv4.ping_group_range) where raw ones are refused.
final class EchoSocket implements AutoCloseable {

    /// Gets each reply that carries a secret of ours.
    interface Replies {
        /// @param age nanoseconds since our kernel received it
        void echo(long token, int sequence, long age);
    }

    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int LENGTH = 16;
    /// A flood of replies must not keep the loop from its other work; the rest waits for the next round.
    private static final int ROUND = 512;

    private final int fd;
    private final boolean ipv6;
    private final boolean raw;
    private final Inbox inbox;
    private final MemorySegment request;

    /// @param identifier of the echo requests; a ping socket gets one of the kernel
    /// @param secret     upper half of every token: replies without it do not reach the socket's buffer
    /// @throws LinuxException EPERM or EACCES when neither kind of socket is allowed
    EchoSocket(boolean ipv6, int identifier, int secret, Inbox inbox, Arena arena) throws LinuxException {
        this.ipv6 = ipv6;
        this.inbox = inbox;
        int family = ipv6 ? Sockets.AF_INET6 : Sockets.AF_INET;
        int protocol = ipv6 ? Sockets.IPPROTO_ICMPV6 : Sockets.IPPROTO_ICMP;
        int opened;
        boolean isRaw = true;
        try {
            opened = Sockets.open(family, Sockets.SOCK_RAW, protocol);
        } catch (LinuxException e) {
            if (e.errno() != Errno.EPERM && e.errno() != Errno.EACCES) {
                throw e;
            }
            opened = Sockets.open(family, Sockets.SOCK_DGRAM, protocol);
            isRaw = false;
        }
        fd = opened;
        raw = isRaw;
        request = arena.allocate(LENGTH, 8);
        request.set(JAVA_BYTE, 0, (byte) (ipv6 ? 128 : 8));
        request.set(SHORT, 4, (short) identifier);
        if (raw) {
            filter(identifier, secret);
        }
    }

    private void filter(int identifier, int secret) throws LinuxException {
        int reply = ipv6 ? 129 : 0;
        try {
            // IPv4 raw sockets see the IP header, IPv6 ones do not: X is where ICMP begins.
            Sockets.filter(fd, ipv6 ? new int[]{0x01, 0, 0, 0} : new int[]{0xb1, 0, 0, 0}, // ldx #0 | 4*([0]&0xf)
                    new int[]{0x50, 0, 0, 0}, // ldb [x + 0]
                    new int[]{0x15, 0, 5, reply}, // jeq #reply
                    new int[]{0x48, 0, 0, 4}, // ldh [x + 4]
                    new int[]{0x15, 0, 3, identifier}, // jeq #identifier
                    new int[]{0x40, 0, 0, 8}, // ld [x + 8]
                    new int[]{0x15, 0, 1, secret}, // jeq #secret
                    new int[]{0x06, 0, 0, 0xffff}, // ret, all of it
                    new int[]{0x06, 0, 0, 0});
        } catch (LinuxException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /// @param token tells the member, and that the reply is to us: only who saw the request can know it
    /// @return 0 or the errno
    int send(MemorySegment address, long token, int sequence) {
        request.set(SHORT, 2, (short) 0);
        request.set(SHORT, 6, (short) sequence);
        request.set(LONG, 8, token);
        if (raw && !ipv6) { // the kernel fills in the others
            request.set(SHORT, 2, Sockets.fold(Sockets.sum(0, request, 0, LENGTH)));
        }
        long sent = Libc.trySendto(fd, request, LENGTH, Sockets.MSG_DONTWAIT, address, (int) address.byteSize());
        return sent < 0 ? (int) -sent : 0;
    }

    /// Takes what has arrived.
    ///
    /// @return whether the socket is empty
    boolean drain(Replies replies) {
        for (int i = 0; i < ROUND; i++) {
            int length = inbox.receive(fd);
            if (length < 0) {
                return true;
            }
            MemorySegment packet = inbox.data();
            int at = raw && !ipv6 ? (packet.get(JAVA_BYTE, 0) & 0xf) * 4 : 0;
            if (length >= at + LENGTH && (packet.get(JAVA_BYTE, at) & 0xff) == (ipv6 ? 129 : 0)) {
                replies.echo(packet.get(LONG, at + 8), packet.get(SHORT, at + 6) & 0xffff, inbox.age());
            }
        }
        return false;
    }

    int fd() {
        return fd;
    }

    boolean isRaw() {
        return raw;
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
