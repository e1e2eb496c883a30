package dev.hacp.vip.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/// One NETLINK_ROUTE socket with its buffers. Used by one thread at a time.
final class NetlinkSocket implements AutoCloseable {

    /// @param flags   `NLM_F_*`
    /// @param payload in host byte order, good until the next receive
    record Message(int type, int flags, int sequence, ByteBuffer payload) {}

    interface Receiver {
        /// @return whether this was the last message of interest
        boolean message(Message message) throws LinuxException;
    }

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int MONITOR_BUFFER = 1 << 20;
    // The kernel never makes a dump skb larger than 32 KiB; twice that cannot be truncated.
    private static final int RECEIVE = 1 << 16;

    private final int fd;
    private final MemorySegment outSegment;
    private final MemorySegment inSegment;
    private final ByteBuffer out;
    private final ByteBuffer in;
    private boolean closed;

    /// @param groups `RTMGRP_*` to subscribe to, 0 = none
    NetlinkSocket(int groups, Duration receiveTimeout) throws LinuxException {
        Arena arena = Arena.ofAuto();
        outSegment = arena.allocate(512, 8);
        inSegment = arena.allocate(RECEIVE, 8);
        out = outSegment.asByteBuffer().order(ByteOrder.nativeOrder());
        in = inSegment.asByteBuffer().order(ByteOrder.nativeOrder());
        fd = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        try {
            MemorySegment address = arena.allocate(12, 4);
            address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
            address.set(JAVA_INT, 8, groups);
            MemorySegment timeout = arena.allocate(16, 8);
            timeout.set(JAVA_LONG, 0, receiveTimeout.toSeconds());
            timeout.set(JAVA_LONG, 8, receiveTimeout.toNanosPart() / 1000);
            Libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, 16);
            if (groups != 0) {
                enlarge();
            }
            Libc.bind(fd, address, 12);
        } catch (LinuxException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private void enlarge() throws LinuxException {
        try {
            Libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, MONITOR_BUFFER);
        } catch (LinuxException e) {
            // Without CAP_NET_ADMIN the default buffer stays: more overruns, each answered by a new listing.
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
        }
    }

    /// The buffer that [NetlinkMessages] fills.
    ByteBuffer out() {
        return out;
    }

    void send() throws LinuxException {
        Libc.send(fd, outSegment, out.position(), 0);
    }

    /// Receives one datagram and hands on its messages.
    ///
    /// @return whether the receiver saw its last message
    boolean receive(Receiver receiver) throws LinuxException {
        int received = Libc.recv(fd, inSegment, RECEIVE, 0);
        int at = 0;
        while (at + NetlinkMessages.HEADER <= received) {
            int length = in.getInt(at);
            if (length < NetlinkMessages.HEADER || length > received - at) {
                return false;
            }
            ByteBuffer payload = in.slice(at + NetlinkMessages.HEADER, length - NetlinkMessages.HEADER)
                    .order(ByteOrder.nativeOrder());
            Message message = new Message(in.getShort(at + 4) & 0xffff, in.getShort(at + 6) & 0xffff, in.getInt(at + 8),
                    payload);
            if (receiver.message(message)) {
                return true;
            }
            at += length + 3 & ~3;
        }
        return false;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }
}
