package dev.hacp.vip.address;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What is to be held, and how.
///
/// @param vips          at least one; each an address or a DNS name that is resolved and followed
/// @param interfaceName empty = the interface whose subnet holds the VIP
/// @param port          what clients dial on the VIP
/// @param fence         how long the kernel keeps the address without us, whole seconds from 2 s; zero = no fence
/// @param garpInterval  between two announcements while nothing happens
public record VipConfig(List<String> vips, Optional<String> interfaceName, int port, Duration fence,
        Duration garpInterval) {

    /// Shipped default: an agent that dies leaves the address for 4.5 s at most, at one notification a second to whoever
    /// listens to address changes (docs/adr/0007-fence.md).
    public static final Duration DEFAULT_FENCE = Duration.ofSeconds(3);
    public static final Duration DEFAULT_GARP_INTERVAL = Duration.ofSeconds(10);

    private static final Duration MAX_FENCE = Duration.ofHours(1);
    private static final Duration MIN_GARP_INTERVAL = Duration.ofSeconds(1);
    private static final Pattern DNS_NAME = Pattern
            .compile("[A-Za-z0-9]([-A-Za-z0-9]{0,62})(\\.[A-Za-z0-9][-A-Za-z0-9]{0,62})*\\.?");
    private static final int MAX_INTERFACE_NAME = 15;

    public VipConfig {
        vips = List.copyOf(vips);
        List<String> problems = new ArrayList<>();
        if (vips.isEmpty()) {
            problems.add("vip: none (expected: at least one address or DNS name)");
        }
        HashSet<String> seen = new HashSet<>();
        for (String vip : vips) {
            checkVip(vip, problems);
            if (!seen.add(vip)) {
                problems.add("vip: " + vip + " is given twice (expected: each once)");
            }
        }
        interfaceName.ifPresent(name -> {
            if (name.isEmpty() || name.length() > MAX_INTERFACE_NAME
                    || name.chars().anyMatch(c -> c <= ' ' || c == '/')) {
                problems.add("interface: '" + name + "' (expected: an interface name, at most 15 characters)");
            }
        });
        if (port < 1 || port > 65535) {
            problems.add("port: " + port + " (expected: 1 to 65535)");
        }
        boolean wholeSeconds = fence.equals(Duration.ofSeconds(fence.toSeconds()));
        if (!fence.isZero()
                && (!wholeSeconds || fence.compareTo(Duration.ofSeconds(2)) < 0 || fence.compareTo(MAX_FENCE) > 0)) {
            problems.add("vip-fence: " + Durations.format(fence) + " (expected: 0s, or whole seconds from 2s to 1h)");
        }
        if (garpInterval.compareTo(MIN_GARP_INTERVAL) < 0) {
            problems.add("garp-interval: " + Durations.format(garpInterval) + " (expected: 1s or more)");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    private static void checkVip(String vip, List<String> problems) {
        if (IpAddresses.parse(vip).isPresent()) {
            try {
                VirtualIp.parse(vip);
            } catch (IllegalArgumentException e) {
                problems.add("vip: " + e.getMessage());
            }
        } else if (vip.length() > 253 || !DNS_NAME.matcher(vip).matches() || vip.matches("[0-9.]+")) {
            problems.add("vip: '" + vip + "' (expected: an IPv4 or IPv6 address, or a DNS name)");
        }
    }

    /// The VIPs that are given as addresses.
    List<VirtualIp> literals() {
        return vips.stream().flatMap(text -> IpAddresses.parse(text).stream()).map(VirtualIp::new).toList();
    }

    /// The VIPs that are given by name.
    List<String> names() {
        return vips.stream().filter(text -> IpAddresses.parse(text).isEmpty()).toList();
    }
}
