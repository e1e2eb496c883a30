package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Ranking;
import dev.hacp.leader.members.Roster;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Moving a healthy VIP on purpose: handover on request, to a fitter member, to one of higher priority.
final class HandoverPlanner {

    /// At most one move for fitness or priority in this time.
    private static final long REST = 60_000_000_000L;
    /// What a reason must last before it moves the VIP: when all API servers restart at once, the members see them go and
    /// come back up to two seconds apart.
    private static final long STEADY = 3_000_000_000L;
    private static final long PREEMPT_STEADY = 10_000_000_000L;
    private static final long PATIENCE = 5_000_000_000L;

    private final NodeName self;
    private final long peerTimeout;
    private final Ranking ranking;

    private @Nullable NodeName target;
    private long chosenNanos;
    private boolean asked;
    private boolean unfit;
    private long unfitSince;
    private @Nullable NodeName preempting;
    private long preemptingSince;

    HandoverPlanner(NodeName self, long peerTimeout, Ranking ranking) {
        this.self = self;
        this.peerTimeout = peerTimeout;
        this.ranking = ranking;
    }

    /// An operator asks.
    ///
    /// @return why it cannot be; empty when it can, and the successor is chosen
    String ask(Optional<NodeName> to, long now) {
        if (to.isPresent() && to.get().equals(self)) {
            return self + " owns the VIP already";
        }
        if (to.isPresent()) {
            String refusal = ranking.notReady(to.get(), now);
            if (!refusal.isEmpty()) {
                return refusal;
            }
        }
        Optional<NodeName> successor = to.isPresent() ? to : ranking.bestSuccessor(now);
        if (successor.isEmpty()) {
            return "no other member is ready to own the VIP";
        }
        choose(successor.get(), now);
        asked = true;
        return "";
    }

    void chooseSuccessor(StandDown reason, long now) {
        if (reason.planned()) {
            ranking.bestSuccessor(now).ifPresent(name -> choose(name, now));
        }
    }

    private void choose(NodeName name, long now) {
        target = name;
        chosenNanos = now;
    }

    /// Whether the owner should hand over by its own judgement; the successor is then chosen.
    @Nullable
    StandDown wanted(OwnershipTerm ownershipTerm, Fitness fitness, long now) {
        if (fitness.able()) {
            unfit = false;
        } else if (!unfit) {
            unfit = true;
            unfitSince = now;
        }
        Optional<NodeName> better = ranking.preempting(now);
        if (!better.equals(Optional.ofNullable(preempting))) {
            preempting = better.orElse(null);
            preemptingSince = now;
        }
        if (now - ownershipTerm.sinceNanos < REST) {
            return null;
        }
        if (unfit && now - unfitSince >= STEADY) {
            Optional<NodeName> successor = ranking.bestSuccessor(now);
            successor.ifPresent(name -> choose(name, now));
            return successor.isPresent() ? StandDown.UNFIT : null;
        }
        if (preempting != null && now - preemptingSince >= PREEMPT_STEADY) {
            choose(preempting, now);
            return StandDown.HANDOVER;
        }
        return null;
    }

    /// Who is to take over, when somebody was chosen a moment ago.
    Optional<NodeName> successor(long now) {
        return now - chosenNanos < PATIENCE ? Optional.ofNullable(target) : Optional.empty();
    }

    /// Whether a handover that was asked for has ended now.
    ///
    /// @return null when not; empty when it succeeded; else the problem
    @Nullable
    String ended(LeaseView lease, Roster roster, long now) {
        if (target == null) {
            return null;
        }
        String result = null;
        if (lease.isHeldBy(target) || roster.isHolding(target, now)) {
            result = "";
        } else if (now - chosenNanos >= PATIENCE + peerTimeout) {
            result = target + " has not taken over";
        }
        if (result != null && !asked) {
            target = null;
            return null;
        }
        return result;
    }

    NodeName takeTarget() {
        NodeName ended = target == null ? self : target;
        target = null;
        asked = false;
        return ended;
    }
}
