package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the address keeper of this node looks like now.
///
/// @param interfaceName where the VIPs belong; empty while not known
/// @param problem       why this node cannot hold them; empty when it can
public record VipStatus(String interfaceName, String problem, List<Vip> vips) {

    public static final VipStatus UNKNOWN = new VipStatus("", "the address keeper has not started yet", List.of());

    public VipStatus {
        vips = List.copyOf(vips);
    }

    /// @param held          the kernel has it on the interface (read back)
    /// @param lastAnnounced wall clock, for people only
    /// @param conflict      another machine claims it: before we took it, or within the last minute
    public record Vip(VirtualIp address, boolean held, Optional<Instant> lastAnnounced,
            Optional<MacAddress> conflict) {}

    /// Whether every VIP is on this node.
    public boolean holdsAll() {
        return !vips.isEmpty() && vips.stream().allMatch(Vip::held);
    }
}
