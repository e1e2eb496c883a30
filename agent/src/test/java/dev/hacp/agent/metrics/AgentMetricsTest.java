package dev.hacp.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.testbed.Golden;
import dev.hacp.testbed.Shell;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgentMetricsTest {

    private final FullAgent agent = new FullAgent();
    private final AgentMetrics metrics = agent.metrics();

    @AfterEach
    void end() {
        agent.close();
    }

    @Test
    void eachScrapeIsTheTruthOfThatMoment() {
        assertThat(metrics.scrape()).contains("hacp_leader 0.0\n").contains("hacp_connections_active 2.0\n")
                .contains("hacp_connections_total 9.0\n").contains("hacp_event_loop_delay_seconds{loop=\"0\"} 0.005\n");
        agent.leader.set(true);
        assertThat(metrics.scrape()).contains("hacp_leader 1.0\n");
    }

    @Test
    void theTypesAreThoseThatPrometheusKnows() {
        assertThat(metrics.scrape()).contains("hacp_build_info{version=\"0.1.0\"} 1\n")
                .contains("# TYPE hacp_lease_renewals_total counter\nhacp_lease_renewals_total 30.0\n")
                .contains("hacp_takeovers_total{ground=\"lease\"} 2.0\nhacp_takeovers_total{ground=\"vote\"} 1.0\n")
                .contains("hacp_stand_downs_total{reason=\"handover\"} 2.0\n")
                .contains("hacp_member_connections_unauthenticated 3.0\n")
                .contains("hacp_member_connections_rejected_total{reason=\"strangers\"} 11.0\n")
                .contains("hacp_member_connections_rejected_total{reason=\"member\"} 0.0\n")
                .contains("hacp_peer_round_trip_seconds{peer=\"cp2\"} 2.5E-4\n")
                .contains("hacp_peer_kernel{peer=\"cp2\",state=\"answering\"} 1.0\n")
                .contains("hacp_peer_kernel{peer=\"cp2\",state=\"unproven\"} 0.0\n")
                .contains("hacp_peer_probe_round_trip_seconds{peer=\"cp2\"} 1.8E-4\n")
                .contains(
                        "# TYPE hacp_peer_probes_sent_total counter\nhacp_peer_probes_sent_total{peer=\"cp2\"} 500.0\n")
                .contains("hacp_peer_probes_answered_total{peer=\"cp2\"} 499.0\n")
                .contains("hacp_probe_real_time 1.0\n").contains("hacp_election_lateness_seconds 0.003\n")
                .contains("# TYPE hacp_backend_connect_seconds histogram\n")
                .contains("hacp_backend_connect_seconds_bucket{backend=\"10.0.0.1:6443\",le=\"+Inf\"} 0\n");
    }

    @Test
    void aBackendHasSamplesAsLongAsItExists() {
        String label = "backend=\"10.0.0.1:6443\"";
        agent.hasBackend.set(false);
        assertThat(metrics.scrape()).doesNotContain(label);
        agent.hasBackend.set(true);
        assertThat(metrics.scrape()).contains("hacp_backend_connections_active{" + label + "} 0.0\n")
                .contains("hacp_backend_check_result{" + label + ",result=\"ready\"} 1.0\n");
        agent.hasBackend.set(false);
        assertThat(metrics.scrape()).doesNotContain(label);
    }

    @Test
    void theTableNamesWhatAScrapeHasAndNothingElse() {
        Set<String> scraped = Pattern.compile("(?m)^# TYPE (\\S+)").matcher(metrics.scrape()).results()
                .map((MatchResult found) -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
        assertThat(scraped).containsExactlyInAnyOrderElementsOf(
                Metrics.ALL.stream().map(Metric::name).collect(Collectors.toCollection(TreeSet::new)));
        assertThat(Metrics.ALL).extracting(Metric::name).doesNotHaveDuplicates();
        assertThat(Metrics.ALL).hasSize((int) Arrays.stream(Metrics.class.getDeclaredFields())
                .filter(field -> field.getType() == Metric.class).count());
    }

    @Test
    void theDocumentationIsGeneratedFromTheTable() {
        Golden.assertFile(Path.of("../docs/metrics.md"), MetricsPage.render());
    }

    @Test
    void promtoolFindsNothingToSay() {
        assumeTrue(Shell.find("promtool").isPresent(), "promtool is not installed");
        Shell.Result result = Shell.attempt(new ProcessBuilder("promtool", "check", "metrics"), metrics.scrape());
        assertThat(result.output()).isEmpty();
        assertThat(result.exitCode()).isZero();
    }
}
