package dev.hacp.cli.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.agent.status.StatusClient;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the agents say about themselves, asked on their admin addresses again and again.
final class Onlookers implements AutoCloseable {

    private static final Duration AGAIN = Duration.ofMillis(50);

    /// @param nanos when the answer came, [System#nanoTime]
    private record Word(long nanos, JsonNode status) {

        boolean owns(String vip) {
            return status.path("role").asText().equals("leader") && holds(vip);
        }

        boolean holds(String vip) {
            for (JsonNode each : status.path("vips")) {
                if (each.path("address").asText().equals(vip)) {
                    return each.path("held").asBoolean();
                }
            }
            return false;
        }
    }

    private final String vip;
    private final String oldOwner;
    private final Map<String, String> lastEntry = new ConcurrentHashMap<>();
    private final Map<String, Word> last = new ConcurrentHashMap<>();
    private final Map<String, Long> owning = new ConcurrentHashMap<>();
    private volatile long released;
    private volatile boolean stopped;

    /// @param nodes admin address of each agent
    Onlookers(String vip, String oldOwner, Map<String, HostPort> nodes) {
        this.vip = vip;
        this.oldOwner = oldOwner;
        nodes.forEach((node, address) -> Thread.ofVirtual().name("drill-status-" + node)
                .start(() -> ask(node, new StatusClient(address))));
    }

    /// Every agent that is reached, with the admin address it has when all use the same port.
    static Map<String, HostPort> nodes(JsonNode status, HostPort admin) {
        Map<String, HostPort> nodes = new ConcurrentHashMap<>();
        nodes.put(status.path("node").asText(), admin);
        for (JsonNode member : status.path("members")) {
            String address = member.path("address").asText("");
            if (!address.isEmpty()) {
                nodes.put(member.path("node").asText(), new HostPort(HostPort.parse(address).host(), admin.port()));
            }
        }
        return nodes;
    }

    private void ask(String node, StatusClient client) {
        try {
            while (!stopped) {
                try {
                    hear(node, new Word(System.nanoTime(), client.read()));
                } catch (IOException e) {
                    // Silent for now: its machine may be what failed.
                }
                Thread.sleep(AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hear(String node, Word word) {
        lastEntry.putIfAbsent(node, newestEntry(word.status()));
        last.put(node, word);
        if (!node.equals(oldOwner) && word.owns(vip)) {
            owning.putIfAbsent(node, word.nanos());
        }
        if (node.equals(oldOwner) && released == 0 && !word.holds(vip)) {
            released = word.nanos();
        }
    }

    private static String newestEntry(JsonNode status) {
        JsonNode timeline = status.path("timeline");
        return timeline.isEmpty() ? "" : timeline.get(timeline.size() - 1).path("at").asText();
    }

    int heard() {
        return last.size();
    }

    /// Who says that it owns the VIP and has the address, other than the old owner.
    Optional<String> newOwner() {
        return owning.keySet().stream().findFirst();
    }

    Optional<Long> newOwnerSince() {
        return owning.values().stream().findFirst();
    }

    /// When the old owner itself said that the address is gone.
    Optional<Long> released() {
        return released == 0 ? Optional.empty() : Optional.of(released);
    }

    /// What this agent noted since the beginning, by its own clock, from its first note on.
    List<DrillReport.Phase> account(String node) {
        Word word = last.get(node);
        List<DrillReport.Phase> notes = new ArrayList<>();
        if (word == null) {
            return notes;
        }
        Instant first = null;
        for (JsonNode entry : word.status().path("timeline")) {
            String at = entry.path("at").asText();
            // ISO 8601 in UTC; the parts of a second differ in length, so texts cannot be compared.
            Instant when = instant(at);
            if (when.isAfter(instant(lastEntry.getOrDefault(node, "")))
                    && !entry.path("kind").asText().startsWith("backend")) {
                first = first == null ? when : first;
                String reason = entry.path("keys").path("reason").asText("");
                notes.add(new DrillReport.Phase(Duration.between(first, when).toMillis(),
                        entry.path("message").asText() + (reason.isEmpty() ? "" : ": " + reason)));
            }
        }
        return notes;
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    @Override
    public void close() {
        stopped = true;
    }
}
