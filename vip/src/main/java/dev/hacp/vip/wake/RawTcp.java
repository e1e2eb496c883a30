package dev.hacp.vip.wake;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// A raw socket (man 7 raw) that sends TCP segments from one VIP; the kernel writes the IP header.
final class RawTcp implements AutoCloseable {

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_TCP = 6;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;

    private final VirtualIp vip;
    private final int fd;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment destination = arena.allocate(28, 4);
    private final MemorySegment data = arena.allocate(BareAck.LENGTH, 4);

    /// @throws LinuxException EADDRNOTAVAIL when the VIP is not on this node, EPERM without CAP_NET_RAW
    RawTcp(VirtualIp vip) throws LinuxException {
        this.vip = vip;
        fd = Libc.socket(vip.isIpv6() ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
        try {
            // Each raw TCP socket gets a copy of every segment that comes in; nobody reads them here.
            Libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1);
            Libc.bind(fd, destination, address(vip.address()));
        } catch (LinuxException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /// Writes a sockaddr_in or sockaddr_in6 with port 0 (raw sockets know no ports) and returns its length.
    private int address(InetAddress address) {
        byte[] raw = address.getAddress();
        destination.fill((byte) 0);
        destination.set(JAVA_SHORT, 0, (short) (raw.length == 16 ? AF_INET6 : AF_INET));
        MemorySegment.copy(raw, 0, destination, JAVA_BYTE, raw.length == 16 ? 8 : 4, raw.length);
        return raw.length == 16 ? 28 : 16;
    }

    void send(int vipPort, InetSocketAddress client, int sequence) throws LinuxException {
        byte[] segment = BareAck.segment(vip.address(), vipPort, client.getAddress(), client.getPort(), sequence);
        MemorySegment.copy(segment, 0, data, JAVA_BYTE, 0, segment.length);
        Libc.sendto(fd, data, segment.length, MSG_DONTWAIT, destination, address(client.getAddress()));
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
