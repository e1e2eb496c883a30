package dev.hacp.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.agent.config.Suggestion;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One request carried out.
final class ControlExchange {

    static final String IDENTITY = "identity";
    static final String HANDOVER = "handover";
    static final String CONNECTIONS = "connections";
    static final String BACKENDS = "backends";
    static final String ORDER = "order";

    static final int MOST_ROWS = 100_000;
    private static final List<String> ALL = List.of(IDENTITY, HANDOVER, CONNECTIONS, BACKENDS, ORDER);
    private static final long PROGRESS_SECONDS = 2;
    private static final int PATIENCE = 7;

    private final ControlActions actions;
    private final JsonLines lines;

    ControlExchange(ControlActions actions, JsonLines lines) {
        this.actions = actions;
        this.lines = lines;
    }

    ObjectNode perform(JsonNode request) throws IOException, ControlException {
        String what = request.path(JsonLines.DO).asText();
        return switch (what) {
            case IDENTITY -> identity();
            case HANDOVER -> handover(request);
            case CONNECTIONS -> connections(request);
            case BACKENDS -> backends();
            case ORDER -> order(request);
            default -> throw new ControlException("the agent does not know '" + what + "' (expected: one of " + ALL
                    + "); does it have another version than this command?");
        };
    }

    private ObjectNode identity() {
        return JsonLines.JSON.createObjectNode().put("node", actions.node()).put("ownsVip", actions.ownsVip())
                .put("pid", ProcessHandle.current().pid()).put("pidNamespace", PidNamespace.own());
    }

    private ObjectNode handover(JsonNode request) throws IOException, ControlException {
        Optional<NodeName> to = request.has("to")
                ? Optional.of(read("to", request, NodeName::new))
                : Optional.empty();
        long begun = System.nanoTime();
        CompletableFuture<NodeName> moved = actions.handover(to).toCompletableFuture();
        for (int waited = 0; waited < PATIENCE; waited++) {
            try {
                NodeName owner = moved.get(PROGRESS_SECONDS, TimeUnit.SECONDS);
                return JsonLines.JSON.createObjectNode().put("owner", owner.value()).put("milliseconds",
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
            } catch (TimeoutException e) {
                lines.write(JsonLines.JSON.createObjectNode().put(JsonLines.PROGRESS,
                        "waiting for " + to.map(NodeName::value).orElse("another member") + " to take over"));
            } catch (ExecutionException e) {
                throw new ControlException(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ControlException("the agent is stopping");
            }
        }
        throw new ControlException("the handover has not finished after " + PROGRESS_SECONDS * PATIENCE
                + " s: see 'hacp status'");
    }

    private ObjectNode connections(JsonNode request) throws IOException, ControlException {
        int top = read("top", request, Integer::parseInt);
        ConnectionRow.Order by = read("by", request, text -> constant(ConnectionRow.Order.class, text));
        List<ConnectionRow> all = actions.connections();
        for (ConnectionRow row : ConnectionRow.top(all, by, Math.clamp(top, 0, MOST_ROWS))) {
            lines.write(JsonLines.JSON.createObjectNode().set(JsonLines.ROW, json(row)));
        }
        return JsonLines.JSON.createObjectNode().put("all", all.size());
    }

    private static ObjectNode json(ConnectionRow row) {
        return JsonLines.JSON.createObjectNode().put("client", HostPort.of(row.client()).toString())
                .put("vip", row.vip().map(VirtualIp::toString).orElse(null))
                .put("frontend", row.frontend().toString())
                .put("backend", row.backend().map(HostPort::toString).orElse(null))
                .put("bytesFromClient", row.bytesFromClient()).put("bytesToClient", row.bytesToClient())
                .put("ageMs", row.age().toMillis()).put("idleMs", row.idle().toMillis());
    }

    private ObjectNode backends() throws IOException {
        for (AgentStatus.Backend backend : actions.backends()) {
            lines.write(JsonLines.JSON.createObjectNode().set(JsonLines.ROW, JsonLines.JSON.valueToTree(backend)));
        }
        return JsonLines.JSON.createObjectNode();
    }

    private ObjectNode order(JsonNode request) throws IOException, ControlException {
        HostPort address = read("backend", request, HostPort::parse);
        AdminState state = read("state", request, text -> constant(AdminState.class, text));
        if (!actions.backend(address, state)) {
            List<String> known = actions.backends().stream().map(AgentStatus.Backend::address).toList();
            throw new ControlException("there is no backend " + address + Suggestion.hint(address.toString(), known)
                    + "; there are " + known);
        }
        for (AgentStatus.Backend backend : actions.backends()) {
            if (backend.address().equals(address.toString())) {
                lines.write(JsonLines.JSON.createObjectNode().set(JsonLines.ROW, JsonLines.JSON.valueToTree(backend)));
            }
        }
        return JsonLines.JSON.createObjectNode();
    }

    @FunctionalInterface
    private interface Reader<T> {
        T read(String text);
    }

    private static <T> T read(String key, JsonNode request, Reader<T> reader) throws ControlException {
        try {
            return reader.read(request.path(key).asText());
        } catch (IllegalArgumentException e) {
            throw new ControlException(key + ": " + e.getMessage());
        }
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String word) {
        return Arrays.stream(type.getEnumConstants()).filter(each -> word(each).equals(word)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + word + "' (expected: one of "
                        + Arrays.stream(type.getEnumConstants()).map(ControlExchange::word).toList() + ")"));
    }
}
