package dev.hacp.agent.metrics;

import dev.hacp.agent.metrics.Metric.Group;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// docs/metrics.md, from the table of metrics.
final class MetricsPage {

    private static final String HEAD = """
            # Metrics

            This page is generated from the code (`dev.hacp.agent.metrics.Metrics`); a test fails when it is stale.

            `/metrics` on the admin address (`--admin-address`) gives all of them in Prometheus' text format. They are read from
            the agent's own counters when asked, so a scrape costs the data path nothing; scrape as often as every second.
            `hacp balance` has no election and no address and leaves those chapters out.

            `deploy/prometheus/` has alert rules and an example of a scrape configuration, `deploy/grafana/` a dashboard.
            Counters begin at 0 with the process. A backend, a member or a VIP has samples as long as it exists.
            """;

    private MetricsPage() {}

    static String render() {
        StringBuilder page = new StringBuilder(HEAD);
        for (Group group : Group.values()) {
            page.append("\n## ").append(group.heading())
                    .append("\n\n| Metric | Type | Labels | Unit | What it is |\n|---|---|---|---|---|\n");
            List<Metric> metrics = Metrics.ALL.stream().filter(metric -> metric.group() == group).toList();
            metrics.forEach(metric -> page.append(row(metric)));
        }
        return page.toString();
    }

    private static String row(Metric metric) {
        String labels = metric.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
        return "| `" + metric.name() + "` | " + metric.type().name().toLowerCase(Locale.ROOT) + " | " + labels + " | "
                + metric.unit() + " | " + metric.help() + " |\n";
    }
}
