package dev.hacp.agent.metrics;

import java.util.List;

/// What one metric is called, is and means: the head of its lines in a scrape and its row in docs/metrics.md.
///
/// @param name   as Prometheus knows it; a histogram's without `_bucket`, `_sum` and `_count`
/// @param labels in the order in which values are given
/// @param help   one sentence
record Metric(Group group, String name, Type type, List<String> labels, String help) {

    /// Chapters of the documentation.
    public enum Group {
        AGENT("The agent"),
        ELECTION("Who owns the VIP"),
        MEMBERS("The other members"),
        ADDRESS("The address"),
        CLIENTS("Clients"),
        BACKENDS("Backends"),
        CHECKS("Health checks");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        String heading() {
            return heading;
        }
    }

    public enum Type {
        GAUGE,
        COUNTER,
        HISTOGRAM,
        INFO
    }

    public Metric {
        labels = List.copyOf(labels);
        if ((type == Type.COUNTER) != name.endsWith("_total") || (type == Type.INFO) != name.endsWith("_info")) {
            throw new IllegalArgumentException(name + " is not how Prometheus calls a " + type);
        }
    }

    /// By the end of the name, as Prometheus wants it; empty for a mere number.
    String unit() {
        String stem = name.replaceFirst("_total$", "");
        if (stem.endsWith("_timestamp_seconds") || stem.endsWith("_start_time_seconds")) {
            return "seconds since 1970";
        }
        return stem.endsWith("_seconds")
                ? "seconds"
                : stem.endsWith("_bytes") ? "bytes" : stem.endsWith("_ratio") ? "0 to 1" : "";
    }
}
