package dev.hacp.agent.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The samples of one scrape.
final class Sheet {

    /// Something that knows some of them; each takes its snapshot once per scrape, so that its numbers fit together.
    interface Source {
        void write(Sheet sheet);
    }

    private sealed interface Value {
        record Amount(double number) implements Value {}

        record Buckets(List<Long> upperBoundsNanos, List<Long> counts, long sumNanos) implements Value {}
    }

    private record Sample(Labels labels, Value value) {}

    private final Map<Metric, Map<Labels, Sample>> samples = new LinkedHashMap<>();

    void put(Metric metric, double value, String... labels) {
        add(metric, new Value.Amount(value), labels);
    }

    void put(Metric metric, long value, String... labels) {
        put(metric, (double) value, labels);
    }

    void put(Metric metric, boolean value, String... labels) {
        put(metric, value ? 1 : 0, labels);
    }

    void put(Metric metric, Duration value, String... labels) {
        put(metric, value.toNanos() / 1e9, labels);
    }

    /// @param upperBoundsNanos of all buckets but the last, which is unbounded
    /// @param counts           per bucket, not cumulative; one more than bounds
    void histogram(Metric metric, List<Long> upperBoundsNanos, List<Long> counts, long sumNanos, String... labels) {
        add(metric, new Value.Buckets(upperBoundsNanos, counts, sumNanos), labels);
    }

    /// For a moment something may be there twice, such as a backend that left and came back: the first one counts, for two
    /// samples with the same labels would spoil the whole scrape.
    private void add(Metric metric, Value value, String... labels) {
        Labels names = Labels.of(metric.labels().toArray(String[]::new), labels);
        samples.computeIfAbsent(metric, _ -> new LinkedHashMap<>()).putIfAbsent(names, new Sample(names, value));
    }

    MetricSnapshots snapshots() {
        return new MetricSnapshots(
                samples.entrySet().stream().map(entry -> snapshot(entry.getKey(), entry.getValue().values())).toList());
    }

    private static MetricSnapshot snapshot(Metric metric, Collection<Sample> samples) {
        return switch (metric.type()) {
            case GAUGE -> {
                GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(metric.name()).help(metric.help());
                samples.forEach(sample -> gauge.dataPoint(GaugeDataPointSnapshot.builder().labels(sample.labels())
                        .value(number(sample)).build()));
                yield gauge.build();
            }
            case COUNTER -> {
                CounterSnapshot.Builder counter = CounterSnapshot.builder()
                        .name(metric.name().replaceFirst("_total$", "")).help(metric.help());
                samples.forEach(sample -> counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(sample.labels()).value(number(sample)).build()));
                yield counter.build();
            }
            case HISTOGRAM -> {
                HistogramSnapshot.Builder histogram = HistogramSnapshot.builder().name(metric.name())
                        .help(metric.help());
                samples.forEach(sample -> histogram.dataPoint(point(sample)));
                yield histogram.build();
            }
            case INFO -> {
                InfoSnapshot.Builder info = InfoSnapshot.builder().name(metric.name().replaceFirst("_info$", ""))
                        .help(metric.help());
                samples.forEach(sample -> info
                        .dataPoint(InfoDataPointSnapshot.builder().labels(sample.labels()).build()));
                yield info.build();
            }
        };
    }

    private static double number(Sample sample) {
        return switch (sample.value()) {
            case Value.Amount(double number) -> number;
            case Value.Buckets _ -> throw new IllegalStateException("a histogram is not a number");
        };
    }

    private static HistogramDataPointSnapshot point(Sample sample) {
        return switch (sample.value()) {
            case Value.Amount _ -> throw new IllegalStateException("a number is not a histogram");
            case Value.Buckets(List<Long> bounds, List<Long> counts, long sumNanos) -> {
                ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
                for (int i = 0; i < bounds.size(); i++) {
                    buckets.bucket(bounds.get(i) / 1e9, counts.get(i));
                }
                buckets.bucket(Double.POSITIVE_INFINITY, counts.getLast());
                yield HistogramDataPointSnapshot.builder().classicHistogramBuckets(buckets.build())
                        .sum(sumNanos / 1e9).labels(sample.labels()).build();
            }
        };
    }
}
