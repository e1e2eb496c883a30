package dev.hacp.leader.election;

import dev.hacp.core.Journal.Kind;
import dev.hacp.core.NodeName;
import dev.hacp.leader.election.Calls.Call;
import dev.hacp.leader.election.Calls.Purpose;
import dev.hacp.leader.election.Candidacy.Ground;
import dev.hacp.leader.members.Evidence;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Grant;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.Ownership;
import dev.hacp.leader.members.Ranking;
import org.jspecify.annotations.Nullable;

/// This member while it owns nothing: it follows, takes the Lease when there is a ground, asks the members for their votes
/// when no API server answers, or is handed the VIP. Whatever succeeds begins a [Tenure].
final class Pursuit {

    private final Setting setting;
    private final long peerTimeout;
    private final LeaseDesk desk;
    private final LeaseView lease;
    private final Evidence evidence;
    private final Ranking ranking;
    private final Standby standby;
    private final Tenure tenure;
    private final Candidacy candidacy;

    private boolean campaigning;
    private long candidateTerm;
    private long candidateSince;
    private long takeSent;
    private String takeReason = "";
    private boolean taking;
    private boolean takingEarly;

    Pursuit(Setting setting, LeaseDesk desk, Evidence evidence, Ranking ranking, Standby standby,
            Tenure tenure, long now) {
        this.setting = setting;
        this.peerTimeout = setting.peerTimeout();
        this.desk = desk;
        this.lease = desk.lease();
        this.evidence = evidence;
        this.ranking = ranking;
        this.standby = standby;
        this.tenure = tenure;
        this.candidacy = new Candidacy(setting.self(), setting.instance(), setting.limits().leaseDuration(),
                peerTimeout, ranking, now);
    }

    Role role() {
        return campaigning ? Role.CANDIDATE : Role.FOLLOWER;
    }

    Claim claim() {
        return campaigning ? new Claim(Role.CANDIDATE, candidateTerm, false) : Claim.FOLLOWER;
    }

    /// After a pause of this process: grounds that were found before it count from now.
    void reset() {
        candidacy.reset();
    }

    void plan(Wakeup wakeup, long now) {
        if (candidacy.ground() != null) {
            wakeup.at(candidacy.dueNanos(now));
        }
        if (taking || takingEarly) {
            wakeup.at(takeSent + patience());
        }
    }

    /// How long an answer of the API is waited for before the members are asked instead.
    private long patience() {
        return peerTimeout / 4;
    }

    /// Whether the Lease has just been asked for: whoever may have it in a moment gives nobody else a reason to own.
    boolean awaitsAnswer(long now) {
        return taking && now - takeSent < patience();
    }

    void step(long now) {
        if (campaigning) {
            campaign(now);
        } else {
            follow(now);
        }
    }

    private void follow(long now) {
        if (taking && now - takeSent >= setting.limits().renewDeadline()) {
            taking = false;
        }
        candidacy.look(lease, evidence, now, setting.random().applyAsLong(Math.max(1, setting.retry() / 10)));
        Ground ground = candidacy.ground();
        boolean apiIsWell = desk.health().isWell();
        if (ground != null && mayStand(now) && !taking && !desk.mustLook() && isDue(now)
                && desk.mayBegin(now, early(ground) ? 0 : peerTimeout)
                && (apiIsWell || desk.isDue(now) || early(ground))) {
            take(ground, now);
        }
        // Having to look first is no way out of asking the members when nobody can look, or the look hangs.
        boolean blind = !apiIsWell || desk.hangs(now, patience());
        // Nor is a swap that still hangs from before the ground was lost for a moment and found again: heartbeats may be late.
        takingEarly |= ground == Ground.EARLY && (taking || (desk.mustLook() && blind));
        boolean unanswered = now - takeSent >= patience() || !apiIsWell;
        if (takingEarly && ground == Ground.EARLY && mayStand(now) && unanswered && isDue(now)) {
            askForVotes(now);
            return;
        }
        if (ground != Ground.EARLY) {
            takingEarly = false;
        }
        desk.poll(now);
    }

    private static boolean early(Ground ground) {
        return ground == Ground.EARLY || ground == Ground.VACATED;
    }

    private boolean isDue(long now) {
        return now - candidacy.dueNanos(now) >= 0;
    }

