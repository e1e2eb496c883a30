package dev.hacp.testbed.lan;

import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// A port of the switch that delays and drops what goes to its host, in user space: not every kernel has `netem`. The port's
/// veth leaves the bridge, a TAP takes its place, and each frame is carried from one to the other. What comes from the host
/// passes at once. Frames of one flow keep their order, as in a queue of a real network; flows overtake each other.
public final class DelayedPort implements AutoCloseable {

    // linux/if_packet.h, linux/if_tun.h, linux/if_ether.h
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final short ETH_P_ALL_BIG_ENDIAN = 0x0300;
    private static final int O_RDWR = 2;
    private static final long TUNSETIFF = 0x400454caL;
    private static final short IFF_TAP_NO_PI_VNET_HDR = 0x0002 | 0x1000 | 0x4000;
    private static final int VNET_HEADER = 10;
    // A segment that the host's kernel left whole, and the header that says so.
    private static final int MOST = VNET_HEADER + 14 + 65_536;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int FLOWS = 4096;
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
    private static final long SYS_READ = ARM ? 63 : 0;
    private static final long SYS_WRITE = ARM ? 64 : 1;
    private static final long SYS_IOCTL = ARM ? 29 : 16;

    private final NetNamespace network;
    private final String port;
    private final String tapName;
    private final int tap;
    private final int veth;
    private final DelayQueue<Frame> waiting = new DelayQueue<>();
    private final SplittableRandom random = new SplittableRandom();
    private final long[] lastOfFlow = new long[FLOWS];
    private final AtomicLong latest = new AtomicLong();
    private volatile long mostNanos;
    private volatile double loss;
    private volatile boolean closed;

    /// With the header that both sides understand.
    private static final class Frame implements Delayed {

        /// [System#nanoTime]
        private final long dueNanos;
        private final byte[] bytes;

        Frame(long dueNanos, byte[] bytes) {
            this.dueNanos = dueNanos;
            this.bytes = bytes;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return other instanceof Frame frame ? Long.signum(dueNanos - frame.dueNanos) : 0;
        }
    }

    private DelayedPort(NetNamespace network, String port, String tapName, int tap, int veth) {
        this.network = network;
        this.port = port;
        this.tapName = tapName;
        this.tap = tap;
        this.veth = veth;
    }

    static DelayedPort insert(NetNamespace network, String port) {
        String tapName = "d-" + port;
        DelayedPort delayed = network.call(() -> {
            int tap = openTap(tapName);
            return new DelayedPort(network, port, tapName, tap, openVeth(port));
        });
        network.ip("link", "set", "dev", port, "nomaster");
        network.ip("link", "set", "dev", tapName, "master", "br0", "up");
        Thread.ofPlatform().name("from-" + port).daemon().start(delayed::carryFromHost);
        Thread.ofPlatform().name("to-" + port).daemon().start(delayed::takeFromSwitch);
        Thread.ofPlatform().name("delay-" + port).daemon().start(delayed::giveToHost);
        return delayed;
    }

    private static int openTap(String name) throws IOException {
        int fd = Libc.open("/dev/net/tun", O_RDWR | Libc.O_CLOEXEC);
        try (Arena arena = Arena.ofConfined()) {
            // struct ifreq: the name (16 bytes), the flags
            MemorySegment request = arena.allocate(40);
            request.setString(0, name);
            request.set(ValueLayout.JAVA_SHORT, 16, IFF_TAP_NO_PI_VNET_HDR);
            Libc.syscall("TUNSETIFF " + name, SYS_IOCTL, fd, TUNSETIFF, request.address());
            return fd;
        }
    }

    private static int openVeth(String name) throws IOException {
        int fd = Libc.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL_BIG_ENDIAN);
        try (Arena arena = Arena.ofConfined()) {
            // Checksums and segments may be left to be made: the header says so, and the TAP takes the same one.
            Libc.setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
            Libc.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
            MemorySegment time = arena.allocate(16);
            time.set(ValueLayout.JAVA_LONG, 8, 200_000);
            Libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, time, 16);
            // struct sockaddr_ll
            MemorySegment address = arena.allocate(20);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(ValueLayout.JAVA_SHORT, 2, ETH_P_ALL_BIG_ENDIAN);
            address.set(ValueLayout.JAVA_INT, 4, Libc.interfaceIndex(name));
            Libc.bind(fd, address, 20);
            return fd;
        }
    }

    /// From now on each frame to the host is lost with this probability, else delayed by anything between nothing and `most`.
    public void impair(double share, Duration most) {
        loss = share;
        mostNanos = most.toNanos();
    }

    /// By how much a frame came later than it should: this process was not run in time.
    public Duration mostLate() {
        return Duration.ofNanos(latest.get());
    }

    private void carryFromHost() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(MOST);
            while (!closed) {
                try {
                    int length = Libc.recv(veth, buffer, MOST, 0);
                    Libc.syscall("write", SYS_WRITE, tap, buffer.address(), length);
                } catch (LinuxException e) {
                    // Nothing came within the timeout, or one side is being taken away: a frame is lost, as on any
                    // wire.
                }
            }
        }
    }

    private void takeFromSwitch() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(MOST);
            while (!closed) {
                int length;
                try {
                    length = (int) Libc.syscall("read", SYS_READ, tap, buffer.address(), MOST);
                } catch (LinuxException e) {
                    // The TAP was removed.
                    return;
                }
                double chance = loss;
                long most = mostNanos;
                if (chance > 0 && random.nextDouble() < chance) {
                    continue;
                }
                byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                int flow = flow(bytes);
                long due = System.nanoTime() + (most == 0 ? 0 : random.nextLong(most));
                due = Math.max(due, lastOfFlow[flow] + 1);
                lastOfFlow[flow] = due;
                waiting.add(new Frame(due, bytes));
            }
        }
    }

    /// A number for addresses, protocol and ports of an IP packet without options; of another frame for its first bytes.
    private static int flow(byte[] bytes) {
        int hash = 1;
        // Behind the two Ethernet addresses: type, then of the IPv4 header protocol, addresses, and what follows are ports.
        for (int i = VNET_HEADER + 12; i < Math.min(bytes.length, VNET_HEADER + 38); i++) {
            int offset = i - VNET_HEADER;
            if (offset < 14 || offset == 23 || offset >= 26) {
                hash = 31 * hash + bytes[i];
            }
        }
        return Math.floorMod(hash ^ hash >>> 16, FLOWS);
    }

    private void giveToHost() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(MOST);
            while (!closed) {
                Frame frame = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (frame == null) {
                    continue;
                }
                latest.accumulateAndGet(System.nanoTime() - frame.dueNanos, Math::max);
                MemorySegment.copy(frame.bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, frame.bytes.length);
                try {
                    Libc.send(veth, buffer, frame.bytes.length, 0);
                } catch (LinuxException e) {
                    // The host's interface is down: lost.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The plain port is back.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        network.ip("link", "del", "dev", tapName);
        network.ip("link", "set", "dev", port, "master", "br0");
        Libc.close(tap);
        Libc.close(veth);
    }
}
