package dev.hacp.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Asks the agent of this node. Each call is one exchange of its own.
public final class ControlClient {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path socket;
    private final Consumer<String> progress;
    private final Duration patience;

    /// @param progress gets a sentence now and then while an answer takes long
    public ControlClient(Path socket, Consumer<String> progress) {
        this(socket, progress, PATIENCE);
    }

    ControlClient(Path socket, Consumer<String> progress, Duration patience) {
        this.socket = socket;
        this.progress = progress;
        this.patience = patience;
    }

    /// The agent of this node.
    ///
    /// @param pidNamespace where `pid` means something
    public record Identity(String node, boolean ownsVip, long pid, String pidNamespace) {

        /// SIGKILL: the agent ends at once and cleans nothing up, as in a crash.
        ///
        /// @return what was done
        public String kill() {
            Optional<ProcessHandle> process = pidNamespace.isEmpty() || !pidNamespace.equals(PidNamespace.own())
                    ? Optional.empty()
                    : ProcessHandle.of(pid);
            // The first process of a container cannot be killed from inside it.
            if (pid == 1 || process.isEmpty() || !process.get().destroyForcibly()) {
                throw new IllegalStateException("the agent (process " + pid + ", " + pidNamespace
                        + ") cannot be killed from here: kill it on the host, with 'hacp drill --watch' on another machine");
            }
            return "killed the agent of " + node + " (process " + pid + ")";
        }
    }

    /// @param took from the agent's point of view
    public record Handover(NodeName owner, Duration took) {}

    /// @param rows those that were asked for
    /// @param all  how many there are
    public record Connections(List<JsonNode> rows, int all) {
        public Connections {
            rows = List.copyOf(rows);
        }
    }

    public Identity identity() throws ControlException {
        JsonNode done = ask(request(ControlExchange.IDENTITY), _ -> {});
        return new Identity(done.path("node").asText(), done.path("ownsVip").asBoolean(), done.path("pid").asLong(),
                done.path("pidNamespace").asText());
    }

    public Handover handover(Optional<NodeName> to) throws ControlException {
        ObjectNode request = request(ControlExchange.HANDOVER);
        to.ifPresent(node -> request.put("to", node.value()));
        JsonNode done = ask(request, _ -> {});
        return new Handover(new NodeName(done.path("owner").asText()),
                Duration.ofMillis(done.path("milliseconds").asLong()));
    }

    /// @param top how many at most
    public Connections connections(int top, ConnectionRow.Order by) throws ControlException {
        List<JsonNode> rows = new ArrayList<>();
        JsonNode done = ask(request(ControlExchange.CONNECTIONS).put("top", top).put("by", ControlExchange.word(by)),
                rows::add);
        return new Connections(rows, done.path("all").asInt());
    }

    /// As in `/status`.
    public List<JsonNode> backends() throws ControlException {
        List<JsonNode> rows = new ArrayList<>();
        ask(request(ControlExchange.BACKENDS), rows::add);
        return rows;
    }

    /// @return the backend as it is then
    public JsonNode order(HostPort backend, AdminState state) throws ControlException {
        List<JsonNode> rows = new ArrayList<>();
        ask(request(ControlExchange.ORDER).put("backend", backend.toString()).put("state",
                ControlExchange.word(state)), rows::add);
        return rows.isEmpty() ? JsonLines.JSON.createObjectNode() : rows.getFirst();
    }

    private static ObjectNode request(String what) {
        return JsonLines.JSON.createObjectNode().put(JsonLines.DO, what);
    }

    private JsonNode ask(ObjectNode request, Consumer<JsonNode> rows) throws ControlException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                JsonLines lines = new JsonLines(channel, patience)) {
            try {
                send(lines, request);
                return answer(lines, rows);
            } catch (IOException e) {
                throw new ControlException(lines.isLate()
                        ? "the agent at " + socket + " has not answered within " + patience.toSeconds()
                                + " s: see its log, and whether it is stopped"
                        : "the agent at " + socket + " closed the connection (" + e.getMessage() + "): see its log");
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new ControlException("no agent answers at " + socket + " (" + e.getMessage()
                    + "): run this as root on the node (or in the pod) where 'hacp run' is active; --control-socket says"
                    + " where it listens");
        }
    }

    private static void send(JsonLines lines, ObjectNode request) {
        try {
            lines.write(request);
        } catch (IOException e) {
            // An agent that turns clients away answers without being asked: what it said is still to be read.
        }
    }

    private JsonNode answer(JsonLines lines, Consumer<JsonNode> rows) throws IOException, ControlException {
        while (true) {
            JsonNode line = lines.read(JsonLines.LONGEST_ANSWER)
                    .orElseThrow(() -> new IOException("it closed the connection"));
            if (line.has(JsonLines.ERROR)) {
                throw new ControlException(line.path(JsonLines.ERROR).asText());
            } else if (line.has(JsonLines.DONE)) {
                return line.path(JsonLines.DONE);
            } else if (line.has(JsonLines.ROW)) {
                rows.accept(line.path(JsonLines.ROW));
            } else if (line.has(JsonLines.PROGRESS)) {
                progress.accept(line.path(JsonLines.PROGRESS).asText());
            }
        }
    }
}
