package dev.hacp.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.relay.RelayStatus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AgentMetricsTest {

    private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
    private final AtomicReference<List<HostPort>> shown = new AtomicReference<>(List.of());
    private final AtomicBoolean leader = new AtomicBoolean();
    private final AgentMetrics metrics = new AgentMetrics("0.1.0");

    @Test
    void eachScrapeIsTheTruthOfThatMoment() {
        bind();
        assertThat(metrics.scrape()).contains("hacp_leader 0.0").contains("hacp_connections_active 2.0")
                .contains("hacp_connections_total 9.0").contains("hacp_event_loop_delay_seconds 0.005");
        leader.set(true);
        assertThat(metrics.scrape()).contains("hacp_leader 1.0").contains("hacp_build_info{version=\"0.1.0\"} 1");
    }

    @Test
    void aBackendHasMetersAsLongAsItExists() {
        bind();
        String label = "backend=\"10.0.0.1:6443\"";
        assertThat(metrics.scrape()).doesNotContain(label);
        shown.set(List.of(new HostPort("10.0.0.1", 6443)));
        assertThat(metrics.scrape()).contains("hacp_backend_connections_active{" + label + "} 0.0")
                .contains("hacp_backend_connections_total{" + label + "} 0.0");
        shown.set(List.of());
        assertThat(metrics.scrape()).doesNotContain(label);
    }

    @Test
    void promtoolFindsNothingToSay() throws Exception {
        assumeTrue(Files.isExecutable(PROMTOOL), "promtool is not installed");
        bind();
        shown.set(List.of(new HostPort("10.0.0.1", 6443)));
        Process promtool = new ProcessBuilder(PROMTOOL.toString(), "check", "metrics").redirectErrorStream(true)
                .start();
        promtool.getOutputStream().write(metrics.scrape().getBytes(StandardCharsets.UTF_8));
        promtool.getOutputStream().close();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said).isEmpty();
        assertThat(promtool.exitValue()).isZero();
    }

    private void bind() {
        pool.update(List.of(BackendSpec.of(new HostPort("10.0.0.1", 6443))));
        metrics.role(leader::get);
        metrics.balancer(() -> new BalancerStatus(List.of(),
                new RelayStatus(2, 9, 0, Map.of(), Map.of("0", 5_000_000L)), 100, Map.of(),
                pool.backends().stream().map(backend -> backend.status())
                        .filter(status -> shown.get().contains(status.id())).toList()));
    }
}
