package dev.hacp.lb;

import dev.hacp.core.ConfigurationException;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.relay.RelayConfig;
import java.util.List;

/// The balancer without its backends, which are the pool's.
///
/// @param listen where clients come in; at least one
/// @param loops  event loops; 0 = one per processor
public record BalancerConfig(List<Listen> listen, Limits limits, RelayConfig relay, int loops) {

    /// @throws ConfigurationException with every problem at once
    public BalancerConfig {
        listen = List.copyOf(listen);
        if (listen.isEmpty()) {
            throw new ConfigurationException(List.of("listen: none (expected: at least one address)"));
        }
        if (loops < 0 || loops > 256) {
            throw new ConfigurationException(List.of("loops: " + loops + " (expected: 0 to 256)"));
        }
    }

    public static BalancerConfig of(Listen... listen) {
        return new BalancerConfig(List.of(listen), Limits.NONE, RelayConfig.DEFAULT, 0);
    }

    public BalancerConfig withLimits(Limits value) {
        return new BalancerConfig(listen, value, relay, loops);
    }

    public BalancerConfig withRelay(RelayConfig value) {
        return new BalancerConfig(listen, limits, value, loops);
    }

    public BalancerConfig withLoops(int value) {
        return new BalancerConfig(listen, limits, relay, value);
    }
}
