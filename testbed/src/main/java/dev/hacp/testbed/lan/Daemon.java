package dev.hacp.testbed.lan;

import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A long-running program on a host, with its output in a file. Closing it kills it.
public final class Daemon implements AutoCloseable {

    private final Process process;
    private final Path logFile;

    private Daemon(Process process, Path logFile) {
        this.process = process;
        this.logFile = logFile;
    }

    /// Starts `command` in the namespace.
    ///
    /// @param logFile     gets standard output and error, appended
    /// @param environment added to this process's own
    public static Daemon start(NetNamespace namespace, Path logFile, Map<String, String> environment,
            List<String> command) {
        ProcessBuilder builder = namespace.process(command).redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
        builder.environment().putAll(environment);
        try {
            return new Daemon(builder.start(), logFile);
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// Sends a signal by name: `TERM`, `STOP`, `CONT`, `HUP`.
    public void signal(String name) {
        Shell.run("kill", "-" + name, Long.toString(process.pid()));
    }

    /// SIGKILL, and waits for the end.
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /// The exit code, once the program has ended by itself.
    ///
    /// @throws AssertionError when it still runs after `within`
    public int awaitExit(Duration within) {
        try {
            if (!process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AssertionError("process " + process.pid() + " still runs after " + within.toMillis()
                        + " ms; its log ends with:\n" + logTail(30));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for process " + process.pid(), e);
        }
    }

    public Path logFile() {
        return logFile;
    }

    /// Everything it printed so far.
    public String log() {
        try {
            return Files.exists(logFile) ? new String(Files.readAllBytes(logFile), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The last lines it printed.
    public String logTail(int lines) {
        List<String> all = log().lines().toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
