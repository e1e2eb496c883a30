package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// `java -jar hacp.jar …` as an operator starts it.
public final class FatJar {

    public static final Path JAR = Path.of("target", "hacp.jar").toAbsolutePath();

    private FatJar() {}

    public static Invocation run(String... args) {
        return run(Path.of(System.getProperty("java.home"), "bin", "java"), args);
    }

    static Invocation run(Path java, String... args) {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-jar", JAR.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        // What the tests' own environment sets would be told on stderr or read as configuration.
        builder.environment().keySet().removeIf(name -> name.startsWith("HACP_") || name.equals("JAVA_TOOL_OPTIONS")
                || name.equals("JDK_JAVA_OPTIONS") || name.equals("NODE_NAME"));
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            String out = text(process.getInputStream());
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return new Invocation(process.waitFor(), out, err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String text(java.io.InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Output of a command that must succeed silently.
    static String output(String... args) {
        Invocation invocation = run(args);
        assertThat(invocation.err()).isEmpty();
        assertThat(invocation.code()).isZero();
        return invocation.out();
    }

    static Shell.Result pipe(String input, String... command) {
        return Shell.attempt(new ProcessBuilder(command), input);
    }
}
