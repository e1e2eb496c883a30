package dev.hacp.vip.steering;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// bpf(2) over syscall(2): the C library has no name for it. Only the five commands that steering needs.
final class Bpf {

    static final int MAP_TYPE_HASH = 1;
    static final int MAP_TYPE_SOCKMAP = 15;

    private static final boolean AARCH64 = "aarch64".equals(System.getProperty("os.arch"));
    private static final long NR_BPF = AARCH64 ? 280 : 321;
    private static final long NR_SETRLIMIT = AARCH64 ? 164 : 160;
    private static final int MAP_CREATE = 0;
    private static final int MAP_UPDATE = 2;
    private static final int MAP_DELETE = 3;
    private static final int PROG_LOAD = 5;
    private static final int LINK_CREATE = 28;
    private static final int PROG_TYPE_SK_LOOKUP = 30;
    private static final int ATTACH_SK_LOOKUP = 36;
    private static final int ATTRIBUTE = 128;
    private static final int LOG = 1 << 16;
    private static final int RLIMIT_MEMLOCK = 8;

    private Bpf() {}

    static int createMap(int type, int keySize, int valueSize, int entries) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attribute = arena.allocate(ATTRIBUTE, 8);
            attribute.set(JAVA_INT, 0, type);
            attribute.set(JAVA_INT, 4, keySize);
            attribute.set(JAVA_INT, 8, valueSize);
            attribute.set(JAVA_INT, 12, entries);
            return call("bpf map create", MAP_CREATE, attribute);
        }
    }

    static void update(int map, byte[] key, byte[] value) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attribute = element(arena, map, key);
            attribute.set(JAVA_LONG, 16, copy(arena, value).address());
            call("bpf map update", MAP_UPDATE, attribute);
        }
    }

    /// Deletes the key; that it is not there is success.
    static void delete(int map, byte[] key) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            call("bpf map delete", MAP_DELETE, element(arena, map, key));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private static MemorySegment element(Arena arena, int map, byte[] key) {
        MemorySegment attribute = arena.allocate(ATTRIBUTE, 8);
        attribute.set(JAVA_INT, 0, map);
        attribute.set(JAVA_LONG, 8, copy(arena, key).address());
        return attribute;
    }

    private static MemorySegment copy(Arena arena, byte[] octets) {
        MemorySegment segment = arena.allocate(octets.length, 8);
        return segment.copyFrom(MemorySegment.ofArray(octets));
    }

    /// Loads an `sk_lookup` program. When the verifier refuses it, the exception carries the verifier's words.
    static int loadSkLookup(long[] instructions) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(instructions.length * 8L, 8);
            for (int i = 0; i < instructions.length; i++) {
                code.set(JAVA_LONG, i * 8L, instructions[i]);
            }
            MemorySegment log = arena.allocate(LOG, 8);
            MemorySegment attribute = arena.allocate(ATTRIBUTE, 8);
            attribute.set(JAVA_INT, 0, PROG_TYPE_SK_LOOKUP);
            attribute.set(JAVA_INT, 4, instructions.length);
            attribute.set(JAVA_LONG, 8, code.address());
            attribute.set(JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
            attribute.set(JAVA_INT, 24, 1);
            attribute.set(JAVA_INT, 28, LOG);
            attribute.set(JAVA_LONG, 32, log.address());
            attribute.asSlice(48, 16).copyFrom(MemorySegment.ofArray("hacp_steer\0\0\0\0\0\0".getBytes(
                    java.nio.charset.StandardCharsets.US_ASCII)));
            attribute.set(JAVA_INT, 68, ATTACH_SK_LOOKUP);
            try {
                return call("bpf program load", PROG_LOAD, attribute);
            } catch (LinuxException e) {
                String verifier = log.getString(0).strip();
                throw verifier.isEmpty()
                        ? e
                        : new LinuxException("bpf program load (" + verifier.lines().reduce("", (a, b) -> b) + ")",
                                e.errno());
            }
        }
    }

    /// Attaches the program to the network namespace of the calling thread, beside any other that is there. Closing the
    /// returned descriptor, or the end of the process, detaches it.
    static int attachToNetworkNamespace(int program) throws LinuxException {
        // thread-self: a test's thread may live in another namespace than the process.
        int namespace = Libc.open("/proc/thread-self/ns/net", Libc.O_RDONLY | Libc.O_CLOEXEC);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attribute = arena.allocate(ATTRIBUTE, 8);
            attribute.set(JAVA_INT, 0, program);
            attribute.set(JAVA_INT, 4, namespace);
            attribute.set(JAVA_INT, 8, ATTACH_SK_LOOKUP);
            return call("bpf link create", LINK_CREATE, attribute);
        } finally {
            Libc.close(namespace);
        }
    }

    /// Kernels before 5.11 charge maps to RLIMIT_MEMLOCK, 64 KiB by default; later ones do not care.
    static void liftMemoryLimit() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unlimited = arena.allocate(16, 8);
            unlimited.fill((byte) 0xff);
            Libc.syscall("setrlimit", NR_SETRLIMIT, RLIMIT_MEMLOCK, unlimited.address(), 0);
        } catch (LinuxException e) {
            // Not allowed: on a kernel that needs it, creating the map fails and says so.
        }
    }

    private static int call(String name, int command, MemorySegment attribute) throws LinuxException {
        return (int) Libc.syscall(name, NR_BPF, command, attribute.address(), ATTRIBUTE);
    }
}
