package dev.hacp.agent.config;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.leader.channel.ChannelConfig;
import dev.hacp.leader.election.ElectorConfig;
import dev.hacp.vip.address.VipConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// All that `hacp run` is told, checked and complete: the modules' own settings, and what none of them has.
///
/// @param address the VIPs and how they are announced
/// @param members the members' own channel
public record AgentConfig(NodeName node, VipConfig address, Lease lease, ElectorConfig election, ChannelConfig members,
        Cluster cluster, BalancerSettings balancer, Admin admin, LogConfig log) {

    /// The Lease that arbitrates.
    public record Lease(String namespace, String name) {

        /// `kube-system/hacp`
        @Override
        public String toString() {
            return namespace + "/" + name;
        }
    }

    /// Credentials, tried in order.
    ///
    /// @param inCluster whether the pod's service account is tried last
    public record Cluster(List<Path> kubeconfigs, boolean inCluster) {

        public Cluster {
            kubeconfigs = List.copyOf(kubeconfigs);
        }
    }

    /// How it is seen and ordered from outside.
    ///
    /// @param listen        empty: no metrics, health and status over HTTP
    /// @param controlSocket empty: no orders
    public record Admin(Optional<HostPort> listen, Optional<Path> controlSocket) {}
}
