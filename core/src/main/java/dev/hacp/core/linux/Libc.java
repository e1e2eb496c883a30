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
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1), CAPTURE);

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

    private static LinuxException failed(String operation, Throwable t) {
        return switch (t) {
            case LinuxException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(operation, t);
        };
    }
}
