package dev.hacp.agent.composition;

import dev.hacp.core.VirtualIp;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.frontend.Listener;
import dev.hacp.vip.address.VipConfig;
import dev.hacp.vip.steering.Steering;
import dev.hacp.vip.steering.SteeringException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// VIP:port. Beside an API server that listens on the wildcard address at the same port: one listener of our own per address
/// family, and the kernel steers what was dialled at a VIP to it. Where the kernel or this process cannot steer, VIP:port
/// itself is bound, as long as that keeps no API server from its port.
final class VipPort implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger("hacp");
    private static final Path IPV6 = Path.of("/proc/net/if_inet6");
    private static final List<Path> SOCKETS = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final int API_SERVER_PORT = 6443;

    private final int port;
    private final List<Listen> listen;
    /// Those whose port is bound; none when it is steered.
    private final Set<VirtualIp> bound;
    private final String whyBound;
    private volatile @Nullable Steering steering;

    private VipPort(int port, List<Listen> listen, Set<VirtualIp> bound, String whyBound) {
        this.port = port;
        this.listen = listen;
        this.bound = bound;
        this.whyBound = whyBound;
    }

    /// Finds out by trying whether the port can be steered here.
    ///
    /// @throws IOException one sentence with the remedies, when VIP:port can be served in neither way
    static VipPort choose(VipConfig address) throws IOException {
        Optional<String> cannotSteer = Optional.empty();
        try {
            Steering.attach(address.port(), -1, -1).close();
        } catch (SteeringException e) {
            cannotSteer = Optional.of(String.valueOf(e.getMessage()));
        }
        List<String> sockets = new ArrayList<>();
        for (Path table : SOCKETS) {
            if (Files.exists(table)) {
                sockets.addAll(Files.readAllLines(table));
            }
        }
        return choose(address, cannotSteer, sockets);
    }

    /// @param cannotSteer why not; empty when it can be steered
    /// @param sockets     the lines of /proc/net/tcp and tcp6
    static VipPort choose(VipConfig address, Optional<String> cannotSteer, List<String> sockets)
            throws IOException {
        int port = address.port();
        List<VirtualIp> literals = address.literals();
        boolean named = !address.names().isEmpty();
        if (cannotSteer.isEmpty()) {
            return new VipPort(port, steered(literals, named), Set.of(), "");
        }
        String reason = cannotSteer.get();
        if (named) {
            throw new IOException("a VIP that is given by name cannot be bound, so its port must be steered: " + reason
                    + "; or give its address");
        }
        if (port == API_SERVER_PORT && !isBoundToOneAddress(port, sockets)) {
            // Bound by us first, it would keep an API server that starts later from the wildcard address.
            throw new IOException(
                    "VIP:" + port + " belongs to the API server as long as it listens on every address: " + reason);
        }
        log.warn("VIP:{} is bound, not steered: {}", port, reason);
        List<Listen> listen = literals.stream().map(vip -> Listen.vip(new InetSocketAddress(vip.address(), port)))
                .toList();
        return new VipPort(port, listen, Set.copyOf(literals), reason);
    }

    /// One listener for each family that a VIP has or, given by name, may get.
    private static List<Listen> steered(List<VirtualIp> literals, boolean named) {
        List<Listen> listen = new ArrayList<>();
        if (named || literals.stream().anyMatch(vip -> !vip.isIpv6())) {
            listen.add(Listen.steered(false));
        }
        if ((named && Files.exists(IPV6)) || literals.stream().anyMatch(VirtualIp::isIpv6)) {
            listen.add(Listen.steered(true));
        }
        return listen;
    }

    /// Whether somebody listens on the port, at an address of its own and not at all of them.
    private static boolean isBoundToOneAddress(int port, List<String> sockets) {
        String suffix = String.format(":%04X", port);
        return sockets.stream().map(line -> line.strip().split("\\s+"))
                // State 0A is LISTEN (include/net/tcp_states.h).
                .anyMatch(fields -> fields.length > 3 && fields[3].equals("0A") && fields[1].endsWith(suffix)
                        && !fields[1].matches("0+:.*"));
    }

    /// What the balancer is to listen on.
    List<Listen> listen() {
        return listen;
    }

    /// Steers to the balancer's listeners, where that is the way; no VIP is steered yet.
    ///
    /// @param listeners those of [#listen], listening
    void open(List<Listener> listeners) throws SteeringException {
        if (!bound.isEmpty()) {
            return;
        }
        int ipv4 = -1;
        int ipv6 = -1;
        for (Listener listener : listeners) {
            if (listener.listen().isIpv6()) {
                ipv6 = listener.fileDescriptor();
            } else {
                ipv4 = listener.fileDescriptor();
            }
        }
        steering = Steering.attach(port, ipv4, ipv6);
    }

    /// Why listening failed, and what steering would have needed.
    IOException explain(IOException failure) {
        return bound.isEmpty() ? failure : new IOException(failure.getMessage() + "; " + whyBound, failure);
    }

    void serve(Set<VirtualIp> vips) {
        Steering open = steering;
        if (open != null) {
            open.serve(vips);
        }
    }

    /// The VIPs whose port reaches the balancer.
    Set<VirtualIp> served() {
        Steering open = steering;
        return open == null ? bound : open.vips();
    }

    @Override
    public void close() {
        Steering open = steering;
        if (open != null) {
            open.close();
        }
    }
}
