package dev.hacp.lb.frontend;

import dev.hacp.core.Cidr;
import dev.hacp.core.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Who may come in, and how many.
///
/// @param connections          at once, over all listeners; 0 = as many as the process may have files for
/// @param connectionsPerSource at once from one client address; 0 = no limit
/// @param acceptRate           new connections in a second, with as many at once as a burst; 0 = no limit
/// @param allow                the only sources that are let in; empty = all
public record Limits(int connections, int connectionsPerSource, int acceptRate, List<Cidr> allow) {

    private static final int MOST = 1_000_000;

    public static final Limits NONE = new Limits(0, 0, 0, List.of());

    /// @throws ConfigurationException with every problem at once
    public Limits {
        List<String> problems = new ArrayList<>();
        within(problems, "max-connections", connections);
        within(problems, "max-connections-per-source", connectionsPerSource);
        within(problems, "accept-rate", acceptRate);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        allow = List.copyOf(allow);
    }

    /// A copy with these changes: `NONE.with(limits -> limits.acceptRate = 100)`.
    ///
    /// @throws ConfigurationException with every problem at once
    public Limits with(Consumer<Draft> changes) {
        Draft draft = new Draft(this);
        changes.accept(draft);
        return new Limits(draft.connections, draft.connectionsPerSource, draft.acceptRate, draft.allow);
    }

    /// The record's components by name.
    public static final class Draft {
        public int connections;
        public int connectionsPerSource;
        public int acceptRate;
        public List<Cidr> allow;

        private Draft(Limits from) {
            connections = from.connections;
            connectionsPerSource = from.connectionsPerSource;
            acceptRate = from.acceptRate;
            allow = from.allow;
        }
    }

    private static void within(List<String> problems, String key, int value) {
        if (value < 0 || value > MOST) {
            problems.add(key + ": " + value + " (expected: a number from 0 to " + MOST + ")");
        }
    }
}
