package dev.hacp.agent.config;

import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.relay.RelayConfig;
import java.util.List;

/// How clients are spread over the API servers. Where they come in is worked out at start.
///
/// @param backends empty: discovered from the cluster's `default/kubernetes` EndpointSlices and followed
public record BalancerSettings(List<HostPort> backends, BackendConfig spread, HealthConfig health, Limits limits,
        RelayConfig relay) {

    public BalancerSettings {
        backends = List.copyOf(backends);
    }
}
