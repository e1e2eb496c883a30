package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.Machine.Running;
import dev.hacp.core.HostPort;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether this node can do what the configuration asks of it.
public final class Preflight {

    // include/uapi/linux/capability.h
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_SYS_NICE = 23;
    private static final int CAP_BPF = 39;
    /// dev.hacp.leader.probe.KernelProbe asks for SCHED_RR with this priority.
    private static final int PROBE_PRIORITY = 10;
    private static final List<String> LIBPCAP = List.of("libpcap.so.0.8", "libpcap.so.1", "libpcap.so");
    private static final String NO_STEERING = "the agent does not start where the API server has, or may take, the same port"
            + " on every address";

    private final AgentConfig config;
    private final Machine machine;
    private final Consumer<Finding> findings;
    private final Set<Integer> listening;
    private final Optional<Running> agent;

    private Preflight(AgentConfig config, Machine machine, Consumer<Finding> findings) {
        this.config = config;
        this.machine = machine;
        this.findings = findings;
        this.listening = listening(machine);
        this.agent = config.admin().listen().filter(admin -> listening.contains(admin.port())).flatMap(machine::agent);
    }

    /// In the order an operator goes through them.
    public static void examine(AgentConfig config, Machine machine, Consumer<Finding> findings) {
        Preflight preflight = new Preflight(config, machine, findings);
        preflight.capabilities();
        preflight.probes();
        preflight.kernel();
        preflight.libpcap();
        preflight.openFiles();
        preflight.agent();
        new Addresses(config, machine, preflight.agent, findings).examine();
        preflight.ports();
        new LocalFirewall(config, machine, findings).examine();
        new OtherSoftware(config, machine, findings).examine();
        new NodeAddressFinders(config, machine, findings).examine();
    }

