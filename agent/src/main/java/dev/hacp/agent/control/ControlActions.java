package dev.hacp.agent.control;

import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// What the agent lets an operator do. Called on virtual threads, several at once.
public interface ControlActions {

    /// The name of this node.
    String node();

    boolean ownsVip();

    /// Moves the VIP away from this node.
    ///
    /// @param to empty: to the best member
    /// @return who owns it then; fails with one sentence as message
    CompletionStage<NodeName> handover(Optional<NodeName> to);

    /// Every client connection of this moment.
    List<ConnectionRow> connections();

    List<AgentStatus.Backend> backends();

    /// @return false when there is no such backend
    boolean backend(HostPort address, AdminState order);
}
