package dev.hacp.vip.address;

import dev.hacp.vip.wire.PcapLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What must be there before an agent can hold a VIP, and does not appear by waiting.
public final class VipPreflight {

    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final Path STATUS = Path.of("/proc/self/status");

    private VipPreflight() {}

    /// Loads libpcap (200 ms the first time) and reads this process's capabilities.
    ///
    /// @return one sentence with the remedy for each thing that is missing
    public static List<String> problems() {
        List<String> problems = new ArrayList<>();
        try {
            problems.addAll(missing(Files.readAllLines(STATUS)));
        } catch (IOException e) {
            problems.add("this system cannot hold a VIP: " + e.getMessage() + " (expected: Linux)");
        }
        PcapLibrary.load().ifPresent(problems::add);
        return problems;
    }

    /// @param status the lines of /proc/PID/status
    static List<String> missing(List<String> status) {
        long effective = status.stream().filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16)).findFirst().orElse(0);
        List<String> problems = new ArrayList<>();
        if ((effective >>> CAP_NET_ADMIN & 1) == 0) {
            problems.add(
                    "the capability CAP_NET_ADMIN is missing, so the VIP cannot be added to an interface: run as root, "
                            + "or grant it (systemd: AmbientCapabilities, Kubernetes: securityContext.capabilities.add "
                            + "NET_ADMIN)");
        }
        if ((effective >>> CAP_NET_RAW & 1) == 0) {
            problems.add(
                    "the capability CAP_NET_RAW is missing, so the VIP cannot be announced: run as root, or grant it "
                            + "(systemd: AmbientCapabilities, Kubernetes: securityContext.capabilities.add NET_RAW)");
        }
        return problems;
    }
}
