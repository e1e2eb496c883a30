package dev.hacp.leader.probe;

import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// The probe in a process of its own, so that it can be stopped: asks the members that its arguments name
/// (`name=address`), listens where it would be asked itself, and prints each change of a state and, five times a second,
/// how many probes were answered.
final class ProbeProcess {

    static final int PORT = 9644;

    private ProbeProcess() {}

    /// The command that starts it, with the agent's own options of the JVM.
    static List<String> command(String... members) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Xmx64m", "-cp", System.getProperty("java.class.path"), ProbeProcess.class.getName()));
        command.addAll(List.of(members));
        return command;
    }

    public static void main(String[] args) throws Exception {
        ServerSocket listener = new ServerSocket(PORT);
        System.out.println("listening on " + listener.getLocalPort());
        Map<NodeName, InetSocketAddress> members = new LinkedHashMap<>();
        for (String argument : args) {
            String[] parts = argument.split("=");
            members.put(new NodeName(parts[0]), new InetSocketAddress(InetAddress.getByName(parts[1]), PORT));
        }
        KernelProbe probe = new KernelProbe(KernelProbe.Timing.of(Duration.ofMillis(400)), Ticker.system(),
                (peer, state) -> System.out.println("state " + peer + " " + state));
        probe.members(members);
        probe.start();
        while (true) {
            LockSupport.parkNanos(200_000_000);
            long processor = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
            probe.snapshot().forEach((peer, probes) -> System.out.println("probes " + peer + " " + probes.method()
                    + " " + probes.sent() + " " + probes.answered() + " roundTrip="
                    + probes.roundTrip().toNanos() / 1000
                    + "us cpu=" + processor + "ms"));
        }
    }
}
