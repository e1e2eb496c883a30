package dev.hacp.lb.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/// One socket of a connection, and the direction that reads from it. Registered once, edge-triggered, for everything, and
/// changed under back-pressure only; what the kernel told is kept in flags. Each field is paid for by every idle
/// connection: it is 56 bytes, and it extends FileDescriptor to save an object.
final class Leg extends FileDescriptor implements EpollIoHandle, Runnable {

    /// A read or splice of at least this much is a sign of bulk.
    private static final int BULK = 16 * 1024;
    /// Bulk reads in a row before splicing begins, and small splices in a row before it ends.
    private static final int STREAK = 4;
    private static final int SPLICE_MOST = 1 << 20;
    /// Then the other connections of the loop get their turn.
    private static final int ROUNDS = 16;

    /// EPOLLHUP (0x10) has no name in Netty.
    static final int FAILURE_EVENTS = Native.EPOLLERR | 0x10;
    private static final int HANGUP_EVENTS = Native.EPOLLRDHUP | FAILURE_EVENTS;
    /// EPOLLPRI has no name in Netty, either: urgent data.
    private static final int URGENT_EVENTS = 0x2;
    private static final EpollIoOps ALL = EpollIoOps
            .valueOf(Native.EPOLLIN | URGENT_EVENTS | Native.EPOLLOUT | Native.EPOLLRDHUP | Native.EPOLLET);
    /// While the other socket is full: each segment that still comes in would wake the loop for nothing.
    private static final EpollIoOps DEAF = EpollIoOps
            .valueOf(Native.EPOLLOUT | Native.EPOLLRDHUP | Native.EPOLLET);

    private static final byte CONNECTED = 1;
    private static final byte READABLE = 2;
    /// The kernel said that no more will come: a short read no longer proves anything, only end of file does.
    private static final byte HANGUP = 4;
    /// End of file was read and passed on.
    private static final byte ENDED = 8;
    /// The socket took less than it was given: wait for OUT.
    private static final byte BLOCKED = 16;
    private static final byte QUEUED = 32;
    private static final byte CLOSED = 64;
    /// A client's bytes went here before: from now on none may wait for an acknowledgement (Nagle). The first cannot, and a
    /// short connection is spared the call.
    private static final byte NODELAY = (byte) 128;

    // include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h
    private static final int SOL_SOCKET = 1;
    private static final int SO_OOBINLINE = 10;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_QUICKACK = 12;
    private static final int ACK_NOW_THEN_WITH_DATA = 2;

    private final Connection connection;
    /// The backend's from the beginning, the client's when more than a first message is read from it: each new one asks
    /// the kernel for the address family, which a short connection is spared.
    private @Nullable Socket socket;
    private @Nullable IoRegistration registration;
    /// Read but not yet written; at most one of `unsent` and `pipe` holds bytes.
    private @Nullable ByteBuf unsent;
    private @Nullable Pipe pipe;
    private final boolean isClient;
    private byte flags;
    private byte bulkReads;
    private byte smallSplices;
    private boolean deaf;
    /// A read ends at the mark of urgent data: a short one proves nothing until the socket is empty.
    private boolean urgent;
    /// From here to the other socket.
    private long bytes;

    /// A client's.
    Leg(Connection connection, int fd) {
        super(fd);
        this.connection = connection;
        this.socket = null;
        this.isClient = true;
    }

    /// A backend's.
    Leg(Connection connection, Socket socket) {
        super(socket.intValue());
        this.connection = connection;
        this.socket = socket;
        this.isClient = false;
    }

    Socket socket() {
        Socket known = socket;
        return known == null ? new Socket(intValue()) : known;
    }

    boolean isClient() {
        return isClient;
    }

    void register(IoEventLoop loop) {
        IoRegistration r = loop.register(this).getNow();
        registration = r;
        r.submit(ALL);
    }

    long bytes() {
        return bytes;
    }

    boolean ended() {
        return is(ENDED);
    }

    /// The kernel has its end, read or not.
    boolean hungUp() {
        return is(HANGUP) || is(ENDED);
    }

    void connected() {
        flags |= CONNECTED;
    }

    void readable() {
        flags |= READABLE;
    }

    /// Bytes that were read before relaying began; on the way once both are connected.
    void unsent(@Nullable ByteBuf rest) {
        unsent = rest;
    }

    private boolean is(byte flag) {
        return (flags & flag) != 0;
    }

    @Override
    public FileDescriptor fd() {
        return this;
    }

