package dev.hacp.agent.control;

import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/// An agent of two backends that owns the VIP and has no clients.
final class FakeActions implements ControlActions {

    private CompletionStage<NodeName> handover = CompletableFuture.completedFuture(new NodeName("cp2"));

    void handoverEndsWith(CompletionStage<NodeName> result) {
        handover = result;
    }

    @Override
    public String node() {
        return "cp1";
    }

    @Override
    public boolean ownsVip() {
        return true;
    }

    @Override
    public CompletionStage<NodeName> handover(Optional<NodeName> to) {
        return handover;
    }

    @Override
    public List<ConnectionRow> connections() {
        return List.of();
    }

    @Override
    public List<AgentStatus.Backend> backends() {
        return Stream.of("10.0.0.1:6443", "10.0.0.2:6443").map(address -> new AgentStatus.Backend(address, "up",
                "ready", "ready", "2026-01-01T00:00:00Z", 0, 0, null)).toList();
    }

    @Override
    public boolean backend(HostPort address, AdminState order) {
        return false;
    }
}
