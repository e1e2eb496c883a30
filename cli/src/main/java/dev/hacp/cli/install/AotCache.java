package dev.hacp.cli.install;

import dev.hacp.cli.manifest.Manifests;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What a JVM has loaded and linked, kept in a file for its next start (JEP 514). It belongs to one Java and one jar; with
/// any other the JVM starts without it and says nothing.
final class AotCache {

    private static final Duration START = Duration.ofSeconds(30);
    // The JVM writes the cache when it has been told to stop, and only then ends.
    private static final Duration WRITING = Duration.ofSeconds(90);
    private static final int CLIENTS = 5;

    private AotCache() {}

    /// What the JVM is told to use it: nothing is lost where it is missing or does not match.
    static List<String> options(Path cache) {
        return List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off");
    }

    /// Whether it was made after the jar and this Java came to be.
    static boolean isNewerThan(Path jar, Path java, Path cache) throws IOException {
        Path modules = java.resolveSibling("../lib/modules").normalize();
        return Files.isRegularFile(cache) && Files.isRegularFile(modules) && Files.isRegularFile(jar)
                && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) > 0
                && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(modules)) > 0;
    }

    /// Makes it by a balancer that serves some clients on the loopback interface and is stopped. Of the agent's own job, what
    /// needs an address and an API server is not in it.
    ///
    /// @throws IOException when this Java makes none
    static void write(Path java, Path jar, Path cache) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket backend = new ServerSocket(0, 0, loopback)) {
            Thread.ofVirtual().name("hacp-aot-backend").start(() -> greet(backend));
            List<String> command = new ArrayList<>(List.of(java.toString()));
            command.addAll(Manifests.javaOptions());
            // Profiles would be the second compiler's, which is not used.
            int port = freePort(loopback);
            command.addAll(List.of("-XX:AOTCacheOutput=" + cache, "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:-AOTRecordTraining", "-jar", jar.toString(), "balance", "--listen=127.0.0.1:" + port,
                    "--backend=127.0.0.1:" + backend.getLocalPort(), "--admin-address=none"));
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            try {
                process.getOutputStream().close();
                serve(process, new InetSocketAddress(loopback, port));
                process.destroy();
                if (!process.waitFor(WRITING.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException("writing it took longer than " + WRITING.toSeconds() + " s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        if (!Files.isRegularFile(cache) || Files.size(cache) == 0) {
            throw new IOException(java + " has written none");
        }
    }

    private static void serve(Process process, InetSocketAddress balancer) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        int served = 0;
        while (served < CLIENTS) {
            if (!process.isAlive()) {
                throw new IOException("the balancer that fills it has ended with exit code " + process.exitValue());
            } else if (System.nanoTime() - deadline > 0) {
                throw new IOException("the balancer that fills it serves nobody");
            } else if (isGreeted(balancer)) {
                served++;
            } else {
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static boolean isGreeted(InetSocketAddress balancer) {
        try (Socket client = new Socket()) {
            client.connect(balancer, 1000);
            client.setSoTimeout(1000);
            return client.getInputStream().read() >= 0;
        } catch (IOException e) {
            return false; // it does not listen yet, or its backend is not up yet
        }
    }

    private static void greet(ServerSocket backend) {
        while (!backend.isClosed()) {
            try (Socket client = backend.accept()) {
                client.getOutputStream().write('\n');
            } catch (IOException e) {
                // A health check has gone already, or the backend is closed: the loop knows.
            }
        }
    }

    private static int freePort(InetAddress loopback) throws IOException {
        try (ServerSocket port = new ServerSocket(0, 0, loopback)) {
            return port.getLocalPort();
        }
    }
}
