package dev.hacp.testbed.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The machine's load over a while: how many threads wanted a processor.
final class LoadAverage {

    private final List<Double> runnable = new ArrayList<>();

    /// Notes what /proc/loadavg says of this moment (`0.20 0.18 0.12 3/80 11206`: 3 are runnable), which unlike the averages
    /// begins with the load itself.
    void sample() throws IOException {
        String[] words = Files.readString(Path.of("/proc/loadavg")).split(" ");
        runnable.add(Double.parseDouble(words[3].substring(0, words[3].indexOf('/'))));
    }

    List<Double> samples() {
        return List.copyOf(runnable);
    }
}
