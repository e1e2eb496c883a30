package dev.hacp.vip.steering;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.hacp.core.linux.Libc;
import dev.hacp.vip.ThreadStarter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A listener on loopback whose descriptor is known (Java hides its own), in the namespace of the thread that makes it.
/// It greets each connection and closes it.
public final class RawListener implements AutoCloseable {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle LISTEN = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("listen"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle ACCEPT = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("accept"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle WRITE = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("write"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle SHUTDOWN = LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("shutdown"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private final int fd;

    private RawListener(int fd) {
        this.fd = fd;
    }

    public static RawListener open(boolean ipv6, String greeting) throws IOException {
        int family = ipv6 ? 10 : 2;
        int fd = Libc.socket(family, 1, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(28, 4);
            address.set(JAVA_SHORT, 0, (short) family);
            if (ipv6) {
                address.set(JAVA_BYTE, 23, (byte) 1);
            } else {
                address.set(JAVA_BYTE, 4, (byte) 127);
                address.set(JAVA_BYTE, 7, (byte) 1);
            }
            Libc.bind(fd, address, ipv6 ? 28 : 16);
            if ((int) LISTEN.invokeExact(fd, 16) != 0) {
                throw new IOException("listen");
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable t) {
            throw new IOException(t);
        }
        RawListener listener = new RawListener(fd);
        ThreadStarter.PLATFORM.start("raw-listener", () -> listener.serve(greeting));
        return listener;
    }

    private void serve(String greeting) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(greeting);
            while (true) {
                int connection = (int) ACCEPT.invokeExact(fd, MemorySegment.NULL, MemorySegment.NULL);
                if (connection < 0) {
                    return;
                }
                long ignored = (long) WRITE.invokeExact(connection, text, text.byteSize() - 1);
                Libc.close(connection);
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    public int fd() {
        return fd;
    }

    @Override
    public void close() {
        try {
            // Wakes the accept, which a close alone would not.
            int ignored = (int) SHUTDOWN.invokeExact(fd, 2);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        Libc.close(fd);
    }
}
