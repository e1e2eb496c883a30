package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.NodeName;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Ownership;
import java.util.Optional;

/// What this member tells the others: every heartbeat, and at once when it changes.
final class Voice {

    private final Setting setting;
    private final LeaseDesk desk;
    private final Evidence evidence;
    private final Standby standby;
    private final Pursuit pursuit;
    private final Tenure tenure;

    private long dueNanos;
    private Claim lastClaim = Claim.FOLLOWER;
    private Optional<Ownership> lastAttests = Optional.empty();
    private Optional<Ownership> lastSuspects = Optional.empty();

    Voice(Setting setting, LeaseDesk desk, Evidence evidence, Standby standby, Pursuit pursuit, Tenure tenure,
            long now) {
        this.setting = setting;
        this.desk = desk;
        this.evidence = evidence;
        this.standby = standby;
        this.pursuit = pursuit;
        this.tenure = tenure;
        this.dueNanos = now;
    }

    long dueNanos() {
        return dueNanos;
    }

    /// To everybody, when something changed or a heartbeat is due.
    void speak(long now) {
        Claim claim = claim();
        boolean changed = !claim.equals(lastClaim) || !evidence.attests().equals(lastAttests)
                || !evidence.suspects().equals(lastSuspects);
        if (changed || now - dueNanos >= 0) {
            lastClaim = claim;
            lastAttests = evidence.attests();
            lastSuspects = evidence.suspects();
            dueNanos = now + setting.heartbeat();
            for (NodeName peer : evidence.peers()) {
                beat(peer, now);
            }
        }
    }

    /// To an owner, beside the regular heartbeats: its evidence is as young as the last answer to it.
    void answer(NodeName from, long now) {
        Optional<Ownership> attests = evidence.attests();
        if (attests.isPresent() && attests.get().owner().equals(from)) {
            beat(from, now);
        }
    }

    private void beat(NodeName peer, long now) {
        setting.tally().heartbeatsSent++;
        setting.effects().send(peer, evidence.heartbeat(peer, claim(), standing(now), desk.health().isWell(),
                desk.lease().transitions(), Optional.ofNullable(tenure.grant()), now));
    }

    private Claim claim() {
        Reign reign = tenure.reign();
        return reign == null ? pursuit.claim() : new Claim(tenure.role(), reign.term, reign.isWatched());
    }

    private Standing standing(long now) {
        Fitness fitness = standby.standing(now);
        return new Standing(setting.config().priority(), setting.config().preempt(),
                fitness.fit() && !standby.isStopping(), fitness.reason());
    }
}
