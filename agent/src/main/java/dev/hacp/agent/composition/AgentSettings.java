package dev.hacp.agent.composition;

import dev.hacp.agent.Version;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.VipTarget;
import dev.hacp.core.Durations;
import dev.hacp.leader.kube.MemberSettings;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/// What of a configuration all members should have alike.
public final class AgentSettings {

    private AgentSettings() {}

    public static MemberSettings of(AgentConfig config) {
        AgentConfig.Election lease = config.election();
        Map<String, Duration> timers = Map.of("lease-duration", lease.leaseDuration(), "renew-deadline",
                lease.renewDeadline(), "retry-period", lease.retryPeriod(), "heartbeat",
                config.members().heartbeat(), "peer-timeout", config.members().peerTimeout());
        return new MemberSettings(config.address().vips().stream().map(VipTarget::text).toList(),
                config.address().port(), timers.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, timer -> Durations.format(timer.getValue()))),
                Version.number());
    }
}
