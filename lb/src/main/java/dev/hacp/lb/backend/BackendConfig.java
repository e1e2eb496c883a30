package dev.hacp.lb.backend;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// How connections are spread.
///
/// @param preferLocal        keep to the API server on this host while it is UP and not overloaded
/// @param preferLocalMax     connections at which the local one counts as overloaded (so it does while its health checks
///                           take longer than half their timeout)
/// @param slowStart          how long a recovered backend's share grows from a tenth to the whole; zero = at once
/// @param drainTimeout       how long connections to a draining backend may live on; zero = until their server closes
///                           them. One that health made drain is left alone while no other is UP
/// @param rebalance          after a recovery, close the longest-idle excess HTTP/2 connections until the spread is within
///                           20 %
/// @param rebalancePerSecond how many connections that may close in a second, on average
/// @param resolveInterval    how often host names are resolved again
public record BackendConfig(Policy policy, boolean preferLocal, int preferLocalMax, Duration slowStart,
        Duration drainTimeout, boolean rebalance, int rebalancePerSecond, Duration resolveInterval) {

    public static final BackendConfig DEFAULT = new BackendConfig(Policy.LEAST_CONNECTIONS, false, 1000,
            Duration.ofSeconds(30), Duration.ofMinutes(5), true, 5, Duration.ofSeconds(30));

    /// @throws ConfigurationException with every problem at once
    public BackendConfig {
        List<String> problems = new ArrayList<>();
        if (preferLocalMax < 1) {
            problems.add("prefer-local-max: " + preferLocalMax + " (expected: at least 1)");
        }
        within(problems, "slow-start", slowStart, Duration.ZERO, Duration.ofHours(1));
        within(problems, "drain-timeout", drainTimeout, Duration.ZERO, Duration.ofHours(24));
        if (rebalancePerSecond < 1 || rebalancePerSecond > 1000) {
            problems.add("rebalance-per-second: " + rebalancePerSecond + " (expected: 1 to 1000)");
        }
        within(problems, "resolve-interval", resolveInterval, Duration.ofSeconds(1), Duration.ofHours(24));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    /// A copy with these changes: `DEFAULT.with(spread -> spread.preferLocal = true)`.
    ///
    /// @throws ConfigurationException with every problem at once
    public BackendConfig with(Consumer<Draft> changes) {
        Draft draft = new Draft(this);
        changes.accept(draft);
        return new BackendConfig(draft.policy, draft.preferLocal, draft.preferLocalMax, draft.slowStart,
                draft.drainTimeout, draft.rebalance, draft.rebalancePerSecond, draft.resolveInterval);
    }

    /// The record's components by name.
    public static final class Draft {
        public Policy policy;
        public boolean preferLocal;
        public int preferLocalMax;
        public Duration slowStart;
        public Duration drainTimeout;
        public boolean rebalance;
        public int rebalancePerSecond;
        public Duration resolveInterval;

        private Draft(BackendConfig from) {
            policy = from.policy;
            preferLocal = from.preferLocal;
            preferLocalMax = from.preferLocalMax;
            slowStart = from.slowStart;
            drainTimeout = from.drainTimeout;
            rebalance = from.rebalance;
            rebalancePerSecond = from.rebalancePerSecond;
            resolveInterval = from.resolveInterval;
        }
    }

    private static void within(List<String> problems, String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            problems.add(key + ": " + Durations.format(value) + " (expected: " + Durations.format(least)
                    + " to " + Durations.format(most) + ")");
        }
    }
}
