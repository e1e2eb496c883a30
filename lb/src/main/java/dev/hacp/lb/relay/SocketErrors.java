package dev.hacp.lb.relay;

import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.Socket;
import java.io.IOException;

/// What the kernel says of a socket that failed.
final class SocketErrors {

    // include/uapi/asm-generic/errno.h
    private static final int ETIMEDOUT = 110;
    private static final int EHOSTUNREACH = 113;
    private static final int ECONNRESET = 104;

    private SocketErrors() {}

    /// Whether the peer just stopped answering, as opposed to a reset.
    static boolean vanished(IOException cause) {
        return cause instanceof NativeIoException n
                && (n.expectedErr() == -ETIMEDOUT || n.expectedErr() == -EHOSTUNREACH);
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
