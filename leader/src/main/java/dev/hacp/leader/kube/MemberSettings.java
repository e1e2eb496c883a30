package dev.hacp.leader.kube;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// What all members should have alike, as a member publishes it in its member Lease.
///
/// @param vips    as configured: addresses, or names that stand for some; sorted
/// @param timers  by name: `lease` → `15s`
/// @param version of hacp
public record MemberSettings(List<String> vips, int port, Map<String, String> timers, String version) {

    private static final String VIPS = "hacp.dev/vips";
    private static final String PORT = "hacp.dev/port";
    private static final String TIMERS = "hacp.dev/timers";
    private static final String VERSION = "hacp.dev/version";

    public MemberSettings {
        vips = List.copyOf(new TreeSet<>(vips));
        timers = Map.copyOf(timers);
    }

    /// As annotations of the member Lease.
    public Map<String, String> annotations() {
        List<String> words = new ArrayList<>();
        new TreeMap<>(timers).forEach((name, value) -> words.add(name + "=" + value));
        return Map.of(VIPS, String.join(",", vips), PORT, Integer.toString(port), TIMERS, String.join(" ", words),
                VERSION, version);
    }

    /// What these annotations tell; empty when the agent publishes no settings, as version 0.1 does.
    public static Optional<MemberSettings> of(Map<String, String> annotations) {
        String vips = annotations.getOrDefault(VIPS, "");
        String port = annotations.getOrDefault(PORT, "");
        if (vips.isEmpty() || !port.matches("\\d{1,5}")) {
            return Optional.empty();
        }
        Map<String, String> timers = new TreeMap<>();
        for (String word : annotations.getOrDefault(TIMERS, "").split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                timers.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return Optional.of(new MemberSettings(List.of(vips.split(",")), Integer.parseInt(port), timers,
                annotations.getOrDefault(VERSION, "")));
    }
}
