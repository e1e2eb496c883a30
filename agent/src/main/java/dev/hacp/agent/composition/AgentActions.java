package dev.hacp.agent.composition;

import dev.hacp.agent.control.ControlActions;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.agent.status.StatusParts;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.lb.backend.AdminState;
import dev.hacp.lb.table.ConnectionRow;
import dev.hacp.leader.election.Elector;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An operator's orders, passed on to the part that they are for.
final class AgentActions implements ControlActions {

    private final String node;
    private final BalancerPart balancer;
    private final Supplier<@Nullable Membership> membership;

    /// @param membership null before this node takes part, and always where there is no election
    AgentActions(String node, BalancerPart balancer, Supplier<@Nullable Membership> membership) {
        this.node = node;
        this.balancer = balancer;
        this.membership = membership;
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public boolean ownsVip() {
        return AgentReport.leads(membership.get());
    }

    @Override
    public CompletionStage<NodeName> handover(Optional<NodeName> to) {
        Membership members = membership.get();
        if (members == null) {
            return refused("this agent has not joined an election yet, so it owns no VIP");
        }
        Elector elector = members.elector();
        Optional<NodeName> owner = elector.status().leader();
        if (!AgentReport.leads(members)) {
            return refused(node + " does not own the VIP: " + owner
                    .map(name -> name + " does; run on " + name + ": hacp handover"
                            + to.map(next -> " --to " + next).orElse(""))
                    .orElse("nobody does, see 'hacp status'"));
        }
        return elector.handover(to);
    }

    private static CompletionStage<NodeName> refused(String sentence) {
        return CompletableFuture.failedFuture(new IllegalStateException(sentence));
    }

    @Override
    public List<ConnectionRow> connections() {
        return balancer.balancer().connections();
    }

    @Override
    public List<AgentStatus.Backend> backends() {
        return StatusParts.backends(balancer.balancer().status().backends(), balancer.health().snapshots());
    }

    @Override
    public boolean backend(HostPort address, AdminState order) {
        return balancer.pool().admin(address, order);
    }
}
