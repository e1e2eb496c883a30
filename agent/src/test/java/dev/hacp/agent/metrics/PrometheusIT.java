package dev.hacp.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.agent.admin.AdminServer;
import dev.hacp.agent.admin.AdminViews;
import dev.hacp.core.HostPort;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real Prometheus scrapes an agent's admin address and judges it by the rules that we ship.
class PrometheusIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final FullAgent agent = new FullAgent();
    private @Nullable AdminServer admin;
    private @Nullable Process prometheus;

    @AfterEach
    void end() throws InterruptedException {
        if (prometheus != null) {
            prometheus.destroyForcibly().waitFor();
        }
        if (admin != null) {
            admin.close();
        }
        agent.close();
    }

    @Test
    void itScrapesEverythingAndItsRulesAreQuiet() throws Exception {
        assumeTrue(Shell.find("prometheus").isPresent(), "no prometheus on this machine");
        agent.leader.set(true);
        AdminServer server = AdminServer.start(new HostPort("127.0.0.1", 0), new AdminViews(() -> {
            throw new IllegalStateException("nobody asks for the status here");
        }, agent.metrics()::scrape, List::of, List::of));
        admin = server;
        String url = startPrometheus(server.address().getPort());

        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).ignoreExceptions().untilAsserted(
                () -> assertThat(value(url, "hacp_leader")).isEqualTo(1));
        assertThat(value(url, "up")).isEqualTo(1);
        assertThat(value(url, "hacp_lease_renewals_total")).isEqualTo(30);
        assertThat(value(url, "hacp_backend_check_duration_seconds")).isEqualTo(0.003);
        assertThat(value(url, "count(hacp_backend_connect_seconds_bucket)")).isEqualTo(13);
        for (Metric metric : Metrics.ALL) {
            String name = metric.type() == Metric.Type.HISTOGRAM ? metric.name() + "_count" : metric.name();
            assertThat(value(url, "count(" + name + ")")).as(name).isPositive();
        }
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).ignoreExceptions().untilAsserted(
                () -> assertThat(rulesEvaluated(url)).as("rules that are evaluated without an error")
                        .isGreaterThan(15));
        assertThat(alerts(url)).as("alerts, pending ones too, of an agent that is well").isEmpty();
    }

    private String startPrometheus(int port) throws IOException {
        // Beside the configuration: rule_files are patterns, and a checkout's path may have brackets.
        Path rules = Files.copy(Path.of("../deploy/prometheus/hacp.rules.yaml"), folder.resolve("hacp.rules.yaml"));
        Path config = Files.writeString(folder.resolve("prometheus.yaml"), """
                global:
                  scrape_interval: 500ms
                  evaluation_interval: 500ms
                rule_files: ["%s"]
                scrape_configs:
                - job_name: hacp
                  static_configs:
                  - targets: ["127.0.0.1:%d"]
                """.formatted(rules.getFileName(), port));
        int own = freePort();
        prometheus = new ProcessBuilder("prometheus", "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"), "--web.listen-address=127.0.0.1:" + own,
                "--log.level=warn").redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        return "http://127.0.0.1:" + own;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static double value(String url, String query) throws IOException, InterruptedException {
        JsonNode answer = get(url + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
        JsonNode result = answer.path("data").path("result");
        assertThat(result.isEmpty()).as(query + ": " + answer).isFalse();
        return result.get(0).path("value").get(1).asDouble();
    }

    private static List<String> alerts(String url) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>();
        get(url + "/api/v1/query?query=ALERTS").path("data").path("result")
                .forEach(alert -> names.add(alert.path("metric").path("alertname").asText()));
        return names;
    }

    private static long rulesEvaluated(String url) throws IOException, InterruptedException {
        long well = 0;
        for (JsonNode group : get(url + "/api/v1/rules").path("data").path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                assertThat(rule.path("lastError").asText()).as(rule.path("name").asText()).isEmpty();
                well += rule.path("health").asText().equals("ok") ? 1 : 0;
            }
        }
        return well;
    }

    private static JsonNode get(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return new ObjectMapper().readTree(client.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build(),
                    BodyHandlers.ofString()).body());
        }
    }
}
