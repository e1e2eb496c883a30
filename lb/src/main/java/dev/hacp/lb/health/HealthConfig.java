package dev.hacp.lb.health;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// How often and how strictly backends are checked.
///
/// @param interval between the starts of two checks of one backend; a fifth of it, at most 1 s, while its state is about
///                 to change
/// @param fall     failures in a row until it is no longer UP
/// @param rise     successes in a row until it is UP again
/// @param timeout  of a whole check: connect (at most half of it), TLS and answer
public record HealthConfig(HealthMode mode, Duration interval, int fall, int rise, Duration timeout) {

    public static final HealthConfig DEFAULT = new HealthConfig(HealthMode.HTTPS, Duration.ofSeconds(1), 3, 2,
            Duration.ofSeconds(1));
    private static final Duration MOST_FAST = Duration.ofSeconds(1);

    /// @throws ConfigurationException with every problem at once
    public HealthConfig {
        List<String> problems = new ArrayList<>();
        within(problems, "health-interval", interval, Duration.ofMillis(50), Duration.ofMinutes(5));
        within(problems, "fall", fall);
        within(problems, "rise", rise);
        within(problems, "health-timeout", timeout, Duration.ofMillis(50), Duration.ofMinutes(1));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    /// A copy with these changes: `DEFAULT.with(health -> health.fall = 4)`.
    ///
    /// @throws ConfigurationException with every problem at once
    public HealthConfig with(Consumer<Draft> changes) {
        Draft draft = new Draft(this);
        changes.accept(draft);
        return new HealthConfig(draft.mode, draft.interval, draft.fall, draft.rise, draft.timeout);
    }

    /// The record's components by name.
    public static final class Draft {
        public HealthMode mode;
        public Duration interval;
        public int fall;
        public int rise;
        public Duration timeout;

        private Draft(HealthConfig from) {
            mode = from.mode;
            interval = from.interval;
            fall = from.fall;
            rise = from.rise;
            timeout = from.timeout;
        }
    }

    /// While a state is about to change, so that `fall` does not cost as many whole intervals.
    Duration fastInterval() {
        Duration fifth = interval.dividedBy(5);
        return fifth.compareTo(MOST_FAST) > 0 ? MOST_FAST : fifth;
    }

    /// A connect on a LAN takes milliseconds, and a lost SYN comes again only after a second (RFC 6298): waiting longer
    /// would tell nothing, and a black hole would be found later.
    Duration connectTimeout() {
        return timeout.dividedBy(2);
    }

    private static void within(List<String> problems, String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            problems.add(key + ": " + Durations.format(value) + " (expected: " + Durations.format(least)
                    + " to " + Durations.format(most) + ")");
        }
    }

    private static void within(List<String> problems, String key, int value) {
        if (value < 1 || value > 100) {
            problems.add(key + ": " + value + " (expected: a number from 1 to 100)");
        }
    }
}
