package dev.hacp.leader.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;

/// What the probes' sockets have in common: numbers of the kernel's interface, addresses, filters, checksums.
final class Sockets {

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_TIMESTAMPNS = 35;
    static final int IPPROTO_ICMP = 1;
    static final int IPPROTO_TCP = 6;
    static final int IPPROTO_ICMPV6 = 58;
    static final int MSG_DONTWAIT = 0x40;

    private static final int SO_PRIORITY = 12;
    private static final int TC_PRIO_INTERACTIVE = 6;
    private static final int SO_ATTACH_FILTER = 26;

    private Sockets() {}

    /// Opens a socket whose packets are stamped on receipt, and which passes a busy queueing discipline first.
    static int open(int family, int type, int protocol) throws LinuxException {
        int fd = Libc.socket(family, type | SOCK_CLOEXEC, protocol);
        try {
            Libc.setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
            Libc.setsockopt(fd, SOL_SOCKET, SO_PRIORITY, TC_PRIO_INTERACTIVE);
            return fd;
        } catch (LinuxException e) {
            Libc.close(fd);
            throw e;
        }
    }

    static boolean isIpv6(InetAddress address) {
        return address instanceof Inet6Address;
    }

    /// A sockaddr_in or sockaddr_in6 with port 0: raw sockets know no ports.
    static MemorySegment address(Arena arena, InetAddress address) {
        byte[] raw = address.getAddress();
        MemorySegment segment = arena.allocate(raw.length == 16 ? 28 : 16, 4);
        segment.set(JAVA_SHORT, 0, (short) (raw.length == 16 ? AF_INET6 : AF_INET));
        MemorySegment.copy(raw, 0, segment, JAVA_BYTE, raw.length == 16 ? 8 : 4, raw.length);
        if (address instanceof Inet6Address ipv6) {
            segment.set(JAVA_INT, 24, ipv6.getScopeId());
        }
        return segment;
    }

    /// Attaches a classic BPF program (Documentation/networking/filter.rst): what it does not pass wakes nobody and fills
    /// no buffer.
    ///
    /// @param program code, jump if true, jump if false, operand of each instruction
    static void filter(int fd, int[]... program) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(8L * program.length, 8);
            for (int i = 0; i < program.length; i++) {
                code.set(JAVA_SHORT, 8L * i, (short) program[i][0]);
                code.set(JAVA_BYTE, 8L * i + 2, (byte) program[i][1]);
                code.set(JAVA_BYTE, 8L * i + 3, (byte) program[i][2]);
                code.set(JAVA_INT, 8L * i + 4, program[i][3]);
            }
            MemorySegment header = arena.allocate(16, 8);
            header.set(JAVA_SHORT, 0, (short) program.length);
            header.set(ADDRESS, 8, code);
            Libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, 16);
        }
    }

    /// Adds the big-endian 16-bit words of `data` to a checksum (RFC 1071).
    static int sum(int sum, MemorySegment data, int from, int length) {
        int total = sum;
        for (int i = from; i < from + length; i += 2) {
            total += ((data.get(JAVA_BYTE, i) & 0xff) << 8) + (data.get(JAVA_BYTE, i + 1) & 0xff);
        }
        return total;
    }

    static short fold(int sum) {
        int folded = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((folded & 0xffff) + (folded >>> 16));
    }
}
