package dev.hacp.cli.doctor;

import dev.hacp.cli.config.AgentConfig;
import dev.hacp.core.HostPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether this node can do what the configuration asks of it.
public final class Preflight {

    // include/uapi/linux/capability.h
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_BPF = 39;
    private static final List<String> LIBPCAP = List.of("libpcap.so.0.8", "libpcap.so.1", "libpcap.so");
    private static final Map<String, String> RIVALS = new TreeMap<>(Map.of("keepalived", "keepalived", "kube-vip",
            "kube-vip", "ucarp", "ucarp", "vrrpd", "vrrpd"));
    private static final String KUBE_VIP_MANIFEST = "/etc/kubernetes/manifests/kube-vip.yaml";

    private final AgentConfig config;
    private final Machine machine;
    private final List<Finding> findings = new ArrayList<>();

    private Preflight(AgentConfig config, Machine machine) {
        this.config = config;
        this.machine = machine;
    }

    /// In the order an operator goes through them.
    public static List<Finding> examine(AgentConfig config, Machine machine) {
        Preflight preflight = new Preflight(config, machine);
        preflight.kernel();
        preflight.capabilities();
        preflight.libpcap();
        preflight.openFiles();
        preflight.findings.addAll(new Addresses(config, machine).examine());
        preflight.ports();
        preflight.rivals();
        preflight.credentials();
        return List.copyOf(preflight.findings);
    }

    private void kernel() {
        String release = machine.kernelRelease();
        Matcher version = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(release);
        boolean steers = version.matches() && (Integer.parseInt(version.group(1)) > 5
                || (Integer.parseInt(version.group(1)) == 5 && Integer.parseInt(version.group(2)) >= 9));
        findings.add(steers
                ? Finding.ok("kernel", release + " can steer VIP:" + config.address().port()
                        + " beside an API server on the same port")
                : Finding.warning("kernel", release + " cannot steer VIP:PORT beside an API server on the same port",
                        "use a kernel from 5.9 on, or another --port (clients dial it), or bind the API server to the node's"
                                + " address (--bind-address)"));
    }

    private void capabilities() {
        Matcher effective = Pattern.compile("(?m)^CapEff:\\s*([0-9a-f]+)")
                .matcher(machine.read("/proc/self/status").orElse(""));
        if (!effective.find()) {
            findings.add(Finding.warning("capabilities", "/proc/self/status does not tell them",
                    "run it where /proc is mounted"));
            return;
        }
        long bits = Long.parseUnsignedLong(effective.group(1), 16);
        List<String> missing = new ArrayList<>();
        if (lacks(bits, CAP_NET_ADMIN)) {
            missing.add("NET_ADMIN (put the VIP)");
        }
        if (lacks(bits, CAP_NET_RAW)) {
            missing.add("NET_RAW (announce it)");
        }
        if (!missing.isEmpty()) {
            findings.add(Finding.failure("capabilities", "missing: " + String.join(", ", missing),
                    "run as root, or give them to the container or unit ('hacp manifest' does)"));
        } else if (lacks(bits, CAP_BPF) && lacks(bits, CAP_SYS_ADMIN)) {
            findings.add(
                    Finding.warning("capabilities", "BPF is missing: VIP:PORT cannot be steered beside an API server"
                            + " on the same port", "add the capability BPF, or use another --port"));
        } else {
            findings.add(Finding.ok("capabilities", "NET_ADMIN, NET_RAW and BPF are there"));
        }
    }

    private static boolean lacks(long bits, int capability) {
        return (bits >>> capability & 1) == 0;
    }

    private void libpcap() {
        findings.add(machine.hasLibrary(LIBPCAP)
                ? Finding.ok("libpcap", "found")
                : Finding.failure("libpcap", "not found: nothing can be announced",
                        "apt-get install libpcap0.8, or dnf install libpcap"));
    }

    private void openFiles() {
        Matcher limit = Pattern.compile("(?m)^Max open files\\s+(\\d+|unlimited)\\s+(\\d+|unlimited)")
                .matcher(machine.read("/proc/self/limits").orElse(""));
        // The JVM raises the soft limit to the hard one.
        if (!limit.find() || limit.group(2).equals("unlimited")) {
            return;
        }
        long hard = Long.parseLong(limit.group(2));
        int connections = config.balancer().limits().maxConnections();
        // Two sockets each, and some for the rest.
        long needed = 2L * connections + 512;
        if (connections > 0 && hard < needed) {
            findings.add(Finding.warning("open files",
                    "the limit of " + hard + " carries " + Math.max(0, (hard - 512) / 2)
                            + " connections, --max-connections is " + connections,
                    "raise it to " + needed + " (LimitNOFILE=, ulimit -n) or lower --max-connections"));
        } else {
            findings.add(Finding.ok("open files", "the limit of " + hard + " is enough"));
        }
    }

    private void ports() {
        Set<Integer> listening = new HashSet<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            machine.read(table).ifPresent(text -> text.lines().skip(1).map(line -> line.strip().split("\\s+"))
                    // State 0A is LISTEN (include/net/tcp_states.h).
                    .filter(fields -> fields.length > 3 && fields[3].equals("0A")).forEach(fields -> listening.add(
                            Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16))));
        }
        int port = config.address().port();
        findings.add(Finding.ok("port " + port, listening.contains(port)
                ? "in use, most likely by the API server: VIP:" + port + " is steered past it"
                : "free on this node"));
        config.admin().listen().ifPresent(admin -> own(listening, admin, "--admin-address"));
        own(listening, config.members().listen(), "--peer-address");
    }

    private void own(Set<Integer> listening, HostPort address, String flag) {
        findings.add(listening.contains(address.port())
                ? Finding.warning("port " + address.port(), "taken",
                        "well when hacp runs here already; else free it or give "
                                + flag)
                : Finding.ok("port " + address.port(), "free for " + flag));
    }

    private void rivals() {
        Set<String> running = new HashSet<>(machine.processes());
        List<String> found = new ArrayList<>();
        RIVALS.forEach((process, name) -> {
            if (running.contains(process)) {
                found.add(name + " runs");
            }
        });
        if (machine.exists(KUBE_VIP_MANIFEST)) {
            found.add(KUBE_VIP_MANIFEST + " is there");
        }
        findings.add(found.isEmpty()
                ? Finding.ok("other VIP software", "none seen")
                : Finding.warning("other VIP software", String.join(", ", found),
                        "two must not hold one address: 'hacp import' takes over its settings, then remove it here"));
    }

    private void credentials() {
        List<Path> files = config.cluster().kubeconfigs();
        List<Path> readable = files.stream().filter(machine::isReadable).toList();
        if (!readable.isEmpty()) {
            findings.add(Finding.ok("credentials", "first readable: " + readable.getFirst()));
        } else if (config.cluster().inCluster()
                && machine.exists("/var/run/secrets/kubernetes.io/serviceaccount/token")) {
            findings.add(Finding.ok("credentials", "the pod's service account"));
        } else {
            findings.add(Finding.warning("credentials", "none readable yet of " + files,
                    "well before 'kubeadm init' or join: the agent waits for them; else give --kubeconfig"));
        }
    }
}
