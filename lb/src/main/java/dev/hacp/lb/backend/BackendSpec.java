package dev.hacp.lb.backend;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import java.util.List;

/// A backend as configuration or discovery names it.
///
/// @param id     where it is dialled, and its identity: an update with the same one keeps counters and connections
/// @param weight 1 to 256; twice the weight means twice the share
public record BackendSpec(HostPort id, int weight) {

    public static final int MAX_WEIGHT = 256;

    public BackendSpec {
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new ConfigurationException(
                    List.of("backend " + id + ": weight " + weight + " (expected: 1 to " + MAX_WEIGHT + ")"));
        }
        if (id.port() == 0) {
            throw new ConfigurationException(List.of("backend " + id + ": port 0 (expected: 1 to 65535)"));
        }
    }

    public static BackendSpec of(HostPort id) {
        return new BackendSpec(id, 1);
    }
}
