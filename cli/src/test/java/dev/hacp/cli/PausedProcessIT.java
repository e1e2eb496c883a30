package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A liveness probe must not restart an agent for having been paused; `hacp balance`, on the loopback.
class PausedProcessIT {

    /// Longer than the ten seconds after which a loop counts as hung.
    private static final Duration PAUSE = Duration.ofSeconds(12);

    @TempDir
    private Path folder;

    @Test
    void afterALongPauseTheAgentIsAliveAtOnceAndStaysSo() throws Exception {
        // All of 127/8 is this machine: nobody else is at an address made of this process's number.
        long pid = ProcessHandle.current().pid();
        String address = "127.78." + (pid >> 8 & 255) + "." + ((pid & 255) | 1);
        Process balancer = start(address);
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI healthz = URI.create("http://" + address + ":9643/healthz");
            Awaitility.await().ignoreExceptions().atMost(Duration.ofSeconds(30))
                    .until(() -> ask(client, healthz).statusCode() == 200);
            signal(balancer, "-STOP");
            long paused = System.nanoTime();
            Awaitility.await().atMost(PAUSE.multipliedBy(4))
                    .until(() -> System.nanoTime() - paused > PAUSE.toNanos());
            signal(balancer, "-CONT");
            Awaitility.await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(ask(client, healthz).body()).isEqualTo("ok\n"));
        } finally {
            balancer.destroyForcibly();
        }
    }

    private static HttpResponse<String> ask(HttpClient client, URI uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                BodyHandlers.ofString());
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).inheritIO().start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    private Process start(String address) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(java.toString(), "-jar", FatJar.JAR.toString(), "balance",
                "--listen", address + ":7445", "--backend", "127.0.0.1:1", "--health", "tcp", "--admin-address",
                address + ":9643").redirectErrorStream(true).redirectOutput(folder.resolve("balance.log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HACP_"));
        return builder.start();
    }
}
