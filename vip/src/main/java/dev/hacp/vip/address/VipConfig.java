package dev.hacp.vip.address;

import dev.hacp.core.ConfigurationException;
import dev.hacp.core.Durations;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What is to be held, and how.
///
/// @param vips          at least one; a DNS name is resolved and followed
/// @param interfaceName empty = the interface whose subnet holds the VIP
/// @param port          what clients dial on the VIP
/// @param fence         how long the kernel keeps the address without us, whole seconds from 2 s; zero = no fence
/// @param garpInterval  between two announcements while nothing happens
public record VipConfig(List<VipTarget> vips, Optional<String> interfaceName, int port, Duration fence,
        Duration garpInterval) {

    /// Shipped default: an agent that dies leaves the address for 4.5 s at most, at one notification a second to anyone
    /// who listens to address changes (docs/adr/0007-fence.md).
    public static final Duration DEFAULT_FENCE = Duration.ofSeconds(3);
    public static final Duration DEFAULT_GARP_INTERVAL = Duration.ofSeconds(10);

    public static final int DEFAULT_PORT = 6443;

    // IFNAMSIZ is 16 with its NUL; '/' and white space are what dev_valid_name() refuses.
    private static final Pattern INTERFACE = Pattern.compile("(?!\\.{1,2}$)[^/:\\s]{1,15}");

    /// @throws ConfigurationException with every problem at once
    public VipConfig {
        vips = List.copyOf(vips);
        List<String> problems = new ArrayList<>();
        if (vips.isEmpty()) {
            problems.add("vip: none given (expected: at least one, such as 10.0.0.10)");
        }
        if (new HashSet<>(vips).size() < vips.size()) {
            problems.add("vip: " + vips.stream().map(VipTarget::text).collect(Collectors.joining(","))
                    + " (expected: each VIP once)");
        }
        interfaceName.filter(name -> !INTERFACE.matcher(name).matches()).ifPresent(name -> problems
                .add("interface: " + name + " (expected: an interface name of at most 15 characters)"));
        if (port < 1 || port > 65535) {
            problems.add("port: " + port + " (expected: a number from 1 to 65535)");
        }
        // IFA_CACHEINFO counts whole seconds, and it is re-armed every second.
        if (!fence.isZero() && (fence.toNanosPart() != 0 || !isWithin(fence, Duration.ofSeconds(2)))) {
            problems.add("vip-fence: " + Durations.format(fence)
                    + " (expected: whole seconds from 2s to 1h, or 0s for no fence)");
        }
        if (!isWithin(garpInterval, Duration.ofSeconds(1))) {
            problems.add("garp-interval: " + Durations.format(garpInterval) + " (expected: 1s to 1h)");
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }

    private static boolean isWithin(Duration value, Duration least) {
        return value.compareTo(least) >= 0 && value.compareTo(Duration.ofHours(1)) <= 0;
    }

    /// The shipped defaults with these changes: `VipConfig.of(vip -> vip.vips = List.of(new VipTarget("10.0.0.10")))`.
    ///
    /// @throws ConfigurationException with every problem at once
    public static VipConfig of(Consumer<Draft> changes) {
        Draft draft = new Draft();
        changes.accept(draft);
        return new VipConfig(draft.vips, draft.interfaceName, draft.port, draft.fence, draft.garpInterval);
    }

    /// The record's components by name.
    public static final class Draft {
        public List<VipTarget> vips = List.of();
        public Optional<String> interfaceName = Optional.empty();
        public int port = DEFAULT_PORT;
        public Duration fence = DEFAULT_FENCE;
        public Duration garpInterval = DEFAULT_GARP_INTERVAL;

        private Draft() {}
    }

    /// The VIPs that are given as addresses.
    public List<VirtualIp> literals() {
        return vips.stream().flatMap(vip -> vip.literal().stream()).toList();
    }

    /// The VIPs that are given by name.
    public List<String> names() {
        return vips.stream().filter(vip -> vip.literal().isEmpty()).map(VipTarget::text).toList();
    }

    /// As they are configured.
    public List<String> texts() {
        return vips.stream().map(VipTarget::text).toList();
    }
}
