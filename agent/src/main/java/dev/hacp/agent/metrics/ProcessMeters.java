package dev.hacp.agent.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleSupplier;

/// The process itself, under the names that every Prometheus client library gives it.
final class ProcessMeters {

    private static final Path MEMORY = Path.of("/proc/self/statm");
    private static final int PAGE = 4096;

    private final MeterRegistry registry;

    private ProcessMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    static void bindTo(MeterRegistry registry) {
        ProcessMeters meters = new ProcessMeters(registry);
        meters.gauge(Metrics.HEAP, () -> ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        meters.gauge(Metrics.THREADS, () -> ManagementFactory.getThreadMXBean().getThreadCount());
        meters.gauge(Metrics.RESIDENT, ProcessMeters::residentBytes);
        meters.gauge(Metrics.STARTED, () -> ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            meters.gauge(Metrics.OPEN_FILES, system::getOpenFileDescriptorCount);
            meters.gauge(Metrics.MOST_FILES, system::getMaxFileDescriptorCount);
            FunctionCounter.builder(Metrics.CPU.name(), system, s -> s.getProcessCpuTime() / 1e9)
                    .description(Metrics.CPU.help()).register(registry);
        }
    }

    private void gauge(Metric metric, DoubleSupplier value) {
        Gauge.builder(metric.name(), value::getAsDouble).description(metric.help()).register(registry);
    }

    /// proc(5): the second number is the resident set in pages.
    private static double residentBytes() {
        try {
            return Double.parseDouble(Files.readString(MEMORY).split(" ")[1]) * PAGE;
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
