package dev.hacp.vip.steering;

import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.Errno;
import dev.hacp.core.linux.Libc;
import dev.hacp.core.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Connections to VIP:port reach the balancer's own listener; those to the node's addresses reach anyone who listens
/// there.
///
/// It is in place on every member all the time, also while the VIP is elsewhere. When the process dies the kernel
/// closes the link, and VIP:port falls through to the API server's own wildcard listener. Thread-safe.
public final class Steering implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Steering.class);
    private static final String ALTERNATIVES = "; else give clients another port with --port, or let the API server "
            + "listen on the node's address only (--bind-address)";
    private static final int MAX_VIPS = 64;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private final int port;
    private final int vipMap;
    private final Deque<Integer> descriptors;
    private Set<VirtualIp> vips = Set.of();

    private Steering(int port, int vipMap, Deque<Integer> descriptors) {
        this.port = port;
        this.vipMap = vipMap;
        this.descriptors = descriptors;
    }

    /// Loads the program and attaches it to the calling thread's network namespace; no VIP is steered yet.
    ///
    /// @param port         what clients dial on the VIP
    /// @param ipv4Listener descriptor of a listening TCP socket, -1 = none; of a reuseport group any member
    /// @param ipv6Listener as above
    public static Steering attach(int port, int ipv4Listener, int ipv6Listener) throws SteeringException {
        Deque<Integer> descriptors = new ArrayDeque<>();
        try {
            Bpf.liftMemoryLimit();
            int vips = keep(descriptors, Bpf.createMap(Bpf.MAP_TYPE_HASH, SkLookupProgram.KEY_SIZE, 4, MAX_VIPS));
            int listeners = keep(descriptors, Bpf.createMap(Bpf.MAP_TYPE_SOCKMAP, 4, 8, 2));
            if (ipv4Listener >= 0) {
                Bpf.update(listeners, word(0), listener(ipv4Listener));
            }
            if (ipv6Listener >= 0) {
                Bpf.update(listeners, word(1), listener(ipv6Listener));
            }
            int program = keep(descriptors, Bpf.loadSkLookup(SkLookupProgram.assemble(vips, listeners)));
            keep(descriptors, Bpf.attachToNetworkNamespace(program));
            return new Steering(port, vips, descriptors);
        } catch (LinuxException e) {
            closeAll(descriptors);
            throw new SteeringException(explain(e), e);
        }
    }

    static String explain(LinuxException e) {
        return switch (e.errno()) {
            case Errno.EPERM,
                    Errno.EACCES ->
                "steering the VIP's port needs the capabilities CAP_BPF and CAP_NET_ADMIN (" + e.getMessage()
                        + "): grant them to this process (systemd: AmbientCapabilities, Kubernetes: "
                        + "securityContext.capabilities.add BPF, NET_ADMIN), and let its seccomp profile allow bpf(2)"
                        + ALTERNATIVES;
            case Errno.EINVAL, Errno.ENOSYS, Errno.EOPNOTSUPP -> "steering the VIP's port needs kernel 5.9 or newer "
                    + "with CONFIG_BPF_SYSCALL (" + e.getMessage() + "): use a newer kernel" + ALTERNATIVES;
            default -> "steering the VIP's port failed (" + e.getMessage() + ")" + ALTERNATIVES;
        };
    }

    private static int keep(Deque<Integer> descriptors, int descriptor) {
        descriptors.push(descriptor);
        return descriptor;
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    }

    private static byte[] listener(int descriptor) {
        return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(descriptor).array();
    }

    /// Exactly these VIPs are steered from now on.
    public synchronized void serve(Set<VirtualIp> wanted) {
        if (descriptors.isEmpty()) {
            return;
        }
        Set<VirtualIp> now = new LinkedHashSet<>(vips);
        try {
            for (VirtualIp vip : vips) {
                if (!wanted.contains(vip)) {
                    Bpf.delete(vipMap, key(vip));
                    now.remove(vip);
                }
            }
            for (VirtualIp vip : wanted) {
                if (now.add(vip)) {
                    Bpf.update(vipMap, key(vip), word(vip.isIpv6() ? 1 : 0));
                }
            }
        } catch (LinuxException e) {
            log.error("cannot steer {} to the balancer: {} (at most {} VIPs)", wanted, e.getMessage(), MAX_VIPS);
        }
        vips = Set.copyOf(now);
    }

    private byte[] key(VirtualIp vip) {
        return ByteBuffer.allocate(SkLookupProgram.KEY_SIZE).order(ByteOrder.nativeOrder())
                .putInt(vip.isIpv6() ? AF_INET6 : AF_INET).putInt(port).put(vip.address().getAddress()).array();
    }

    public synchronized Set<VirtualIp> vips() {
        return vips;
    }

    @Override
    public synchronized void close() {
        closeAll(descriptors);
        vips = Set.of();
    }

    /// The link first, the maps last.
    private static void closeAll(Deque<Integer> descriptors) {
        while (!descriptors.isEmpty()) {
            Libc.close(descriptors.pop());
        }
    }
}
