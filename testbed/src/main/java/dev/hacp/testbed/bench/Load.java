package dev.hacp.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Processes that do nothing but take the machine's time, for a limited time.
final class Load implements AutoCloseable {

    private final List<Process> processes = new ArrayList<>();
    private final String seconds;

    /// @param most after which they end even when this JVM was killed
    Load(Duration most) {
        this.seconds = Long.toString(most.toSeconds() + 60);
    }

    /// So many shells that run `script`; `"$@"` in it are the arguments.
    void add(int count, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("timeout", "--kill-after=5", seconds, "sh", "-c", script, "sh"));
        command.addAll(List.of(arguments));
        try {
            for (int i = 0; i < count; i++) {
                processes.add(new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD).start());
            }
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        }
    }

    /// timeout passes SIGTERM on to the whole group.
    @Override
    public void close() {
        processes.forEach(Process::destroy);
        try {
            for (Process process : processes) {
                process.waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processes.clear();
    }
}
