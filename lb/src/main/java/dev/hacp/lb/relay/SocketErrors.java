package dev.hacp.lb.relay;

import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.Socket;
import java.io.IOException;

/// What the kernel says of a socket that failed.
final class SocketErrors {

    // include/uapi/asm-generic/errno.h
    private static final int EPIPE = 32;
    private static final int ECONNRESET = 104;
    private static final int ETIMEDOUT = 110;

    private SocketErrors() {}

    /// Whether the peer just stopped answering, as opposed to a reset. When it gives up, the kernel tells what ICMP said last
    /// (net/ipv4/tcp_timer.c, tcp_write_err): host or network unreachable, prohibited, a port that is not there; nothing but a
    /// reset is told as one of these two.
    static boolean vanished(IOException cause) {
        return cause instanceof NativeIoException n && n.expectedErr() != -ECONNRESET && n.expectedErr() != -EPIPE;
    }

    /// As the kernel would say it.
    static IOException timedOut() {
        return new NativeIoException("peer", -ETIMEDOUT);
    }

    /// The error that an event told of, read by nobody yet.
    static IOException pending(int fd) {
        try {
            int errno = new Socket(fd).getSoError();
            return new NativeIoException("socket", -(errno == 0 ? ECONNRESET : errno));
        } catch (IOException e) {
            return e;
        }
    }
}
