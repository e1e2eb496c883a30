package dev.hacp.lb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files this process may have open: each connection takes two.
final class OpenFiles {

    /// The JVM's own, listeners, health checks, the API client, logs.
    private static final int SLACK = 300;
    private static final int UNKNOWN = 1024;

    private OpenFiles() {}

    /// The soft limit, which the JVM has raised to the hard one at its start.
    static int limit() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max open files")) {
                    String soft = line.substring("Max open files".length()).trim().split(" +", 2)[0];
                    return soft.equals("unlimited")
                            ? Integer.MAX_VALUE
                            : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(soft));
                }
            }
        } catch (IOException | NumberFormatException e) {
            return UNKNOWN;
        }
        return UNKNOWN;
    }

    /// @param pipes that the relay may hold, two files each
    static int connections(int limit, int pipes) {
        return Math.max(16, (limit - SLACK - 2 * pipes) / 2);
    }
}
