package dev.hacp.lb.frontend;

import dev.hacp.core.Cidr;
import dev.hacp.core.ConfigurationException;
import java.util.ArrayList;
import java.util.List;

/// Who may come in, and how many.
///
/// @param connections          at once, over all listeners; 0 = as many as the process may have files for
/// @param connectionsPerSource at once from one client address; 0 = no limit
/// @param acceptRate           new connections in a second, with as many at once as a burst; 0 = no limit
/// @param allow                the only sources that are let in; empty = all
public record Limits(int connections, int connectionsPerSource, int acceptRate, List<Cidr> allow) {

    public static final Limits NONE = new Limits(0, 0, 0, List.of());

    /// @throws ConfigurationException with every problem at once
    public Limits {
        List<String> problems = new ArrayList<>();
        notNegative(problems, "connections", connections);
        notNegative(problems, "connectionsPerSource", connectionsPerSource);
        notNegative(problems, "acceptRate", acceptRate);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        allow = List.copyOf(allow);
    }

    private static void notNegative(List<String> problems, String key, int value) {
        if (value < 0) {
            problems.add("limits." + key + ": " + value + " (expected: at least 0)");
        }
    }
}
