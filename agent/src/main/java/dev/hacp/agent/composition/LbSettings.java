package dev.hacp.agent.composition;

import dev.hacp.agent.config.BalancerConfig;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.RelayConfig;
import java.util.Collection;
import java.util.List;

/// The operator's settings in the balancer's words. What has no option keeps the balancer's own default.
final class LbSettings {

    private LbSettings() {}

    static dev.hacp.lb.BalancerConfig balancer(BalancerConfig config, List<Listen> listen) {
        RelayConfig relay = RelayConfig.DEFAULT.withConnectTimeout(config.connectTimeout())
                .withAccessLog(config.accessLog())
                .withProxyProtocol(new ProxyProtocol(config.proxy().sendV2(), config.proxy().acceptFrom()));
        BalancerConfig.Limits limits = config.limits();
        return dev.hacp.lb.BalancerConfig.of(listen.toArray(Listen[]::new)).withRelay(relay)
                .withLimits(new Limits(limits.maxConnections(), limits.maxConnectionsPerSource(), limits.acceptRate(),
                        limits.allow()));
    }

    static BackendConfig backends(BalancerConfig config) {
        BackendConfig defaults = BackendConfig.DEFAULT;
        Policy policy = switch (config.policy()) {
            case LEAST_CONNECTIONS -> Policy.LEAST_CONNECTIONS;
            case ROUND_ROBIN -> Policy.ROUND_ROBIN;
            case RANDOM_TWO -> Policy.RANDOM_TWO;
            case SOURCE_HASH -> Policy.SOURCE_HASH;
        };
        return new BackendConfig(policy, config.preferLocal(), defaults.preferLocalMax(), config.slowStart(),
                config.drainTimeout(), config.rebalance(), defaults.rebalancePerSecond(), defaults.resolveInterval());
    }

    static HealthConfig health(BalancerConfig.Health config) {
        HealthMode mode = switch (config.check()) {
            case HTTPS -> HealthMode.HTTPS;
            case TCP -> HealthMode.TCP;
            case NONE -> HealthMode.NONE;
        };
        return new HealthConfig(mode, config.interval(), config.fall(), config.rise(), config.timeout());
    }

    static List<BackendSpec> specs(Collection<dev.hacp.core.HostPort> backends) {
        return backends.stream().map(BackendSpec::of).toList();
    }
}