    /// Nothing may escape: Netty's loop would sleep a second.
    @Override
    public void handle(IoRegistration r, IoEvent event) {
        try {
            ready(((EpollIoEvent) event).ops().value());
        } catch (Throwable t) {
            connection.broken(t);
        }
    }

    @Override
    public void run() {
        flags &= ~QUEUED;
        try {
            pump();
        } catch (Throwable t) {
            connection.broken(t);
        }
    }

    private void ready(int ops) {
        if (is(CLOSED)) {
            return;
        }
        if ((ops & HANGUP_EVENTS) != 0) {
            if (!is(HANGUP)) {
                connection.stirred();
            }
            flags |= HANGUP | READABLE;
        }
        if ((ops & Native.EPOLLIN) != 0) {
            flags |= READABLE;
            if (isClient) {
                connection.heard();
            }
        }
        if ((ops & URGENT_EVENTS) != 0) {
            expectUrgent();
        }
        if (is(ENDED)) {
            flags &= ~READABLE;
        }
        if (!is(CONNECTED) && !connection.connecting(this, ops)) {
            return;
        }
        if ((ops & Native.EPOLLOUT) != 0 && is(BLOCKED)) {
            flags &= ~BLOCKED;
            Leg source = connection.other(this);
            if (source != null) {
                source.pump();
                source.hear(this);
            }
        }
        if (is(READABLE)) {
            pump();
        }
        if ((ops & Native.EPOLLERR) != 0 && (flags & (CLOSED | QUEUED)) == 0) {
            // Nothing read the error yet: the other side is stalled or not connected, or this one had ended before.
            connection.failed(this, SocketErrors.pending(intValue()));
        }
    }

    /// RFC 6093: urgent data is part of the stream, and is passed on at its place in it.
    private void expectUrgent() {
        urgent = true;
        flags |= READABLE;
        try {
            socket().setIntOpt(SOL_SOCKET, SO_OOBINLINE, 1);
        } catch (IOException e) {
            RelayLoop.log.debug("urgent data: {}", e.getMessage());
        }
    }

    /// Moves what is there from this socket to the other one, until the one is drained or the other is full.
    void pump() {
        Leg to = connection.other(this);
        if (to == null || (to.flags & (CONNECTED | BLOCKED)) != CONNECTED
                || (flags & (CONNECTED | CLOSED | ENDED)) != CONNECTED) {
            return;
        }
        long before = bytes;
        try {
            relay(to);
        } finally {
            if (bytes != before) {
                connection.moved(this, bytes - before);
            }
        }
    }

    private void relay(Leg to) {
        RelayLoop loop = connection.loop();
        for (int round = 0; round < ROUNDS; round++) {
            if ((unsent != null || (pipe != null && pipe.bytes > 0)) && !flush(to)) {
                return;
            }
            if (!is(READABLE)) {
                giveBackPipe();
                return;
            }
            if (bulkReads >= STREAK && loop.splices()) {
                int n = fillPipe(loop);
                if (n > 0) {
                    if (!flush(to)) {
                        return;
                    }
                    // Half a megabyte is a turn: others come next, and more arrives in between, which makes larger
                    // splices.
                    break;
                }
                if (n < 0 || !is(READABLE)) {
                    giveBackPipe();
                    return;
                }
            }
            if (!copy(loop, to)) {
                return;
            }
        }
        if (!is(QUEUED) && !is(CLOSED)) {
            flags |= QUEUED;
            loop.execute(this);
        }
    }

    /// One read and one write through the loop's buffer.
    ///
    /// @return whether there may be more to do now
    private boolean copy(RelayLoop loop, Leg to) {
        int n;
        try {
            n = read(loop.bufferAddress());
        } catch (IOException e) {
            connection.failed(this, e);
            return false;
        }
        if (n <= 0) {
            flags &= ~READABLE;
            urgent = false;
            giveBackPipe();
            if (n < 0) {
                end(to);
            }
            return false;
        }
        bulkReads = n < BULK ? 0 : (byte) Math.min(STREAK, bulkReads + 1);
        if (n < RelayLoop.BUFFER && !is(HANGUP) && !urgent) {
            flags &= ~READABLE;
        }
        int written;
        try {
            if (bytes > 0 && isClient && !to.is(NODELAY)) {
                to.noDelay();
                socket = socket();
            }
            written = to.write(loop.bufferAddress(), n);
        } catch (IOException e) {
            connection.failed(to, e);
            return false;
        }
        bytes += written;
        if (written < n) {
            unsent = loop.copyOfBuffer(written, n);
            blockedBy(to);
            return false;
        }
        return is(READABLE);
    }

