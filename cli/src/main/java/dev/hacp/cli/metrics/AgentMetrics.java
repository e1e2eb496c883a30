package dev.hacp.cli.metrics;

import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.vip.VipCounters;
import dev.hacp.vip.VipStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// Binds suppliers to meters and writes the text that Prometheus scrapes. Meters of a backend exist as long as the backend.
public final class AgentMetrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, List<Meter>> perBackend = new HashMap<>();
    private volatile Supplier<List<BackendStatus>> backends = List::of;
    private volatile Map<String, BackendStatus> seen = Map.of();

    public AgentMetrics(String version) {
        // Not by micrometer, which takes the suffix away that Prometheus reserves for this type.
        Info.builder().name("hacp_build_info").help("Always 1; the label tells the version.").labelNames("version")
                .register(registry.getPrometheusRegistry()).setLabelValues(version);
        gauge("hacp_jvm_heap_used_bytes", "Heap in use.", Tags.empty(),
                () -> ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        gauge("hacp_jvm_threads", "Live platform threads.", Tags.empty(),
                () -> ManagementFactory.getThreadMXBean().getThreadCount());
    }

    /// @param leader whether this node owns the VIP
    public void role(BooleanSupplier leader) {
        gauge("hacp_leader", "1 on the node that owns the VIP.", Tags.empty(), () -> leader.getAsBoolean() ? 1 : 0);
    }

    public void vip(Supplier<VipStatus> status, VipCounters counters) {
        for (VipStatus.Vip vip : status.get().vips()) {
            gauge("hacp_vip_held", "1 while this node's kernel has the address.",
                    Tags.of("vip", vip.address().toString()),
                    () -> status.get().vips().stream().anyMatch(v -> v.address().equals(vip.address()) && v.held())
                            ? 1
                            : 0);
        }
        counter("hacp_vip_announcements", "Announcements sent (ARP and NA).", Tags.empty(), counters::announcements);
        counter("hacp_vip_announce_failures", "Announcements that could not be sent.", Tags.empty(),
                counters::announceFailures);
        counter("hacp_vip_repairs", "Times the address had been taken away and was put back.", Tags.empty(),
                counters::repairs);
        counter("hacp_vip_conflicts", "Times another machine claimed the address.", Tags.empty(), counters::conflicts);
        counter("hacp_vip_rearms", "Renewals of the address's kernel lifetime.", Tags.empty(), counters::rearms);
        counter("hacp_vip_rearm_delay_seconds", "Sum of how late those renewals were.", Tags.empty(),
                () -> counters.rearmDelayNanosTotal() / 1e9);
    }

    public void balancer(Supplier<BalancerStatus> status) {
        gauge("hacp_connections_active", "Client connections now.", Tags.empty(),
                () -> status.get().relay().connections());
        counter("hacp_connections", "Client connections since the start.", Tags.empty(),
                () -> status.get().relay().total());
        counter("hacp_relay_faults", "Own errors that cost a connection.", Tags.empty(),
                () -> status.get().relay().faults());
        gauge("hacp_event_loop_delay_seconds", "How late the latest event loop's last timer was.", Tags.empty(),
                () -> status.get().relay().loopDelayNanos().values().stream().mapToLong(Long::longValue).max()
                        .orElse(0) / 1e9);
        backends = () -> status.get().backends();
    }

    /// The text of a scrape, computed now.
    public synchronized String scrape() {
        Map<String, BackendStatus> now = new HashMap<>();
        for (BackendStatus backend : backends.get()) {
            now.put(backend.id().toString(), backend);
        }
        seen = Map.copyOf(now);
        Set<String> gone = new HashSet<>(perBackend.keySet());
        gone.removeAll(now.keySet());
        gone.forEach(id -> perBackend.remove(id).forEach(registry::remove));
        now.keySet().forEach(id -> perBackend.computeIfAbsent(id, this::metersOf));
        return registry.scrape();
    }

    private List<Meter> metersOf(String id) {
        Tags tags = Tags.of("backend", id);
        List<Meter> meters = new ArrayList<>();
        for (BackendState state : BackendState.values()) {
            meters.add(gauge("hacp_backend_state", "1 for the state the backend is in.",
                    tags.and("state", state.name().toLowerCase(Locale.ROOT)),
                    () -> read(id, b -> b.state() == state ? 1 : 0)));
        }
        meters.add(gauge("hacp_backend_connections_active", "Connections to the backend now.", tags,
                () -> read(id, BackendStatus::current)));
        meters.add(counter("hacp_backend_connections", "Connections established.", tags,
                () -> read(id, BackendStatus::total)));
        meters.add(counter("hacp_backend_received_bytes", "Bytes from the backend.", tags,
                () -> read(id, BackendStatus::bytesReceived)));
        meters.add(counter("hacp_backend_sent_bytes", "Bytes to the backend.", tags,
                () -> read(id, BackendStatus::bytesSent)));
        meters.add(counter("hacp_backend_connect_errors", "Connects that failed.", tags,
                () -> read(id, BackendStatus::connectErrors)));
        meters.add(counter("hacp_backend_retries", "Connections that came here after another backend failed.", tags,
                () -> read(id, BackendStatus::retries)));
        meters.add(counter("hacp_backend_resets", "Connections the backend reset.", tags,
                () -> read(id, BackendStatus::resets)));
        meters.add(counter("hacp_backend_transitions", "Changes of state.", tags,
                () -> read(id, BackendStatus::transitions)));
        return meters;
    }

    private double read(String id, ToDoubleFunction<BackendStatus> value) {
        BackendStatus backend = seen.get(id);
        return backend == null ? Double.NaN : value.applyAsDouble(backend);
    }

    private Meter gauge(String name, String help, Tags tags, DoubleSupplier value) {
        return Gauge.builder(name, value::getAsDouble).tags(tags).description(help).register(registry);
    }

    private Meter counter(String name, String help, Tags tags, DoubleSupplier value) {
        return FunctionCounter.builder(name + "_total", value, DoubleSupplier::getAsDouble).tags(tags)
                .description(help).register(registry);
    }
}
