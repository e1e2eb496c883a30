package dev.hacp.cli;

import dev.hacp.agent.control.ControlActions;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// An agent of two backends and three connections that owns the VIP.
final class FakeActions implements ControlActions {

    private final Map<String, AdminState> orders = new TreeMap<>(
            Map.of("10.0.0.1:6443", AdminState.READY, "10.0.0.2:6443", AdminState.READY));
    private CompletionStage<NodeName> handover = CompletableFuture.completedFuture(new NodeName("cp2"));
    private Optional<NodeName> askedFor = Optional.empty();

    void handoverEndsWith(CompletionStage<NodeName> result) {
        handover = result;
    }

    Optional<NodeName> askedFor() {
        return askedFor;
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
        askedFor = to;
        return to.isPresent() ? CompletableFuture.completedFuture(to.get()) : handover;
    }

    @Override
    public List<ConnectionRow> connections() {
        return List.of(row(1, 5_000_000, 3_700, 0), row(2, 100, 7, 5), row(3, 2_000, 200_000, 199_999));
    }

    private static ConnectionRow row(int client, long bytes, long age, long idle) {
        return new ConnectionRow(Optional.of(VirtualIp.parse("10.0.0.10")), new HostPort("10.0.0.10", 6443),
                new InetSocketAddress("192.0.2." + client, 40_000 + client),
                client == 2 ? Optional.empty() : Optional.of(new HostPort("10.0.0.1", 6443)), bytes / 10,
                bytes - bytes / 10, Duration.ofSeconds(age), Duration.ofSeconds(idle));
    }

    @Override
    public List<AgentStatus.Backend> backends() {
        List<AgentStatus.Backend> all = new ArrayList<>();
        orders.forEach((address, order) -> all.add(new AgentStatus.Backend(address,
                order == AdminState.READY ? "up" : order == AdminState.DRAIN ? "drain" : "down",
                order.name().toLowerCase(Locale.ROOT), order == AdminState.READY ? "ready" : "ordered",
                "2026-01-01T00:00:00Z", 7, 42, null)));
        return all;
    }

    @Override
    public boolean backend(HostPort address, AdminState order) {
        return orders.replace(address.toString(), order) != null;
    }
}
