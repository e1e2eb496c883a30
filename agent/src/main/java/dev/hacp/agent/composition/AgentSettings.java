package dev.hacp.agent.composition;

import dev.hacp.agent.Version;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.Durations;
import dev.hacp.leader.election.ElectorConfig;
import dev.hacp.leader.kube.MemberSettings;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/// What of a configuration all members should have alike.
public final class AgentSettings {

    private AgentSettings() {}

    public static MemberSettings of(AgentConfig config) {
        ElectorConfig election = config.election();
        Map<String, Duration> timers = Map.of("lease-duration", election.leaseDuration(), "renew-deadline",
                election.renewDeadline(), "retry-period", election.retryPeriod(), "heartbeat",
                election.heartbeat(), "peer-timeout", election.peerTimeout());
        return new MemberSettings(config.address().texts(),
                config.address().port(), timers.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, timer -> Durations.format(timer.getValue()))),
                Version.number());
    }
}
