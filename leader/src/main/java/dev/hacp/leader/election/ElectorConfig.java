package dev.hacp.leader.election;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.leader.members.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

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

    /// Kubernetes' own defaults, and heartbeats every 50 ms.
    public static final ElectorConfig DEFAULT = new ElectorConfig(Duration.ofSeconds(15), Duration.ofSeconds(10),
            Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofMillis(400), 0, false);

    /// @throws ConfigurationException naming every problem at once
    public ElectorConfig {
        List<String> problems = new ArrayList<>();
        check(problems, leaseDuration.toNanosPart() == 0 && leaseDuration.compareTo(Duration.ofSeconds(1)) >= 0
                && leaseDuration.compareTo(Duration.ofHours(1)) <= 0, "lease-duration", leaseDuration,
                "whole seconds from 1s to 1h");
        check(problems, renewDeadline.compareTo(leaseDuration) < 0, "renew-deadline", renewDeadline,
                "< lease-duration " + Durations.format(leaseDuration));
        check(problems, retryPeriod.compareTo(Duration.ofMillis(50)) >= 0, "retry-period", retryPeriod,
                "at least 50ms");
        // A second attempt must still fit. client-go asks for 1.2 times one, for its jitter.
        check(problems, retryPeriod.multipliedBy(2).compareTo(renewDeadline) <= 0, "retry-period", retryPeriod,
                "at most half of renew-deadline " + Durations.format(renewDeadline));
        check(problems, heartbeat.compareTo(Duration.ofMillis(10)) >= 0, "heartbeat", heartbeat, "at least 10ms");
        // What is promised for three eighths of the timeout must be renewed three times in that.
        Duration heartbeats = heartbeat.multipliedBy(8);
        check(problems, peerTimeout.compareTo(heartbeats) >= 0, "peer-timeout", peerTimeout,
                ">= " + Durations.format(heartbeats) + ", eight heartbeats");
        check(problems, peerTimeout.compareTo(renewDeadline) < 0, "peer-timeout", peerTimeout,
                "< renew-deadline " + Durations.format(renewDeadline));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    private static void check(List<String> problems, boolean holds, String key, Duration value, String expected) {
        if (!holds) {
            problems.add(key + ": " + Durations.format(value) + " (expected: " + expected + ")");
        }
    }

    /// A copy with these changes: `DEFAULT.with(election -> election.priority = 200)`.
    ///
    /// @throws ConfigurationException naming every problem at once
    public ElectorConfig with(Consumer<Draft> changes) {
        Draft draft = new Draft(this);
        changes.accept(draft);
        return new ElectorConfig(draft.leaseDuration, draft.renewDeadline, draft.retryPeriod, draft.heartbeat,
                draft.peerTimeout, draft.priority, draft.preempt);
    }

    /// The record's components by name.
    public static final class Draft {
        public Duration leaseDuration;
        public Duration renewDeadline;
        public Duration retryPeriod;
        public Duration heartbeat;
        public Duration peerTimeout;
        public int priority;
        public boolean preempt;

        private Draft(ElectorConfig from) {
            leaseDuration = from.leaseDuration;
            renewDeadline = from.renewDeadline;
            retryPeriod = from.retryPeriod;
            heartbeat = from.heartbeat;
            peerTimeout = from.peerTimeout;
            priority = from.priority;
            preempt = from.preempt;
        }
    }

    Timing timing() {
        return new Timing(heartbeat.toNanos(), peerTimeout.toNanos(), leaseDuration.toNanos());
    }
}
