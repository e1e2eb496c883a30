package dev.hacp.agent.status;

import dev.hacp.agent.metrics.VipClients;
import dev.hacp.core.Journal;
import dev.hacp.core.MacAddress;
import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.lb.health.HealthSnapshot;
import dev.hacp.vip.address.VipStatus;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Parts of an [AgentStatus] from the live snapshots of the modules.
public final class StatusParts {

    private static final int MOVES = 20;

    private StatusParts() {}

    /// @param steering whether VIP:port is steered to the balancer of this node
    public static List<AgentStatus.Vip> vips(VipStatus status, boolean steering, VipClients clients) {
        return status.vips().stream()
                .map(vip -> new AgentStatus.Vip(vip.address().toString(), status.interfaceName(), vip.held(), steering,
                        vip.lastAnnounced().map(Object::toString).orElse(null),
                        vip.conflict().map(MacAddress::toString).orElse(null),
                        new AgentStatus.Connections(Math.toIntExact(clients.current(vip.address())),
                                clients.total(vip.address()))))
                .toList();
    }

    public static List<AgentStatus.Backend> backends(List<BackendStatus> backends, List<HealthSnapshot> checks) {
        Map<Object, HealthSnapshot> byBackend = checks.stream()
                .collect(Collectors.toMap(HealthSnapshot::backend, Function.identity(), (first, second) -> second));
        return backends.stream().map(backend -> {
            HealthSnapshot check = byBackend.get(backend.id());
            AgentStatus.Check last = check == null || check.last().isEmpty()
                    ? null
                    : new AgentStatus.Check(lower(check.last().get()), check.httpCode(),
                            millis(check.duration()));
            return new AgentStatus.Backend(backend.id().toString(), lower(backend.state()), lower(backend.admin()),
                    backend.reason(), backend.since().truncatedTo(ChronoUnit.MILLIS).toString(), backend.current(),
                    backend.total(), last);
        }).toList();
    }

    public static List<AgentStatus.Happening> timeline(List<Journal.Entry> entries) {
        return entries.stream().map(entry -> new AgentStatus.Happening(entry.at().toString(), lower(entry.kind()),
                entry.message(), entry.keys())).toList();
    }

    /// The newest takeovers and stand-downs; a number under the key `gapMs` is taken as the gap.
    public static List<AgentStatus.Move> moves(List<Journal.Entry> entries) {
        List<AgentStatus.Move> moves = entries.stream()
                .filter(entry -> entry.kind() == Journal.Kind.TOOK_OVER || entry.kind() == Journal.Kind.STOOD_DOWN)
                .map(entry -> {
                    String gap = entry.keys().getOrDefault("gapMs", "");
                    return new AgentStatus.Move(entry.at().toString(), lower(entry.kind()),
                            entry.keys().getOrDefault("reason", entry.message()),
                            gap.matches("\\d{1,18}") ? Long.valueOf(gap) : null);
                }).toList();
        return moves.subList(Math.max(0, moves.size() - MOVES), moves.size());
    }

    /// With two decimals.
    public static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e4) / 1e2;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
