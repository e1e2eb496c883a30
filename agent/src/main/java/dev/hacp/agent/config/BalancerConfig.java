package dev.hacp.agent.config;

import dev.hacp.core.Cidr;
import dev.hacp.core.HostPort;
import java.time.Duration;
import java.util.List;

/// How clients are spread over the API servers.
///
/// @param backends       empty: discovered from the cluster's `default/kubernetes` EndpointSlices and followed
/// @param connectTimeout for one attempt; then the next backend is tried
/// @param drainTimeout   how long connections of a draining backend may live on; zero: until the server closes them
/// @param slowStart      over which time a recovered backend gets its full share; zero: at once
public record BalancerConfig(List<HostPort> backends, Policy policy, boolean preferLocal, Health health,
        Duration connectTimeout, Duration drainTimeout, boolean rebalance, Duration slowStart, Limits limits,
        Proxy proxy, boolean accessLog) {

    public BalancerConfig {
        backends = List.copyOf(backends);
    }

    /// Which healthy backend a new connection gets.
    public enum Policy {
        LEAST_CONNECTIONS,
        ROUND_ROBIN,
        RANDOM_TWO,
        SOURCE_HASH
    }

    /// What is asked of a backend.
    public enum Check {
        HTTPS,
        TCP,
        NONE
    }

    /// @param fall failed checks in a row until a backend is down
    /// @param rise passed checks in a row until it is up again
    public record Health(Check check, Duration interval, Duration timeout, int fall, int rise) {}

    /// Zero means no limit.
    ///
    /// @param acceptRate new connections per second
    /// @param allow      networks that may connect; empty: all
    public record Limits(int maxConnections, int maxConnectionsPerSource, int acceptRate, List<Cidr> allow) {

        public Limits {
            allow = List.copyOf(allow);
        }
    }

    /// PROXY protocol version 2.
    ///
    /// @param acceptFrom networks whose connections begin with a PROXY header; empty: none
    public record Proxy(boolean sendV2, List<Cidr> acceptFrom) {

        public Proxy {
            acceptFrom = List.copyOf(acceptFrom);
        }
    }
}
