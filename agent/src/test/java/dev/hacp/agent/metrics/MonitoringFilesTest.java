package dev.hacp.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What operators copy from deploy/ asks for nothing that the agent does not have.
class MonitoringFilesTest {

    private static final Path DEPLOY = Path.of("../deploy");
    private static final Pattern NAME = Pattern.compile("\\b(?:hacp|process)_[a-z_]+\\b");
    private static final Pattern LABEL = Pattern.compile("\\b(hacp_[a-z_]+)\\{([^}]*)}");

    @ParameterizedTest
    @ValueSource(strings = {"prometheus/hacp.rules.yaml", "prometheus/hacp.rules.test.yaml", "grafana/hacp.json",
            "../docs/operations.md"})
    void everyMetricNamedThereExists(String file) throws IOException {
        Set<String> samples = Metrics.ALL.stream().flatMap(MonitoringFilesTest::samples)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> named = NAME.matcher(Files.readString(DEPLOY.resolve(file))).results()
                .map(found -> found.group()).collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).isNotEmpty().isSubsetOf(samples);
    }

    @Test
    void everyLabelThatARuleSelectsByExists() throws IOException {
        List<String> unknown = new ArrayList<>();
        LABEL.matcher(Files.readString(DEPLOY.resolve("prometheus/hacp.rules.yaml"))).results().forEach(found -> {
            Set<String> labels = Metrics.ALL.stream()
                    .filter(metric -> samples(metric).anyMatch(found.group(1)::equals))
                    .flatMap(metric -> metric.labels().stream()).collect(Collectors.toSet());
            for (String selector : found.group(2).split(",")) {
                String label = selector.strip().split("=")[0];
                if (!label.equals("job") && !labels.contains(label)) {
                    unknown.add(found.group());
                }
            }
        });
        assertThat(unknown).isEmpty();
    }

    @Test
    void everyAlertSaysWhatToDo() throws IOException {
        String rules = Files.readString(DEPLOY.resolve("prometheus/hacp.rules.yaml"));
        long alerts = rules.lines().filter(line -> line.contains("- alert: ")).count();
        assertThat(alerts).isGreaterThan(15)
                .isEqualTo(rules.lines().filter(line -> line.contains("action: ")).count())
                .isEqualTo(rules.lines().filter(line -> line.contains("severity: ")).count());
    }

    @Test
    void everyAlertHasACaseInWhichItFiresAndOneInWhichItIsQuiet() throws IOException {
        Set<String> alerts = everyObject("prometheus/hacp.rules.yaml").filter(rule -> rule.containsKey("alert"))
                .map(rule -> rule.get("alert").toString()).collect(Collectors.toCollection(TreeSet::new));
        Map<Boolean, Set<String>> cases = everyObject("prometheus/hacp.rules.test.yaml")
                .filter(test -> test.containsKey("alertname"))
                .collect(Collectors.partitioningBy(test -> test.containsKey("exp_alerts"),
                        Collectors.mapping(test -> test.get("alertname").toString(),
                                Collectors.toCollection(TreeSet::new))));
        assertThat(alerts).isNotEmpty();
        assertThat(cases).as("alerts with a case in which they fire").containsEntry(true, alerts)
                .as("alerts with a case in which they are quiet").containsEntry(false, alerts);
    }

    @Test
    void promtoolAcceptsTheRulesAndTheirCasesHold() {
        assumeTrue(Shell.find("promtool").isPresent(), "promtool is not installed");
        for (List<String> command : List.of(List.of("check", "rules", "hacp.rules.yaml"),
                List.of("test", "rules", "hacp.rules.test.yaml"),
                List.of("check", "config", "--syntax-only", "scrape.yaml"))) {
            List<String> line = new ArrayList<>(List.of("promtool"));
            line.addAll(command);
            ProcessBuilder builder = new ProcessBuilder(line).directory(DEPLOY.resolve("prometheus").toFile());
            Shell.Result result = Shell.attempt(builder, "");
            assertThat(result.exitCode()).as(result.output()).isZero();
        }
    }

    @Test
    void noTwoPanelsOfTheDashboardLieOnEachOther() throws IOException {
        JsonNode panels = new ObjectMapper().readTree(DEPLOY.resolve("grafana/hacp.json").toFile()).path("panels");
        Set<String> taken = new TreeSet<>();
        Set<Integer> ids = new TreeSet<>();
        for (JsonNode panel : panels) {
            JsonNode at = panel.path("gridPos");
            assertThat(ids.add(panel.path("id").asInt())).as(panel.path("title").asText()).isTrue();
            for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
                for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
                    assertThat(x).isLessThan(24);
                    assertThat(taken.add(x + "," + y)).as(panel.path("title").asText()).isTrue();
                }
            }
        }
        assertThat(ids.size()).isGreaterThan(20);
    }

    private static Stream<Map<?, ?>> everyObject(String file) throws IOException {
        return objectsIn(
                new Load(LoadSettings.builder().build()).loadFromString(Files.readString(DEPLOY.resolve(file))));
    }

    private static Stream<Map<?, ?>> objectsIn(Object node) {
        return switch (node) {
            case Map<?, ?> map -> Stream.concat(Stream.of(map),
                    map.values().stream().flatMap(MonitoringFilesTest::objectsIn));
            case List<?> list -> list.stream().flatMap(MonitoringFilesTest::objectsIn);
            default -> Stream.empty();
        };
    }

    private static Stream<String> samples(Metric metric) {
        return metric.type() == Metric.Type.HISTOGRAM
                ? Stream.of("_bucket", "_sum", "_count").map(suffix -> metric.name() + suffix)
                : Stream.of(metric.name());
    }
}
