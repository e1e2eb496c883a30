package dev.hacp.core.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Downcalls into the C library. Each method throws [LinuxException] with errno; none retries on EINTR unless it says so.
/// Threads may share it; the errno is captured per call.
public final class Libc {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"));
    // One errno cell per thread, never freed before the thread: a downcall must not allocate.
    private static final ThreadLocal<MemorySegment> STATE = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

    private static final MethodHandle SOCKET = handle("socket",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = handle("bind",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SEND = handle("send",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle SENDTO = handle("sendto",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECV = handle("recv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle SETSOCKOPT = handle("setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle OPEN = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2), CAPTURE);
    private static final MethodHandle FCNTL = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("fcntl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2), CAPTURE);
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle SETNS = handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle IF_NAMETOINDEX = handle("if_nametoindex",
            FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle CONNECT = handle("connect",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKNAME = handle("getsockname",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle RECVMSG = handle("recvmsg",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle PPOLL = handle("ppoll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle CLOCK_GETTIME = handle("clock_gettime",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SCHED_SETSCHEDULER = handle("sched_setscheduler",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1), CAPTURE);

    private static final ThreadLocal<MemorySegment> TIMESPEC = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(16, 8));

    public static final int CLOCK_MONOTONIC = 1;
    public static final int CLOCK_BOOTTIME = 7;
    public static final int O_RDONLY = 0;
    public static final int O_CLOEXEC = 0x80000;
    public static final int CLONE_NEWNET = 0x40000000;

    private Libc() {}

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, CAPTURE);
    }

    /// socket(2)
    public static int socket(int domain, int type, int protocol) throws LinuxException {
        try {
            return check("socket", (int) SOCKET.invokeExact(STATE.get(), domain, type, protocol));
        } catch (Throwable t) {
            throw failed("socket", t);
        }
    }

    /// bind(2)
    public static void bind(int fd, MemorySegment address, int length) throws LinuxException {
        try {
            check("bind", (int) BIND.invokeExact(STATE.get(), fd, address, length));
        } catch (Throwable t) {
            throw failed("bind", t);
        }
    }

    /// send(2)
    public static int send(int fd, MemorySegment data, long length, int flags) throws LinuxException {
        try {
            return check("send", (int) (long) SEND.invokeExact(STATE.get(), fd, data, length, flags));
        } catch (Throwable t) {
            throw failed("send", t);
        }
    }

    /// sendto(2)
    public static int sendto(int fd, MemorySegment data, long length, int flags, MemorySegment address,
            int addressLength)
            throws LinuxException {
        try {
            return check("sendto",
                    (int) (long) SENDTO.invokeExact(STATE.get(), fd, data, length, flags, address, addressLength));
        } catch (Throwable t) {
            throw failed("sendto", t);
        }
    }

    /// recv(2). A blocking call is not woken when another thread closes `fd`: give the socket SO_RCVTIMEO.
    public static int recv(int fd, MemorySegment buffer, long length, int flags) throws LinuxException {
        try {
            return check("recv", (int) (long) RECV.invokeExact(STATE.get(), fd, buffer, length, flags));
        } catch (Throwable t) {
            throw failed("recv", t);
        }
    }

    /// setsockopt(2)
    public static void setsockopt(int fd, int level, int option, MemorySegment value, int length)
            throws LinuxException {
        try {
            check("setsockopt", (int) SETSOCKOPT.invokeExact(STATE.get(), fd, level, option, value, length));
        } catch (Throwable t) {
            throw failed("setsockopt", t);
        }
    }

    /// setsockopt(2) with an int.
    public static void setsockopt(int fd, int level, int option, int value) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            setsockopt(fd, level, option, arena.allocateFrom(JAVA_INT, value), Integer.BYTES);
        }
    }

    /// open(2) without O_CREAT.
    public static int open(String path, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            return check("open " + path, (int) OPEN.invokeExact(STATE.get(), arena.allocateFrom(path), flags, 0));
        } catch (Throwable t) {
            throw failed("open " + path, t);
        }
    }

    /// fcntl(2) with an int argument.
    public static int fcntl(int fd, int command, int argument) throws LinuxException {
        try {
            return check("fcntl", (int) FCNTL.invokeExact(STATE.get(), fd, command, argument));
        } catch (Throwable t) {
            throw failed("fcntl", t);
        }
    }

    /// close(2); errors are of no use to anybody and are ignored.
    public static void close(int fd) {
        try {
            int ignored = (int) CLOSE.invokeExact(STATE.get(), fd);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /// setns(2): moves the calling (platform) thread into a namespace, for its life unless moved back.
    public static void setns(int fd, int type) throws LinuxException {
        try {
            check("setns", (int) SETNS.invokeExact(STATE.get(), fd, type));
        } catch (Throwable t) {
            throw failed("setns", t);
        }
    }

    /// if_nametoindex(3): the index of a network interface in the calling thread's namespace.
    public static int interfaceIndex(String name) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int index = (int) IF_NAMETOINDEX.invokeExact(STATE.get(), arena.allocateFrom(name));
            if (index == 0) {
                throw new LinuxException("interface " + name, (int) ERRNO.get(STATE.get(), 0L));
            }
            return index;
        } catch (Throwable t) {
            throw failed("interface " + name, t);
        }
    }

    /// connect(2)
    public static void connect(int fd, MemorySegment address, int length) throws LinuxException {
        try {
            check("connect", (int) CONNECT.invokeExact(STATE.get(), fd, address, length));
        } catch (Throwable t) {
            throw failed("connect", t);
        }
    }

    /// getsockname(2)
    ///
    /// @param length an int: the room in `address` before, what was written after
    public static void getsockname(int fd, MemorySegment address, MemorySegment length) throws LinuxException {
        try {
            check("getsockname", (int) GETSOCKNAME.invokeExact(STATE.get(), fd, address, length));
        } catch (Throwable t) {
            throw failed("getsockname", t);
        }
    }

    /// sendto(2) for a loop that must not allocate: an error is a value, not an exception.
    ///
    /// @return octets sent, or the negative errno
    public static long trySendto(int fd, MemorySegment data, long length, int flags, MemorySegment address,
            int addressLength) {
        try {
            return orErrno((long) SENDTO.invokeExact(STATE.get(), fd, data, length, flags, address, addressLength));
        } catch (Throwable t) {
            throw unchecked("sendto", t);
        }
    }

    /// recvmsg(2) for a loop that must not allocate: an error (EAGAIN, above all) is a value, not an exception.
    ///
    /// @return octets received, or the negative errno
    public static long tryRecvmsg(int fd, MemorySegment message, int flags) {
        try {
            return orErrno((long) RECVMSG.invokeExact(STATE.get(), fd, message, flags));
        } catch (Throwable t) {
            throw unchecked("recvmsg", t);
        }
    }

    /// ppoll(2) without a signal mask.
    ///
    /// @param timeout a timespec
    /// @return how many descriptors are ready, or the negative errno
    public static int tryPpoll(MemorySegment descriptors, long count, MemorySegment timeout) {
        try {
            return (int) orErrno(
                    (int) PPOLL.invokeExact(STATE.get(), descriptors, count, timeout, MemorySegment.NULL));
        } catch (Throwable t) {
            throw unchecked("ppoll", t);
        }
    }

    /// clock_gettime(2) of CLOCK_REALTIME, the clock of SO_TIMESTAMPNS, in nanoseconds.
    ///
    /// @param timespec 16 octets of scratch
    public static long realtimeNanos(MemorySegment timespec) {
        try {
            int ignored = (int) CLOCK_GETTIME.invokeExact(STATE.get(), 0, timespec);
            return timespec.get(JAVA_LONG, 0) * 1_000_000_000L + timespec.get(JAVA_LONG, 8);
        } catch (Throwable t) {
            throw unchecked("clock_gettime", t);
        }
    }

    /// sched_setscheduler(2) for the calling (platform) thread alone.
    public static void schedule(int policy, int priority) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            check("sched_setscheduler", (int) SCHED_SETSCHEDULER.invokeExact(STATE.get(), 0, policy,
                    arena.allocateFrom(JAVA_INT, priority)));
        } catch (Throwable t) {
            throw failed("sched_setscheduler", t);
        }
    }

    /// clock_gettime(2), in nanoseconds.
    ///
    /// @param clock `CLOCK_*`
    public static long clock(int clock) throws LinuxException {
        try {
            MemorySegment time = TIMESPEC.get();
            check("clock_gettime", (int) CLOCK_GETTIME.invokeExact(STATE.get(), clock, time));
            return time.get(JAVA_LONG, 0) * 1_000_000_000L + time.get(JAVA_LONG, 8);
        } catch (Throwable t) {
            throw failed("clock_gettime", t);
        }
    }

    /// syscall(2) with three arguments, for what the C library has no name for (bpf(2)).
    public static long syscall(String name, long number, long a, long b, long c) throws LinuxException {
        try {
            long result = (long) SYSCALL.invokeExact(STATE.get(), number, a, b, c);
            if (result < 0) {
                throw new LinuxException(name, (int) ERRNO.get(STATE.get(), 0L));
            }
            return result;
        } catch (Throwable t) {
            throw failed(name, t);
        }
    }

    private static int check(String operation, int result) throws LinuxException {
        if (result < 0) {
            throw new LinuxException(operation, (int) ERRNO.get(STATE.get(), 0L));
        }
        return result;
    }

    private static long orErrno(long result) {
        return result < 0 ? -(int) ERRNO.get(STATE.get(), 0L) : result;
    }

    private static RuntimeException unchecked(String operation, Throwable t) {
        return new IllegalStateException(failed(operation, t));
    }

    private static LinuxException failed(String operation, Throwable t) {
        return switch (t) {
            case LinuxException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(operation, t);
        };
    }
}
