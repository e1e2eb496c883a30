package dev.hacp.agent.config;

import dev.hacp.core.HostPort;
import java.util.List;

/// All that `hacp balance` is told: the balancer alone, without VIP and election.
///
/// @param cluster the credential of the HTTPS health check; without kubeconfigs it is asked anonymously
public record BalanceConfig(List<HostPort> listen, BalancerSettings balancer, AgentConfig.Cluster cluster,
        AgentConfig.Admin admin, LogConfig log) {

    public BalanceConfig {
        listen = List.copyOf(listen);
    }
}
