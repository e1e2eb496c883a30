package dev.hacp.agent.composition;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.leader.kube.ApiException;
import dev.hacp.leader.kube.ApiServerPorts;
import dev.hacp.leader.kube.ApiServers;
import dev.hacp.leader.kube.ApiTiming;
import dev.hacp.leader.kube.CredentialSource;
import dev.hacp.leader.kube.Credentials;
import dev.hacp.leader.kube.MemberLeases;
import dev.hacp.leader.kube.MemberLeases.MemberLease;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A node that is to leave the members for good. An agent that stops stays one: only the person who removes it from the
/// node knows that it will not come back.
public final class Departure {

    private final AgentConfig config;
    private final Map<String, String> environment;

    public Departure(AgentConfig config, Map<String, String> environment) {
        this.config = config;
        this.environment = Map.copyOf(environment);
    }

    /// The member Lease, as kubectl takes it.
    public String lease() {
        return MemberLeases.name(config.lease().name(), config.node());
    }

    public String namespace() {
        return config.lease().namespace();
    }

    /// Deletes this node's member Lease, unless another node's agent has it.
    ///
    /// @return why it may still be there; empty when it is not
    public String apply() {
        AgentConfig.Cluster cluster = config.cluster();
        Credentials credentials = new Credentials(
                CredentialSource.of(cluster.inCluster() ? List.of() : cluster.kubeconfigs(), environment));
        Set<VirtualIp> vips = Set.copyOf(config.address().literals());
        List<InetAddress> own = NodeAddresses.of("", vips);
        try (ApiServers servers = new ApiServers(credentials, new Reachable(config.members().listen(), own)
                .apiServer(ApiServerPorts.beside(cluster.kubeconfigs())),
                config.balancer().backends(), ApiTiming.DEFAULT, Ticker.system());
                MemberLeases leases = new MemberLeases(servers, namespace(), config.lease().name(), () -> {})) {
            Optional<MemberLease> found = leases.list().stream().filter(one -> one.node().equals(config.node()))
                    .findFirst();
            if (found.isPresent() && !found.get().stopped() && !isHere(found.get().address(), own)) {
                return "another agent is called " + config.node() + ", at " + found.get().address().host();
            }
            if (found.isPresent()) {
                leases.delete(config.node());
            }
            return "";
        } catch (ApiException e) {
            return e.sentence();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static boolean isHere(HostPort address, List<InetAddress> own) {
        return address.literal().map(own::contains).orElse(true);
    }
}
