package dev.hacp.agent.composition;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.leader.kube.ApiServerPorts;
import dev.hacp.leader.kube.ApiServers;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Keeps the requests to the Kubernetes API and the balancer at the API servers that are worth asking. Any thread.
final class ApiServerFollowing {

    private final ApiServers servers;
    private final BalancerPart balancer;
    private final List<Path> kubeconfigs;
    private final Supplier<Set<VirtualIp>> vips;
    private final ServerMemory memory;
    private final KnownApiServers known;

    // Guarded by this.
    private List<HostPort> followed = List.of();
    private List<HostPort> told = List.of();
    private Consumer<List<HostPort>> members = _ -> {};
    /// Of this node's API server, the likeliest first.
    private Set<Integer> ports = Set.of();

    /// @param kubeconfigs beside which kubeadm writes where the API server of this node listens
    /// @param vips        those of this cluster; among the API servers they would be ourselves
    ApiServerFollowing(ApiServers servers, BalancerPart balancer, List<Path> kubeconfigs, Supplier<Set<VirtualIp>> vips,
            ServerMemory memory, Ticker ticker) {
        this.servers = servers;
        this.balancer = balancer;
        this.kubeconfigs = List.copyOf(kubeconfigs);
        this.vips = vips;
        this.memory = memory;
        this.known = new KnownApiServers(ticker, balancer::condition, this::ports);
    }

    /// Begins with what was known before a restart.
    void start() {
        known.remembered(memory.read());
        follow();
    }

    /// What discovery says now.
    void named(List<HostPort> found) {
        known.named(found);
        follow();
    }

    /// What another member says.
    void heard(List<HostPort> servers) {
        known.remembered(servers);
        follow();
    }

    /// @param receiver of what the other members should know; called at each change
    synchronized void shareWith(Consumer<List<HostPort>> receiver) {
        members = receiver;
        told = List.of();
    }

    /// Looks what health checks say of them in the meantime.
    synchronized void follow() {
        Set<VirtualIp> ours = vips.get();
        List<HostPort> now = known.current().stream().filter(server -> ours.stream()
                .noneMatch(vip -> server.literal().filter(vip.address()::equals).isPresent())).toList();
        if (!now.isEmpty() && !now.equals(followed)) {
            servers.discovered(now);
            balancer.backends(now);
            followed = now;
            memory.write(now);
        }
        List<HostPort> worthTelling = known.worthTelling();
        if (!worthTelling.equals(told)) {
            told = worthTelling;
            members.accept(worthTelling);
        }
    }

    /// This node's own API server is dialled there. Asked again and again: kubeadm may write its files while the agent waits for
    /// them.
    synchronized void own(Reachable here) {
        ports = ApiServerPorts.beside(kubeconfigs);
        servers.own(here.apiServer(ports));
    }

    /// All at which an API server of this cluster may listen.
    private synchronized Collection<Integer> ports() {
        Set<Integer> all = new LinkedHashSet<>(ports);
        servers.credentials().usable().forEach(credential -> all.add(credential.server().port()));
        return all;
    }
}
