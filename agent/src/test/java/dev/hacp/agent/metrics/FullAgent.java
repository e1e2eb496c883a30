package dev.hacp.agent.metrics;

import dev.hacp.core.Fitness;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.health.Finding;
import dev.hacp.lb.health.HealthSnapshot;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayStatus;
import dev.hacp.lb.relay.Traffic;
import dev.hacp.leader.channel.Difference;
import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.channel.PortCounters;
import dev.hacp.leader.channel.Rejection;
import dev.hacp.leader.election.ElectorCounters;
import dev.hacp.leader.election.ElectorStatus;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberStatus;
import dev.hacp.leader.members.Ownership;
import dev.hacp.leader.probe.PeerProbes;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.address.VipCounters;
import dev.hacp.vip.address.VipStatus;
import dev.hacp.vip.wake.IdleClientWaker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// Everything that feeds the metrics, with something to tell for each of them.
public final class FullAgent implements AutoCloseable {

    private static final HostPort BACKEND = new HostPort("10.0.0.1", 6443);
    private static final NodeName SELF = new NodeName("cp1");
    private static final NodeName OTHER = new NodeName("cp2");

    final AtomicBoolean leader = new AtomicBoolean();
    final AtomicReference<Boolean> hasBackend = new AtomicReference<>(true);
    private final AgentMetrics metrics = new AgentMetrics("0.1.0");
    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
    private final IdleClientWaker waker = new IdleClientWaker(100, Ticker.system(), ThreadStarter.PLATFORM);

    public FullAgent() {
        pool.update(List.of(BackendSpec.of(BACKEND)));
        pool.backends().forEach(backend -> pool.health(backend, BackendState.UP, "ready"));
        metrics.ready(() -> true);
        metrics.role(leader::get);
        metrics.name(() -> false);
        metrics.election(() -> Optional.of(election()));
        metrics.memberPort(() -> Optional.of(new PortCounters(3, Map.of(Rejection.STRANGERS, 11L))));
        metrics.clientCertificate(() -> Optional.of(Instant.parse("2030-01-01T00:00:00Z")));
        metrics.vip(() -> new VipStatus("eth0", "",
                List.of(new VipStatus.Vip(VirtualIp.parse("10.0.0.10"), true, Optional.empty(), Optional.empty()))),
                new VipCounters(), new VipClients());
        metrics.waker(waker);
        metrics.balancer(this::balancer);
        metrics.health(() -> hasBackend.get() ? List.of(check(), check()) : List.of());
    }

    public AgentMetrics metrics() {
        return metrics;
    }

    private BalancerStatus balancer() {
        List<BackendStatus> backends = hasBackend.get()
                ? pool.backends().stream().map(backend -> backend.status()).toList()
                : List.of();
        return new BalancerStatus(List.of(new HostPort("127.0.0.1", 40001)),
                new RelayStatus(2, 9, 0, Map.of(Ending.CLIENT_CLOSED, 7L), Map.of("0", 5_000_000L),
                        new Traffic(700, 9000), Map.of(VirtualIp.parse("10.0.0.10"), new Traffic(600, 8000))),
                100,
                Map.of(Refusal.TOO_FAST, 3L), backends);
    }

    private static HealthSnapshot check() {
        return new HealthSnapshot(BACKEND, Optional.of(Finding.READY), 200, "ok", "", Duration.ofMillis(3),
                Instant.now(), 12, 2, 0, 1, 0, false, true, Optional.of(Instant.parse("2031-01-01T00:00:00Z")));
    }

    private static ElectionView election() {
        ElectorStatus status = new ElectorStatus(SELF, Role.OWNER, Optional.of(SELF), new Leadership.Leader(7, 0), 7,
                Duration.ofSeconds(60), Optional.empty(), Duration.ofMillis(400), Optional.of(Duration.ofSeconds(1)),
                false, true, "",
                Fitness.FIT, 2, 2, Duration.ofMillis(3),
                List.of(new MemberStatus(OTHER, true, 90, null, Role.FOLLOWER, Optional.of(new Ownership(SELF, 7)),
                        Optional.empty(), true, 0, true, "", KernelState.ANSWERING, 12)));
        ElectorCounters counters = new ElectorCounters(30, 90_000_000, 3_000_000, 9_000_000, 1, 2, 4, 3, 1, 5_000_000,
                Map.of(StandDown.HANDOVER, 2L), 0, 0, 600, 1190);
        return new ElectionView(status, counters, List.of(new PeerStatus(OTHER, new HostPort("10.0.0.2", 9644), true,
                Duration.ofNanos(250_000), 5, new Difference("", "heartbeat 200ms (here 50ms)"))),
                Map.of(OTHER, new PeerProbes(KernelState.ANSWERING, PeerProbes.Method.ICMP, 500, 499,
                        Duration.ofNanos(180_000))),
                true, 6, 1);
    }

    @Override
    public void close() {
        waker.close();
    }
}
