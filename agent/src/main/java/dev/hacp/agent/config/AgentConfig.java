package dev.hacp.agent.config;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// All that `hacp run` is told, checked and complete.
public record AgentConfig(NodeName node, Address address, Election election, Members members, Cluster cluster,
        BalancerConfig balancer, Admin admin, LogConfig log) {

    /// The VIPs and how they are announced.
    ///
    /// @param interfaceName empty: the interface whose subnet holds the VIP
    /// @param port          what clients dial on the VIP
    /// @param fence         lifetime the kernel gives the address unless it is re-armed; zero: no fence
    /// @param garpInterval  between periodic announcements
    public record Address(List<VipTarget> vips, Optional<String> interfaceName, int port, Duration fence,
            Duration garpInterval) {

        public Address {
            vips = List.copyOf(vips);
        }
    }

    /// The Lease that arbitrates.
    public record Election(String leaseNamespace, String leaseName, Duration leaseDuration, Duration renewDeadline,
            Duration retryPeriod) {}

    /// The members' own channel.
    ///
    /// @param peers static addresses of other members; empty: found through the Kubernetes API
    public record Members(HostPort listen, List<HostPort> peers, Duration heartbeat, Duration peerTimeout,
            int priority, boolean preempt) {

        public Members {
            peers = List.copyOf(peers);
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
