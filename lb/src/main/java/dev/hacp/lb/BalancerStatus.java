package dev.hacp.lb;

import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.relay.RelayStatus;
import java.util.List;
import java.util.Map;

/// The balancer at one moment, for status page and metrics.
///
/// @param listeners       bound addresses
/// @param mostConnections the effective limit
/// @param refused         clients since the start
public record BalancerStatus(List<HostPort> listeners, RelayStatus relay, int mostConnections,
        Map<Refusal, Long> refused, List<BackendStatus> backends) {

    public BalancerStatus {
        listeners = List.copyOf(listeners);
        refused = Map.copyOf(refused);
        backends = List.copyOf(backends);
    }
}
