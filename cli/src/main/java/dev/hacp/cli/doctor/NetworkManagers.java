package dev.hacp.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What else manages the VIP's interface, and whether it removes the addresses that it does not know.
final class NetworkManagers {

    /// `comm` has 15 characters.
    private static final String NETWORKD = "systemd-network";
    private static final String NETWORK_MANAGER = "NetworkManager";
    private static final String CLOUD_INIT = "/etc/netplan/50-cloud-init.yaml";
    /// From the one that counts least to the one that counts most.
    private static final List<String> DROP_INS = List.of("/usr/lib/systemd/network/", "/run/systemd/network/",
            "/etc/systemd/network/");
    /// The preferred lifetime of a VIP is not infinite, so networkd counts it among the dynamic ones: `static` does not keep it.
    private static final Set<String> KEEPS = Set.of("yes", "true", "on", "1", "y", "t", "dynamic", "dhcp");
    private static final Pattern KEEP = Pattern.compile("(?m)^\\s*KeepConfiguration\\s*=\\s*(\\S*)\\s*$");

    private final Machine machine;
    private final Consumer<Finding> findings;

    NetworkManagers(Machine machine, Consumer<Finding> findings) {
        this.machine = machine;
        this.findings = findings;
    }

    void examine(String nic) {
        Optional<String> index = machine.read("/sys/class/net/" + nic + "/ifindex").map(String::strip);
        List<String> running = machine.processes();
        if (running.contains(NETWORKD)) {
            networkd(nic, index.flatMap(i -> machine.read("/run/systemd/netif/links/" + i)).orElse(""));
        }
        if (running.contains(NETWORK_MANAGER)) {
            networkManager(nic, index.flatMap(i -> machine.read("/run/NetworkManager/devices/" + i)).orElse(""));
        }
    }

    private void networkd(String nic, String state) {
        String file = value(state, "NETWORK_FILE");
        if (file.isEmpty() || value(state, "ADMIN_STATE").equals("unmanaged")) {
            findings.accept(Finding.ok("systemd-networkd", "leaves " + nic + " alone"));
            return;
        }
        String keep = keep(file);
        if (KEEPS.contains(keep)) {
            findings.accept(
                    Finding.ok("systemd-networkd", "keeps on " + nic + " what it did not put there (KeepConfiguration="
                            + keep + ")"));
            return;
        }
        String name = file.substring(file.lastIndexOf('/') + 1);
        findings.accept(Finding.warning("systemd-networkd",
                "manages " + nic + " by " + file + (keep.isEmpty() ? "" : ", with KeepConfiguration=" + keep),
                "it removes the VIP each time that it is restarted or configures " + nic
                        + " again; hacp puts it back at once",
                "KeepConfiguration=yes in [Network] of /etc/systemd/network/" + name
                        + ".d/hacp.conf, then networkctl reload"
                        + netplan(nic, name)));
    }

    private String netplan(String nic, String networkFile) {
        if (!networkFile.contains("netplan")) {
            return "";
        }
        return "; or 'critical: true' for " + nic + " in /etc/netplan" + (machine.exists(CLOUD_INIT)
                ? ", in a file of your own: cloud-init writes " + CLOUD_INIT + " again"
                : "");
    }

    /// What the last file says; empty when none does.
    private String keep(String file) {
        List<String> texts = new ArrayList<>();
        machine.read(file).ifPresent(texts::add);
        String name = file.substring(file.lastIndexOf('/') + 1);
        for (String folder : DROP_INS) {
            String dropIns = folder + name + ".d";
            machine.list(dropIns).stream().filter(entry -> entry.endsWith(".conf"))
                    .forEach(entry -> machine.read(dropIns + "/" + entry).ifPresent(texts::add));
        }
        String last = "";
        for (String text : texts) {
            Matcher matcher = KEEP.matcher(text);
            while (matcher.find()) {
                last = matcher.group(1);
            }
        }
        return last;
    }

    private static String value(String state, String key) {
        return state.lines().filter(line -> line.startsWith(key + "=")).map(line -> line.substring(key.length() + 1))
                .findFirst().orElse("");
    }

    private void networkManager(String nic, String state) {
        boolean managed = state.isEmpty() || value(state, "managed").matches("1|true");
        findings.accept(Finding.ok(NETWORK_MANAGER, managed
                ? "manages " + nic
                        + ": it removes the VIP when its connection is activated or applied again, and hacp puts it back"
                        + " at once ('nmcli device reapply' keeps it with --preserve-external-ip; what another program configures"
                        + " can be left alone by unmanaged-devices=interface-name:" + nic + ")"
                : "leaves " + nic + " alone"));
    }
}
