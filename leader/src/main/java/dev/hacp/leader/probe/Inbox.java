package dev.hacp.leader.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.hacp.core.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The buffers of recvmsg(2), made once, and the kernel's stamp of what they hold. Belongs to one thread.
final class Inbox {

    private static final int DATA = 512;
    private static final int CONTROL = 128;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOL_SOCKET = 1;

    private final MemorySegment data;
    private final MemorySegment control;
    private final MemorySegment message;
    private final MemorySegment timespec;

    Inbox(Arena arena) {
        data = arena.allocate(DATA, 8);
        control = arena.allocate(CONTROL, 8);
        timespec = arena.allocate(16, 8);
        MemorySegment vector = arena.allocate(16, 8);
        vector.set(ADDRESS, 0, data);
        vector.set(JAVA_LONG, 8, DATA);
        // struct msghdr: name, its length, vector, its length, control, its length, flags
        message = arena.allocate(56, 8);
        message.set(ADDRESS, 16, vector);
        message.set(JAVA_LONG, 24, 1);
        message.set(ADDRESS, 32, control);
    }

    /// Takes one packet off the socket.
    ///
    /// @return its length, or a negative errno
    int receive(int fd) {
        message.set(JAVA_LONG, 40, CONTROL);
        return (int) Libc.tryRecvmsg(fd, message, MSG_DONTWAIT);
    }

    /// What [#receive] took.
    MemorySegment data() {
        return data;
    }

    /// How long ago our kernel received it; 0 without a stamp, and where the wall clock was set in the meantime.
    long age() {
        boolean isStamped = message.get(JAVA_LONG, 40) >= 32 && control.get(JAVA_INT, 8) == SOL_SOCKET
                && control.get(JAVA_INT, 12) == Sockets.SO_TIMESTAMPNS;
        if (!isStamped) {
            return 0;
        }
        long stamp = control.get(JAVA_LONG, 16) * 1_000_000_000L + control.get(JAVA_LONG, 24);
        return Math.max(0, Libc.realtimeNanos(timespec) - stamp);
    }
}
