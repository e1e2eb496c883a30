package dev.hacp.leader.election;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.leader.members.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The election's times and preferences.
///
/// @param leaseDuration how long others wait after the last change of the Lease; whole seconds, as the Lease stores it
/// @param renewDeadline how long the owner acts without a successful renewal
/// @param retryPeriod   between two renewals, and between two polls of a follower
/// @param heartbeat     between two heartbeats to one member
/// @param peerTimeout   silence of a member's agent after which it is suspect although its machine answers; the thresholds for
///                      a silent machine, and how long an attestation holds, are fractions of it ([Timing])
/// @param priority      the higher is preferred among followers
/// @param preempt       whether a healthy owner of lower priority is asked to hand over
public record ElectorConfig(Duration leaseDuration, Duration renewDeadline, Duration retryPeriod, Duration heartbeat,
        Duration peerTimeout, int priority, boolean preempt) {

    private static final Duration SHORTEST = Duration.ofMillis(10);

    /// Kubernetes' own defaults, and heartbeats every 50 ms.
    public static final ElectorConfig DEFAULT = new ElectorConfig(Duration.ofSeconds(15), Duration.ofSeconds(10),
            Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofMillis(400), 0, false);

    /// @throws ConfigurationException naming every problem at once
    public ElectorConfig {
        List<String> problems = new ArrayList<>();
        check(problems, leaseDuration.compareTo(Duration.ofSeconds(1)) >= 0 && leaseDuration.toNanosPart() == 0,
                "election.leaseDuration", leaseDuration, "whole seconds, at least 1s");
        check(problems, renewDeadline.compareTo(leaseDuration) < 0, "election.renewDeadline", renewDeadline,
                "< leaseDuration " + Durations.format(leaseDuration));
        check(problems, retryPeriod.compareTo(SHORTEST) >= 0, "election.retryPeriod", retryPeriod, "at least 10ms");
        // client-go's rule: with the jitter of 20 % a second attempt must still fit.
        check(problems, retryPeriod.multipliedBy(6).compareTo(renewDeadline.multipliedBy(5)) < 0,
                "election.retryPeriod", retryPeriod, "< renewDeadline " + Durations.format(renewDeadline) + " / 1.2");
        check(problems, heartbeat.compareTo(SHORTEST) >= 0, "members.heartbeat", heartbeat, "at least 10ms");
        // What is promised for three eighths of the timeout must be renewed three times in that.
        check(problems, peerTimeout.compareTo(heartbeat.multipliedBy(8)) >= 0, "members.peerTimeout", peerTimeout,
                "at least 8 heartbeats of " + Durations.format(heartbeat));
        check(problems, peerTimeout.compareTo(renewDeadline) < 0, "members.peerTimeout", peerTimeout,
                "< election.renewDeadline " + Durations.format(renewDeadline));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    private static void check(List<String> problems, boolean holds, String key, Duration value, String expected) {
        if (!holds) {
            problems.add(key + ": " + Durations.format(value) + " (expected: " + expected + ")");
        }
    }

    Timing timing() {
        return new Timing(heartbeat.toNanos(), peerTimeout.toNanos(), leaseDuration.toNanos());
    }
}
