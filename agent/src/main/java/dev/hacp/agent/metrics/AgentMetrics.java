package dev.hacp.agent.metrics;

import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.health.HealthSnapshot;
import dev.hacp.leader.channel.PortCounters;
import dev.hacp.leader.channel.Rejection;
import dev.hacp.vip.address.VipCounters;
import dev.hacp.vip.address.VipStatus;
import dev.hacp.vip.wake.IdleClientWaker;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Reads the modules' own snapshots when Prometheus asks and writes them as the table [Metrics] names them.
///
/// The process's own meters are micrometer's. Ours are not: backends, members and VIPs come and go, and their counters
/// live in the modules already, so each scrape writes what is there at that moment.
public final class AgentMetrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Sheet.Source> sources = new CopyOnWriteArrayList<>();

    public AgentMetrics(String version) {
        ProcessMeters.bindTo(registry);
        registry.getPrometheusRegistry().register((MultiCollector) this::collect);
        sources.add(sheet -> sheet.put(Metrics.BUILD, 1, version));
    }

    /// @param leader whether this node owns the VIP
    public void role(BooleanSupplier leader) {
        sources.add(sheet -> sheet.put(Metrics.LEADER, leader.getAsBoolean()));
    }

    /// @param ready whether this node could serve the VIP now
    public void ready(BooleanSupplier ready) {
        sources.add(sheet -> sheet.put(Metrics.READY, ready.getAsBoolean()));
    }

    /// @param taken whether another agent that is alive has this node's name
    public void name(BooleanSupplier taken) {
        sources.add(sheet -> sheet.put(Metrics.NAME_TAKEN, taken.getAsBoolean()));
    }

    /// @param view empty before this node takes part
    public void election(Supplier<Optional<ElectionView>> view) {
        sources.add(new ElectionSource(view));
    }

    /// @param counters empty before this node takes part
    public void memberPort(Supplier<Optional<PortCounters>> counters) {
        sources.add(sheet -> counters.get().ifPresent(now -> {
            sheet.put(Metrics.UNAUTHENTICATED, now.unauthenticated());
            for (Rejection reason : Rejection.values()) {
                sheet.put(Metrics.REJECTED, now.rejected().getOrDefault(reason, 0L),
                        reason.name().toLowerCase(Locale.ROOT));
            }
        }));
    }

    public void vip(Supplier<VipStatus> status, VipCounters counters, VipClients clients) {
        sources.add(new VipSource(status, counters, clients));
    }

    public void waker(IdleClientWaker waker) {
        sources.add(sheet -> {
            sheet.put(Metrics.WAKE_SENT, waker.sent());
            sheet.put(Metrics.WAKE_FAILED, waker.failed());
        });
    }

    public void balancer(Supplier<BalancerStatus> status) {
        sources.add(new BalancerSource(status));
    }

    public void health(Supplier<List<HealthSnapshot>> checks) {
        sources.add(new HealthSource(checks));
    }

    /// @param expires of the client certificate in use; empty without one
    public void clientCertificate(Supplier<Optional<Instant>> expires) {
        sources.add(sheet -> expires.get()
                .ifPresent(at -> sheet.put(Metrics.CLIENT_CERTIFICATE, at.getEpochSecond())));
    }

    /// The text of a scrape, computed now.
    public String scrape() {
        return registry.scrape();
    }

    private MetricSnapshots collect() {
        Sheet sheet = new Sheet();
        sources.forEach(source -> source.write(sheet));
        return sheet.snapshots();
    }
}
