package dev.hacp.agent.admin;

import dev.hacp.agent.status.AgentStatus;
import java.util.List;
import java.util.function.Supplier;

/// What the pages show, computed for each request. Called concurrently on virtual threads; must not block for long.
///
/// @param metrics  Prometheus text
/// @param stuck    one sentence per loop that does not turn; empty = alive
/// @param notReady one sentence per reason not to be ready; empty = ready
public record AdminViews(Supplier<AgentStatus> status, Supplier<String> metrics, Supplier<List<String>> stuck,
        Supplier<List<String>> notReady) {}
