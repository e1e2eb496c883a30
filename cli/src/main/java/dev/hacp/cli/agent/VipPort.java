package dev.hacp.cli.agent;

import dev.hacp.cli.config.AgentConfig;
import dev.hacp.cli.config.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.frontend.Listener;
import dev.hacp.vip.steering.Steering;
import dev.hacp.vip.steering.SteeringException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// VIP:port beside the API server that listens on the wildcard address at the same port: one listener of our own per
/// address family, and the kernel steers what was dialled at a VIP to it.
final class VipPort implements AutoCloseable {

    private static final Path IPV6 = Path.of("/proc/net/if_inet6");

    private final Steering steering;

    private VipPort(Steering steering) {
        this.steering = steering;
    }

    /// One listener for each family that a VIP has or, given by name, may get.
    static List<Listen> listen(AgentConfig.Address address) {
        List<VirtualIp> literals = address.vips().stream().flatMap(vip -> vip.literal().stream()).toList();
        boolean named = literals.size() < address.vips().size();
        List<Listen> listen = new ArrayList<>();
        if (named || literals.stream().anyMatch(vip -> !vip.isIpv6())) {
            listen.add(Listen.steered(false));
        }
        if ((named && Files.exists(IPV6)) || literals.stream().anyMatch(VirtualIp::isIpv6)) {
            listen.add(Listen.steered(true));
        }
        return listen;
    }

    /// Loads the steering program; no VIP is steered yet.
    ///
    /// @param listeners those of [#listen], listening
    static VipPort open(int port, List<Listener> listeners) throws SteeringException {
        int ipv4 = -1;
        int ipv6 = -1;
        for (Listener listener : listeners) {
            if (listener.listen().isIpv6()) {
                ipv6 = listener.fileDescriptor();
            } else {
                ipv4 = listener.fileDescriptor();
            }
        }
        return new VipPort(Steering.attach(port, ipv4, ipv6));
    }

    void serve(Set<VirtualIp> vips) {
        steering.serve(vips);
    }

    Set<VirtualIp> served() {
        return steering.vips();
    }

    /// The texts of the VIPs as the address side takes them.
    static List<String> texts(AgentConfig.Address address) {
        return address.vips().stream().map(VipTarget::text).toList();
    }

    @Override
    public void close() {
        steering.close();
    }
}
