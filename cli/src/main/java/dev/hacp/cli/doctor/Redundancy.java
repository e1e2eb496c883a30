package dev.hacp.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Whether the control plane survives the loss of a node, or of a zone.
final class Redundancy {

    private static final String ZONE = "topology.kubernetes.io/zone";

    private Redundancy() {}

    /// @param servers how many API servers there are
    /// @param nodes   the control-plane nodes, a missing node when they may not be listed
    static void examine(int servers, JsonNode nodes, Consumer<Finding> findings) {
        String remedy = "run three or five control-plane nodes";
        if (servers >= 3 && servers % 2 == 1) {
            findings.accept(
                    Finding.ok("API servers",
                            servers + ": " + (servers == 3 ? "one" : (servers - 1) / 2) + " may fail"));
        } else if (servers < 3) {
            findings.accept(Finding.warning("API servers", Integer.toString(servers),
                    servers == 1
                            ? "if it fails there is nothing the VIP could move to"
                            : "losing one loses the majority of etcd, and with it every change",
                    remedy));
        } else {
            findings.accept(Finding.warning("API servers", Integer.toString(servers),
                    "an even number tolerates no more failures than one member fewer", remedy));
        }
        zones(nodes, findings);
    }

    private static void zones(JsonNode nodes, Consumer<Finding> findings) {
        if (nodes.isMissingNode()) {
            findings.accept(Finding.ok("zones", "not checked: this credential may not list nodes"));
            return;
        }
        Map<String, Integer> zones = new TreeMap<>();
        int all = 0;
        for (JsonNode node : nodes) {
            all++;
            String zone = node.path("metadata").path("labels").path(ZONE).asText();
            if (!zone.isEmpty()) {
                zones.merge(zone, 1, Integer::sum);
            }
        }
        int most = zones.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        if (zones.isEmpty() || all < 2) {
            findings.accept(Finding.ok("zones", all + " control-plane nodes, none labelled " + ZONE));
        } else if (zones.size() == 1 && most == all) {
            findings.accept(
                    Finding.warning("zones", "all control-plane nodes are in " + zones.keySet().iterator().next(),
                            "losing the zone loses the whole control plane",
                            "place one node in another power and network zone of the same LAN"));
        } else if (2 * most > all) {
            findings.accept(Finding.warning("zones", "a majority of the control-plane nodes shares one: " + zones,
                    "losing that zone loses the majority of etcd", "spread them evenly over three zones"));
        } else {
            findings.accept(Finding.ok("zones", "control-plane nodes are spread: " + zones));
        }
    }
}
