package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `hacp balance` takes orders too, when it is told where; on the loopback, as anybody.
class BalanceOrdersIT {

    @TempDir
    private Path folder;

    @Test
    void theBalancerAloneTakesOrdersOnTheSocketItIsGiven() throws Exception {
        Path socket = folder.resolve("run/control.sock");
        Process balancer = start(socket);
        try {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(socket));
            // Nobody listens at port 1.
            Invocation listed = FatJar.run("backend", "ls", "--control-socket", socket.toString());
            assertThat(listed.err()).isEmpty();
            assertThat(listed.out()).contains("127.0.0.1:1").contains("ORDER");
            Invocation ordered = FatJar.run("backend", "maint", "127.0.0.1:1", "--control-socket", socket.toString());
            assertThat(ordered.out()).containsPattern("127.0.0.1:1 +down +maint");
            Invocation refused = FatJar.run("handover", "--control-socket", socket.toString());
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("has not joined an election");

            balancer.destroy();
            assertThat(balancer.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(socket).doesNotExist();
        } finally {
            balancer.destroyForcibly();
        }
    }

    private Process start(Path socket) throws IOException {
        // All of 127/8 is this machine: nobody else is at an address made of this process's number.
        long pid = ProcessHandle.current().pid();
        String listen = "127.77." + (pid >> 8 & 255) + "." + ((pid & 255) | 1) + ":7445";
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(java.toString(), "-jar", FatJar.JAR.toString(), "balance",
                "--listen", listen, "--backend", "127.0.0.1:1", "--health", "tcp", "--control-socket",
                socket.toString()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("balance.log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HACP_"));
        return builder.start();
    }
}
