package dev.hacp.cli.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.core.HostPort;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is drilled.
///
/// @param port  of the VIP
/// @param owner who has the VIP now
/// @param nodes admin address of each agent
/// @param cause what begins the move
/// @param within how long the move may take
public record DrillPlan(VirtualIp vip, int port, String owner, Map<String, HostPort> nodes, Cause cause,
        Duration within) {

    /// What begins the move.
    public enum Cause {
        /// an order to the agent of this machine, which owns the VIP
        HANDOVER,
        /// SIGKILL to the agent of this machine, which owns the VIP
        KILL,
        /// something elsewhere: this machine watches
        ELSEWHERE
    }

    public DrillPlan {
        nodes = Map.copyOf(nodes);
    }

    /// @param status what an agent says about itself and the others
    /// @param admin  where it said so; the others are asked at the same port
    /// @param wanted which of the VIPs; empty: the first
    /// @throws DrillException when nobody owns a VIP, or there is no such one
    public static DrillPlan of(JsonNode status, HostPort admin, Optional<VirtualIp> wanted, int port, Cause cause,
            Duration within) throws DrillException {
        String owner = status.path("leader").asText("");
        List<VirtualIp> vips = new ArrayList<>();
        status.path("vips").forEach(vip -> vips.add(VirtualIp.parse(vip.path("address").asText())));
        if (owner.isEmpty() || vips.isEmpty()) {
            throw new DrillException("nobody owns a VIP as far as " + status.path("node").asText("the agent")
                    + " knows, so there is nothing to move: see 'hacp status'");
        }
        VirtualIp vip = wanted.orElse(vips.getFirst());
        if (!vips.contains(vip)) {
            throw new DrillException("vip: " + vip + " (expected: "
                    + String.join(" or ", vips.stream().map(VirtualIp::toString).toList()) + ") from --vip");
        }
        return new DrillPlan(vip, port, owner, Onlookers.nodes(status, admin), cause, within);
    }

    boolean isOnOwner() {
        return cause != Cause.ELSEWHERE;
    }

    /// A killed agent leaves the address for a while, and the API server of the same machine answers at it: only other
    /// machines see what clients see.
    boolean measuresConnections() {
        return cause != Cause.KILL;
    }
}
