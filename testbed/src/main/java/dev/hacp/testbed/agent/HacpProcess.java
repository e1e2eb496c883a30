package dev.hacp.testbed.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One agent, `hacp run`, on a host: started, killed, stopped and asked as an operator would.
public final class HacpProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ADMIN_PORT = 9643;
    private static final int ASK_MILLIS = 2000;

    private final List<String> command;
    private final Host host;
    private final Path logFile;
    private @Nullable Daemon daemon;

    /// Nothing is started yet.
    ///
    /// @param arguments after `run`
    public HacpProcess(HacpJar jar, Host host, Path logFile, List<String> arguments) {
        this(jar.command(run(host, arguments)), host, logFile);
    }

    /// As above, by a whole command line: other flags, another Java, a container.
    public HacpProcess(List<String> command, Host host, Path logFile) {
        this.command = List.copyOf(command);
        this.host = host;
        this.logFile = logFile;
    }

    private static List<String> run(Host host, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("run"));
        if (arguments.stream().noneMatch(argument -> argument.startsWith("--control-socket"))) {
            // Hosts have their own network, but one file system.
            all.add("--control-socket=" + controlSocket(host));
        }
        all.addAll(arguments);
        return all;
    }

    /// Where an agent on the host takes orders. Not beside its log: the kernel takes 107 bytes, and a checkout's path may have
    /// more.
    public static Path controlSocket(Host host) {
        return Path.of(System.getProperty("java.io.tmpdir"), host.namespace().name(), "control.sock");
    }

    public Host host() {
        return host;
    }

    /// Starts it, also again after its end; returns at once.
    public void start() {
        if (isAlive()) {
            return;
        }
        daemon = Daemon.start(host.namespace(), logFile, Map.of(), command);
    }

    /// Where `hacp handover` and the like reach it, unless the arguments say otherwise.
    public Path controlSocket() {
        return controlSocket(host);
    }

    /// Runs `hacp command` on the agent's host, with the agent's control socket.
    public Shell.Result order(String... command) {
        List<String> line = new ArrayList<>(List.of(command));
        line.add("--control-socket=" + controlSocket());
        return host.attempt(HacpJar.require().command(line).toArray(String[]::new));
    }

    public boolean isAlive() {
        return daemon != null && daemon.isAlive();
    }

    public long pid() {
        return running().pid();
    }

    /// SIGTERM; the exit code.
    ///
    /// @throws AssertionError when it has not ended after `within`
    public int terminate(Duration within) {
        beginTerminate();
        return running().awaitExit(within);
    }

    /// SIGTERM without waiting.
    public void beginTerminate() {
        running().signal("TERM");
    }

    /// SIGKILL
    public void kill() {
        running().kill();
    }

    /// SIGSTOP
    public void pause() {
        running().signal("STOP");
    }

    /// SIGCONT
    public void resume() {
        running().signal("CONT");
    }

    /// The exit code of an agent that ends by itself.
    public int awaitExit(Duration within) {
        return running().awaitExit(within);
    }

    /// The status page, asked on the node itself; a missing node when it does not answer.
    public JsonNode status() {
        try {
            return JSON.readTree(page("/status"));
        } catch (IOException | IllegalStateException e) {
            return MissingNode.getInstance();
        }
    }

    /// `leader`, `follower`, or empty text when the agent does not answer.
    public String role() {
        return status().path("role").asText();
    }

    /// Whom this agent takes for the owner; empty text: nobody, or no answer.
    public String leader() {
        JsonNode leader = status().path("leader");
        return leader.isTextual() ? leader.asText() : "";
    }

    /// The state of one backend as this agent sees it: `up`, `drain`, `down`, or empty text when it has none such.
    public String backend(String address) {
        for (JsonNode backend : status().path("backends")) {
            if (backend.path("address").asText().equals(address)) {
                return backend.path("state").asText();
            }
        }
        return "";
    }

    /// A page of the admin address, asked on the node itself.
    ///
    /// @throws IllegalStateException with the cause when there is no answer or another one than 200
    public String page(String path) {
        return host.call(() -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + ADMIN_PORT + path)
                    .toURL().openConnection();
            connection.setConnectTimeout(ASK_MILLIS);
            connection.setReadTimeout(ASK_MILLIS);
            // Kept-alive connections would be shared between hosts: all say 127.0.0.1.
            connection.setRequestProperty("Connection", "close");
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } finally {
                connection.disconnect();
            }
        });
    }

    /// Everything it printed, over all its starts.
    public String log() {
        return daemon == null ? "" : daemon.log();
    }

    public String logTail(int lines) {
        return daemon == null ? host.name() + " was never started" : daemon.logTail(lines);
    }

    private Daemon running() {
        if (daemon == null) {
            throw new IllegalStateException("the agent on " + host + " was never started");
        }
        return daemon;
    }

    @Override
    public void close() {
        if (daemon != null) {
            daemon.close();
        }
        try {
            // What a killed agent leaves.
            Files.deleteIfExists(controlSocket());
            Files.deleteIfExists(controlSocket().getParent());
        } catch (IOException e) {
            // It stays among the machine's other temporary files.
        }
    }

    @Override
    public String toString() {
        return "hacp on " + host;
    }
}