    private static Set<Integer> listening(Machine machine) {
        Set<Integer> ports = new HashSet<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            machine.read(table).ifPresent(text -> text.lines().skip(1).map(line -> line.strip().split("\\s+"))
                    // State 0A is LISTEN (include/net/tcp_states.h).
                    .filter(fields -> fields.length > 3 && fields[3].equals("0A")).forEach(fields -> ports.add(
                            Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16))));
        }
        return ports;
    }

    private Optional<Long> effectiveCapabilities() {
        Matcher effective = Pattern.compile("(?m)^CapEff:\\s*([0-9a-f]+)")
                .matcher(machine.read("/proc/self/status").orElse(""));
        return effective.find() ? Optional.of(Long.parseUnsignedLong(effective.group(1), 16)) : Optional.empty();
    }

    private void capabilities() {
        Optional<Long> effective = effectiveCapabilities();
        if (effective.isEmpty()) {
            findings.accept(Finding.warning("capabilities", "/proc/self/status does not show them",
                    "without NET_ADMIN and NET_RAW the VIP can be neither added nor announced",
                    "run it where /proc is mounted"));
            return;
        }
        long bits = effective.get();
        List<String> missing = new ArrayList<>();
        if (lacks(bits, CAP_NET_ADMIN)) {
            missing.add("NET_ADMIN (add the VIP)");
        }
        if (lacks(bits, CAP_NET_RAW)) {
            missing.add("NET_RAW (announce it, probe the other members)");
        }
        if (!missing.isEmpty()) {
            findings.accept(Finding.failure("capabilities", "missing: " + String.join(", ", missing),
                    "the agent does not start without them",
                    "run as root, or give them to the container or unit ('hacp manifest' does)"));
        } else if (lacksBpf(bits)) {
            findings.accept(Finding.warning("capabilities", "BPF is missing: VIP:PORT cannot be steered", NO_STEERING,
                    "add the capability BPF, or use another --port"));
        } else {
            findings.accept(Finding.ok("capabilities", "NET_ADMIN, NET_RAW and BPF are present"));
        }
    }

    /// Without NET_RAW the line about capabilities has said it already. The agent does without real-time scheduling as
    /// well.
    private void probes() {
        long bits = effectiveCapabilities().orElse(0L);
        if (lacks(bits, CAP_NET_RAW)) {
            return;
        }
        Matcher limit = Pattern.compile("(?m)^Max realtime priority\\s+\\S+\\s+(\\d+|unlimited)")
                .matcher(machine.read("/proc/self/limits").orElse(""));
        boolean limited = !limit.find()
                || (!limit.group(1).equals("unlimited") && Long.parseLong(limit.group(1)) < PROBE_PRIORITY);
        findings.accept(Finding.ok("probes", "members are probed by ICMP echo; "
                + (limited && lacks(bits, CAP_SYS_NICE)
                        ? "not with real-time scheduling, which is optional: SYS_NICE in a pod, LimitRTPRIO="
                                + PROBE_PRIORITY + " in a unit"
                        : "real-time scheduling is allowed")));
    }

    private static boolean lacksBpf(long bits) {
        return lacks(bits, CAP_BPF) && lacks(bits, CAP_SYS_ADMIN);
    }

    private static boolean lacks(long bits, int capability) {
        return (bits >>> capability & 1) == 0;
    }

    private void kernel() {
        String release = machine.kernelRelease();
        int port = config.address().port();
        Matcher version = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(release);
        boolean old = !version.matches() || Integer.parseInt(version.group(1)) < 5
                || (Integer.parseInt(version.group(1)) == 5 && Integer.parseInt(version.group(2)) < 9);
        // Without the capability only the version can tell, and the line above has said so.
        boolean mayTry = effectiveCapabilities().filter(bits -> !lacksBpf(bits) && !lacks(bits, CAP_NET_ADMIN))
                .isPresent();
        Optional<String> problem = old
                ? Optional.of(release + " cannot steer VIP:PORT beside an API server on the same port")
                : mayTry ? machine.steeringProblem(port).map(text -> release + ": " + text) : Optional.empty();
        if (problem.isEmpty()) {
            findings.accept(Finding.ok("kernel", release + (mayTry ? " steers" : " can steer") + " VIP:" + port
                    + " beside an API server on the same port"));
            return;
        }
        String remedy = "use a kernel from 5.9 on with CONFIG_BPF_SYSCALL, or another --port (clients dial it), or bind"
                + " the API server to the node's address (--bind-address)";
        findings.accept(listening.contains(port)
                ? Finding.failure("kernel", problem.get(), NO_STEERING, remedy)
                : Finding.warning("kernel", problem.get(), NO_STEERING, remedy));
    }

    private void libpcap() {
        findings.accept(machine.hasLibrary(LIBPCAP)
                ? Finding.ok("libpcap", "found")
                : Finding.failure("libpcap", "not found", "nothing can be announced: clients would not learn where the"
                        + " VIP is", "apt-get install libpcap0.8, or dnf install libpcap"));
    }

    private void openFiles() {
        Matcher limit = Pattern.compile("(?m)^Max open files\\s+(\\d+|unlimited)\\s+(\\d+|unlimited)")
                .matcher(machine.read("/proc/self/limits").orElse(""));
        // The JVM raises the soft limit to the hard one.
        if (!limit.find() || limit.group(2).equals("unlimited")) {
            return;
        }
        long hard = Long.parseLong(limit.group(2));
        int connections = config.balancer().limits().connections();
        // Two sockets each, and some for the rest.
        long needed = 2L * connections + 512;
        if (connections > 0 && hard < needed) {
            findings.accept(Finding.warning("open files",
                    "the limit of " + hard + " carries " + Math.max(0, (hard - 512) / 2)
                            + " connections, --max-connections is " + connections,
                    "clients are refused before the configured limit is reached",
                    "raise it to " + needed + " (LimitNOFILE=, ulimit -n) or lower --max-connections"));
        } else {
            findings.accept(Finding.ok("open files", "the limit of " + hard + " is enough"));
        }
    }

    private void agent() {
        agent.ifPresent(running -> findings.accept(running.waiting().isEmpty()
                ? Finding.ok("agent", "hacp " + running.version() + " runs here; "
                        + (running.owner().isEmpty() ? "nobody" : running.owner()) + " owns the VIP")
                : Finding.warning("agent", "hacp " + running.version() + " runs here and is not ready: "
                        + running.waiting(), "this node could not take over the VIP now", "see 'hacp status'")));
    }

    private void ports() {
        int port = config.address().port();
        findings.accept(Finding.ok("port " + port, listening.contains(port)
                ? "in use, most likely by the API server: VIP:" + port + " is steered past it"
                : "free on this node"));
        config.admin().listen().ifPresent(admin -> own(admin, "--admin-address"));
        own(config.members().listen(), "--peer-address");
    }

    private void own(HostPort address, String flag) {
        String subject = "port " + address.port();
        if (!listening.contains(address.port())) {
            findings.accept(Finding.ok(subject, "free for " + flag));
        } else if (agent.isPresent()) {
            findings.accept(Finding.ok(subject, "taken by the agent that runs here"));
        } else {
            findings.accept(Finding.warning(subject, "taken", "the agent does not start without it",
                    "fine if hacp already runs here; otherwise free it or give " + flag));
        }
    }
}