    private boolean mayStand(long now) {
        return standby.mayStand(othersAreBetter(now), now) && tenure.grant() == null;
    }

    /// A member that is only able to own leaves it to a fit one; one that hears too few cannot know that there is none.
    private boolean othersAreBetter(long now) {
        return ranking.hearsFit(now) || evidence.roster().isMinority(now);
    }

    // ---- by the Lease

    private void take(Ground ground, long now) {
        if (early(ground) && takingEarly && now - takeSent < peerTimeout / 2 && !desk.health().isWell()) {
            return;
        }
        taking = true;
        takeSent = now;
        takeReason = ground.text();
        takingEarly = ground == Ground.EARLY;
        desk.dueIn(setting.retry(), now);
        long lost = evidence.suspects().map(Ownership::term).orElse(0L);
        boolean first = lease.isAbsent() && !lease.wasEverSeen();
        long term = first ? 0 : Math.max(lease.transitions(), Math.max(candidateTerm, lost)) + 1;
        setting.journal(Kind.LEADER_CHANGED, "standing for owner", "reason", ground.text(), "term", term, "lease",
                desk.holderText());
        desk.write(Purpose.TAKE, setting.self().value(), term, true, now);
    }

    /// The Lease was written for us, as it seems: but time has passed since it was asked for.
    void taken(Call call, @Nullable LeaseRecord record, long now) {
        tried();
        if (!setting.isHolder(record, call.term())) {
            return;
        }
        if (tenure.reign() != null) {
            tenure.taken(call, record, now);
            return;
        }
        // An owner by votes of the same term gives way to the Lease as soon as it sees it, so it must not be given back.
        boolean wanted = standby.mayStand(othersAreBetter(now), now)
                && now - call.sentNanos() < setting.limits().renewDeadline()
                && !evidence.roster().hearsBackedOwner(now, call.term() + 1);
        if (!wanted) {
            if (!campaigning) {
                tenure.giveBack(now);
            }
            return;
        }
        boolean early = evidence.suspects().isPresent() && evidence.majoritySuspects(now);
        NodeName holding = evidence.roster().holding(now).orElse(null);
        begin(Reign.byLease(call.term(), call.sentNanos(), early, holding, now, setting.limits()), takeReason, now);
    }

    /// Somebody else wrote the Lease first.
    void tried() {
        taking = false;
        candidacy.tried();
    }

    void failed() {
        taking = false;
    }

    // ---- by votes, while no API server answers

    private void askForVotes(long now) {
        candidateTerm = Math.max(evidence.roster().highestTerm(), Math.max(lease.transitions(), candidateTerm)) + 1;
        candidateSince = now;
        campaigning = true;
        setting.journal(Kind.LEADER_CHANGED, "asking the members for their votes", "reason",
                "no API server answers in time", "term", candidateTerm);
        evidence.reconsider(now, false, lease.transitions(), lease.holderName());
        campaign(now);
    }

    private void campaign(long now) {
        if (lease.transitions() >= candidateTerm || evidence.roster().highestLeaseClaim(now) >= candidateTerm
                || now - candidateSince >= 2 * peerTimeout || !mayStand(now)
                || ranking.hearsBetterCandidate(now)) {
            campaigning = false;
            taking = false;
            takingEarly = false;
            return;
        }
        Long backed = evidence.backedUntil(candidateTerm, now);
        if (backed != null && backed - now > 0) {
            begin(Reign.byVote(candidateTerm, backed, null, now, setting.limits()), "a majority's votes", now);
        }
    }

    // ---- by the word of the owner before

    void granted(NodeName from, Grant offered, long now) {
        if (!offered.successor().equals(setting.self())) {
            standby.giveWay(now + 2 * peerTimeout);
            return;
        }
        boolean current = lease.isHeldBy(from) && lease.transitions() < offered.term();
        boolean free = tenure.reign() == null && !campaigning && !tenure.isReleasing();
        if (free && current && !standby.isStopping() && standby.isFit(now)) {
            begin(Reign.byGrant(offered.term(), from, now, setting.limits()), "handed over by " + from, now);
        }
    }

    private void begin(Reign reign, String how, long now) {
        campaigning = false;
        takingEarly = false;
        tried();
        tenure.begin(reign, how, now);
    }
}
