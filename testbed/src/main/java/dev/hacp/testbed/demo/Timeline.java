package dev.hacp.testbed.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.lan.Capture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What happened after a fault, in the order of the wall clock (all agents share this machine's), from three sources: what
/// each agent tells on its status page, the frames on the LAN, and the client.
final class Timeline {

    private record Line(Instant at, String who, String what) {}

    private final Instant fault;
    private final List<Line> lines = new ArrayList<>();

    Timeline(Instant fault) {
        this.fault = fault;
    }

    void add(Instant at, String who, String what) {
        if (!at.isBefore(fault)) {
            lines.add(new Line(at, who, what));
        }
    }

    /// What the agent did since the fault.
    void addAgent(HacpProcess agent) {
        for (JsonNode entry : agent.status().path("timeline")) {
            String keys = entry.path("keys").properties().stream()
                    .map(key -> key.getKey() + "=" + key.getValue().asText()).collect(Collectors.joining(" "));
            add(Instant.parse(entry.path("at").asText()), agent.host().name(),
                    entry.path("message").asText() + (keys.isEmpty() ? "" : " (" + keys + ")"));
        }
    }

    /// The first announcement on the LAN since the fault.
    void addAnnouncement(Capture capture) {
        for (String line : capture.lines()) {
            String[] words = line.split(" ", 2);
            Instant at = instant(words[0]);
            if (!at.isBefore(fault)) {
                add(at, "LAN", "first announcement: " + words[1].replaceFirst(".*?(Request|Reply)", "ARP $1")
                        .replaceFirst(", length .*", ""));
                return;
            }
        }
    }

    private static Instant instant(String epochSeconds) {
        String[] parts = epochSeconds.split("\\.");
        return Instant.ofEpochSecond(Long.parseLong(parts[0]), Long.parseLong(parts[1]) * 1000);
    }

    /// One line each: seconds since the fault, who, what.
    List<String> text() {
        return lines.stream().sorted(Comparator.comparing(Line::at)).map(line -> String.format(Locale.ROOT,
                "  %+8.3f s  %-6s  %s", Duration.between(fault, line.at()).toNanos() / 1e9, line.who(), line.what()))
                .toList();
    }
}
