package dev.hacp.cli.importing;

import dev.hacp.agent.config.Options;
import dev.hacp.cli.importing.Imported.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/// keepalived.conf: `vrrp_instance` blocks with their addresses.
final class KeepalivedFile {

    private final String file;
    private final Imported result;
    private final Deque<String> blocks = new ArrayDeque<>();
    private boolean preempts = true;
    private boolean hasInstance;

    KeepalivedFile(String file, Imported result) {
        this.file = file;
        this.result = result;
    }

    void read(String text) {
        String[] lines = text.split("\n", -1);
        int lastInstance = 1;
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].replaceFirst("[!#].*", "").strip();
            // Several tokens may share a line: `virtual_ipaddress { 10.0.0.10 }`.
            for (String statement : statements(line)) {
                if (statement.startsWith("vrrp_instance")) {
                    hasInstance = true;
                    lastInstance = i + 1;
                }
                read(statement, new Place(file, i + 1));
            }
        }
        if (hasInstance && preempts) {
            result.put(Options.PREEMPT, "true", new Place(file, lastInstance));
            result.remark(new Place(file, lastInstance),
                    "without nopreempt keepalived moves the address back to the higher priority, so --preempt=true; leave it out"
                            + " to spare clients that second move");
        }
    }

    /// `virtual_ipaddress { 10.0.0.10 }` is three: what opens, what is inside, what closes. A template's `${STATE}` is a
    /// word, not a block.
    private static List<String> statements(String line) {
        List<String> statements = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        for (String word : line.replaceAll("(?<!\\$)\\{", " { ").replaceAll("(?<!\\$\\{[A-Za-z_]{0,40})}", " } ")
                .strip()
                .split("\\s+")) {
            if (word.equals("}")) {
                flush(current, statements);
                statements.add(word);
            } else {
                current.append(current.isEmpty() ? "" : " ").append(word);
                if (word.equals("{")) {
                    flush(current, statements);
                }
            }
        }
        flush(current, statements);
        return statements;
    }

    private static void flush(StringBuilder current, List<String> statements) {
        if (!current.isEmpty()) {
            statements.add(current.toString());
            current.setLength(0);
        }
    }

    private void read(String statement, Place place) {
        if (statement.equals("}")) {
            blocks.poll();
            return;
        }
        boolean opens = statement.equals("{") || statement.endsWith(" {");
        List<String> words = Arrays.asList((opens ? statement.substring(0, statement.length() - 1) : statement).strip()
                .split("\\s+"));
        if (opens) {
            open(words, place);
            blocks.push(words.getFirst());
            return;
        }
        switch (String.valueOf(blocks.peek())) {
            case "virtual_ipaddress", "virtual_ipaddress_excluded" -> address(words, place);
            case "vrrp_instance" -> setting(words, place);
            default -> {
                // Blocks without an equivalent were remarked when they opened.
            }
        }
    }

    private void open(List<String> words, Place place) {
        String what = words.getFirst();
        switch (what) {
            case "vrrp_script", "track_script" -> result.remark(place,
                    what + " needs no option: hacp checks /readyz of every API server itself");
            case "authentication" -> result.remark(place,
                    "authentication needs no option: members prove themselves by TLS, trusted through the API server");
            case "unicast_peer" -> result.remark(place,
                    "unicast_peer needs no option: members find each other through the Kubernetes API");
            case "virtual_server", "real_server", "virtual_routes", "virtual_rules", "vrrp_sync_group",
                    "track_interface", "track_file" ->
                result.remark(place, what + " has no equivalent");
            default -> {
                // vrrp_instance, virtual_ipaddress and global_defs are read or say nothing about the VIP.
            }
        }
    }

    private void address(List<String> words, Place place) {
        result.put(Options.VIP, words.getFirst().replaceFirst("/\\d+$", ""), place);
        int device = words.indexOf("dev");
        if (device >= 0 && device + 1 < words.size()) {
            result.put(Options.INTERFACE_NAME, words.get(device + 1), place);
        }
    }

    private void setting(List<String> words, Place place) {
        String value = words.size() > 1 ? words.get(1) : "";
        switch (words.getFirst()) {
            case "interface" -> result.put(Options.INTERFACE_NAME, value, place);
            case "priority" -> result.put(Options.PRIORITY, value, place);
            case "nopreempt" -> preempts = false;
            case "garp_master_refresh" -> result.put(Options.GARP_INTERVAL, value + "s", place);
            case "virtual_router_id" -> result.remark(place,
                    "virtual_router_id needs no option; a second set of VIPs gets its own --lease-name");
            case "advert_int" -> result.remark(place, "advert_int " + value
                    + " needs no option: members send a --heartbeat every 50ms and act after --peer-timeout 400ms");
            case "state", "version", "unicast_src_ip" -> {
                // Who begins as master is decided by the Lease.
            }
            default -> result.remark(place, String.join(" ", words) + " has no equivalent");
        }
    }
}
