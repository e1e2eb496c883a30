package dev.hacp.agent.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.BalancerConfig;
import dev.hacp.core.Cidr;
import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LbSettingsTest {

    private static BalancerConfig config(BalancerConfig.Policy policy, BalancerConfig.Check check) {
        return new BalancerConfig(List.of(HostPort.parse("10.0.0.1:6443")), policy, true,
                new BalancerConfig.Health(check, Duration.ofSeconds(2), Duration.ofMillis(700), 4, 5),
                Duration.ofMillis(800), Duration.ofMinutes(3), false, Duration.ofSeconds(7),
                new BalancerConfig.Limits(100, 10, 20, List.of(Cidr.parse("10.0.0.0/8"))),
                new BalancerConfig.Proxy(true, List.of(Cidr.parse("fd00::/8"))), true);
    }

    @Test
    void everySettingReachesTheBalancer() {
        BalancerConfig config = config(BalancerConfig.Policy.SOURCE_HASH, BalancerConfig.Check.TCP);
        var balancer = LbSettings.balancer(config,
                List.of(Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))));
        assertThat(balancer.listen()).hasSize(1);
        assertThat(balancer.limits()).hasToString(
                "Limits[connections=100, connectionsPerSource=10, acceptRate=20, allow=[10.0.0.0/8]]");
        assertThat(balancer.relay().connectTimeout()).hasMillis(800);
        assertThat(balancer.relay().accessLog()).isTrue();
        assertThat(balancer.relay().proxyProtocol()).hasToString("ProxyProtocol[send=true, acceptFrom=[fd00::/8]]");

        var backends = LbSettings.backends(config);
        assertThat(backends.policy()).isEqualTo(Policy.SOURCE_HASH);
        assertThat(backends.preferLocal()).isTrue();
        assertThat(backends.rebalance()).isFalse();
        assertThat(backends.slowStart()).hasSeconds(7);
        assertThat(backends.drainTimeout()).hasMinutes(3);

        var health = LbSettings.health(config.health());
        assertThat(health.mode()).isEqualTo(HealthMode.TCP);
        assertThat(health.interval()).hasSeconds(2);
        assertThat(health.timeout()).hasMillis(700);
        assertThat(health.fall()).isEqualTo(4);
        assertThat(health.rise()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource(BalancerConfig.Policy.class)
    void everyPolicyMeansTheOneOfTheSameName(BalancerConfig.Policy policy) {
        assertThat(LbSettings.backends(config(policy, BalancerConfig.Check.NONE)).policy().name())
                .isEqualTo(policy.name());
    }

    @ParameterizedTest
    @EnumSource(BalancerConfig.Check.class)
    void everyCheckMeansTheModeOfTheSameName(BalancerConfig.Check check) {
        assertThat(LbSettings.health(config(BalancerConfig.Policy.ROUND_ROBIN, check).health()).mode().name())
                .isEqualTo(check.name());
    }
}
