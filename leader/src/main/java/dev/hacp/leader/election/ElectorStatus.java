package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.MemberStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One moment of the elector, for the status page.
///
/// @param role       [Role#OWNER] and [Role#PROVISIONAL] own the VIP
/// @param leader     who owns it as far as this node knows
/// @param term       of our own ownership, else the Lease's transitions; -1 when unknown
/// @param since      how long this node has been the owner; zero when it is not
/// @param acquired   when the leader acquired the Lease, by its own clock; empty when the Lease is another's or nobody's
/// @param remaining  how long this node may act as owner unless renewed; zero when it is none
/// @param renewedAgo since this node saw the Lease renewed or change hands; empty when it has never seen one
/// @param holding    whether the VIP is kept on the majority's attestation while no API server can renew
/// @param backed     whether a majority of the members attests to this node
/// @param apiProblem why the last call to the Lease API failed; empty when it did not
/// @param standing   whether this node could own the VIP, and why not
/// @param members    how many members count, and how many of them are needed
/// @param lateness   how late the election's thread has run lately; what was late is forgotten within seconds
/// @param others     what each other member believes
public record ElectorStatus(NodeName node, Role role, Optional<NodeName> leader, Leadership leadership, long term,
        Duration since, Optional<Instant> acquired, Duration remaining, Optional<Duration> renewedAgo, boolean holding,
        boolean backed,
        String apiProblem, Fitness standing,
        int members, int quorum, Duration lateness, List<MemberStatus> others) {

    /// The same when nothing was heard for another while: what has run out is no longer claimed.
    ElectorStatus after(Duration more, boolean stillBacked) {
        Duration left = remaining.minus(more);
        return new ElectorStatus(node, role, leader, leadership, term, since, acquired,
                left.isNegative() ? Duration.ZERO : left, renewedAgo.map(more::plus), holding && stillBacked,
                backed && stillBacked, apiProblem, standing,
                members,
                quorum, lateness, others);
    }
}
