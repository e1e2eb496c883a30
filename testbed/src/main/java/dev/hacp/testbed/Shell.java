package dev.hacp.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Short commands that are run to their end.
public final class Shell {

    /// @param output standard output and standard error, as they came
    public record Result(int exitCode, String output) {}

    private Shell() {}

    /// Runs the command and returns its output.
    ///
    /// @throws IllegalStateException with command and output when it does not end with 0
    public static String run(String... command) {
        Result result = attempt(command);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + ": exit code " + result.exitCode() + ": " + result.output().strip());
        }
        return result.output();
    }

    /// Runs the command, whatever its exit code.
    public static Result attempt(String... command) {
        return attempt(new ProcessBuilder(command), "");
    }

    /// Runs what `builder` describes with `input` on standard input.
    public static Result attempt(ProcessBuilder builder, String input) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The command did not read its input; what it says about that is in the output.
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", builder.command()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", builder.command()), e);
        }
    }

    /// Where the program is found on the PATH (and in the sbin folders that a user's PATH may lack).
    public static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin";
        return List.of(path.split(":")).stream().filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program)).filter(Files::isExecutable).findFirst();
    }
}