    /// `recv` takes a shorter way through the kernel than `read`, which is for every kind of file.
    private int read(long address) throws IOException {
        Socket s = socket;
        return s == null ? readAddress(address, 0, RelayLoop.BUFFER) : s.recvAddress(address, 0, RelayLoop.BUFFER);
    }

    private int write(long address, int n) throws IOException {
        Socket s = socket;
        return s == null ? writeAddress(address, 0, n) : s.sendAddress(address, 0, n);
    }

    void noDelay() throws IOException {
        flags |= NODELAY;
        socket().setTcpNoDelay(true);
    }

    /// The handshake's last ACK, if it still waits for bytes to ride on.
    void acknowledge() throws IOException {
        socket().setIntOpt(IPPROTO_TCP, TCP_QUICKACK, ACK_NOW_THEN_WITH_DATA);
    }

    /// @return bytes moved into the pipe; 0 = go on with a read; negative = the connection is over
    private int fillPipe(RelayLoop loop) {
        Pipe p = pipe;
        if (p == null) {
            p = loop.pipes().take();
            if (p == null) {
                bulkReads = 0;
                return 0;
            }
            pipe = p;
        }
        int n;
        try {
            n = Native.splice(intValue(), -1, p.in.intValue(), -1, SPLICE_MOST);
        } catch (IOException e) {
            connection.failed(this, e);
            return -1;
        }
        if (n > 0) {
            p.bytes = n;
            if (n >= BULK) {
                smallSplices = 0;
            } else if (++smallSplices >= STREAK) {
                smallSplices = 0;
                bulkReads = 0;
            }
        } else if (!is(HANGUP) && !urgent) {
            // Nothing there now. With a hangup it may be the end of file, or the mark of urgent data: a read tells.
            flags &= ~READABLE;
        }
        return n;
    }

    /// @return whether all is sent
    private boolean flush(Leg to) {
        try {
            ByteBuf rest = unsent;
            if (rest != null) {
                ByteBuffer nio = rest.internalNioBuffer(rest.readerIndex(), rest.readableBytes());
                int n = to.write(nio, nio.position(), nio.limit());
                bytes += n;
                rest.skipBytes(n);
                if (rest.isReadable()) {
                    blockedBy(to);
                    return false;
                }
                rest.release();
                unsent = null;
            }
            Pipe p = pipe;
            while (p != null && p.bytes > 0) {
                int n = Native.splice(p.out.intValue(), -1, to.intValue(), -1, p.bytes);
                if (n <= 0) {
                    blockedBy(to);
                    return false;
                }
                bytes += n;
                p.bytes -= n;
            }
            return true;
        } catch (IOException e) {
            connection.failed(to, e);
            return false;
        }
    }

    private void blockedBy(Leg to) {
        to.flags |= BLOCKED;
        IoRegistration r = registration;
        if (!deaf && r != null) {
            deaf = true;
            r.submit(DEAF);
        }
    }

    /// The other socket has room again: what has come since is reported again.
    private void hear(Leg to) {
        IoRegistration r = registration;
        if (deaf && r != null && !to.is(BLOCKED)) {
            deaf = false;
            r.submit(ALL);
        }
    }

    private void end(Leg to) {
        flags |= ENDED;
        if (to.ended()) {
            connection.bothEnded();
            return;
        }
        connection.firstEnd(this);
        try {
            to.socket().shutdown(false, true);
        } catch (IOException | NotYetConnectedException e) {
            // ENOTCONN: it was reset, and the event that says so is still to come.
            connection.failed(to, SocketErrors.pending(to.intValue()));
        }
    }

    private void giveBackPipe() {
        if (pipe != null) {
            connection.loop().pipes().giveBack(pipe);
            pipe = null;
        }
    }

    /// Closes the socket, with a reset instead of a FIN if told so. For the last time, by [Connection] only.
    void finish(boolean reset) {
        if (is(CLOSED)) {
            return;
        }
        flags |= CLOSED;
        try {
            if (reset) {
                socket().setSoLinger(0);
            }
        } catch (IOException e) {
            RelayLoop.log.trace("reset of a socket: {}", e.getMessage());
        }
        close();
        // After the close: the registration then need not be taken out of epoll with a call of its own.
        if (registration != null) {
            registration.cancel();
            registration = null;
        }
        if (unsent != null) {
            unsent.release();
            unsent = null;
        }
        giveBackPipe();
    }

    @Override
    public void close() {
        try {
            super.close();
        } catch (IOException e) {
            RelayLoop.log.trace("close of a socket: {}", e.getMessage());
        }
    }
}
