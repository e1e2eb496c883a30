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
/// when no API server answers, or is handed the VIP. Whatever succeeds begins a [Owner].
final class Follower {

    /// What goes on for long is told again after this.
    private static final long TELL_AGAIN = 60_000_000_000L;

    private final ElectionContext context;
    private final long peerTimeout;
    private final LeaseClient leases;
    private final LeaseView lease;
    private final Evidence evidence;
    private final Ranking ranking;
    private final Eligibility eligibility;
    private final Owner owner;
    private final Candidacy candidacy;

    private boolean campaigning;
    private long candidateTerm;
    private long candidateSince;
    private long takeSent;
    private String takeReason = "";
    private boolean taking;
    private boolean takingEarly;
    private long toldNanos;
    private long votesDue;
    private String votesReason = "";
    private long votesToldNanos;

    Follower(ElectionContext context, LeaseClient leases, Evidence evidence, Ranking ranking, Eligibility eligibility,
            Owner owner, long now) {
        this.context = context;
        this.peerTimeout = context.peerTimeout();
        this.leases = leases;
        this.lease = leases.lease();
        this.evidence = evidence;
        this.ranking = ranking;
        this.eligibility = eligibility;
        this.owner = owner;
        this.toldNanos = now - TELL_AGAIN;
        this.votesDue = now;
        this.candidacy = new Candidacy(context.self(), context.instance(), context.limits().leaseDuration(),
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

    /// How long an answer of the API is waited for before the members are asked instead: twice what a healthy etcd takes. An
    /// owner whose machine answers may live and prove itself at the API: it has until then to let go ([OwnershipTerm.Limits]).
    long patience() {
        return evidence.suspectAnswers() ? context.limits().votes() : peerTimeout / 10;
    }

    /// Whether the Lease has just been asked for: a member that may have it in a moment gives nobody else a reason to
    /// own.
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
        if (taking && now - takeSent >= context.limits().renewDeadline()) {
            taking = false;
        }
        candidacy.look(lease, evidence, now, context.random().applyAsLong(Math.max(1, context.retry() / 10)));
        Ground ground = candidacy.ground();
        boolean apiIsWell = leases.health().isWell();
        if (ground != null && mayStand(now) && !taking && !leases.mustLook() && isDue(now)
                && leases.mayBegin(now, early(ground) ? 0 : peerTimeout)
                && (apiIsWell || leases.isDue(now) || early(ground))) {
            take(ground, now);
        }
        // A pending read must not keep us from asking the members when nobody can read, or the read hangs.
        boolean blind = !apiIsWell || leases.hangs(now, patience());
        // Nor is a swap that still hangs from before the ground was lost for a moment and found again: heartbeats may be late.
        takingEarly |= early(ground) && (taking || (leases.mustLook() && blind));
        boolean answers = evidence.suspectAnswers();
        boolean unanswered = now - (answers ? candidacy.sinceNanos() : takeSent) >= patience()
                || (!apiIsWell && !answers);
        boolean refused = ground != null && leases.health().refusesWrites();
        if (((takingEarly && early(ground) && unanswered) || refused) && mayStand(now) && isDue(now)
                && evidence.roster().canOvertake() && now - votesDue >= 0) {
            askForVotes(now);
            return;
        }
        if (!early(ground)) {
            takingEarly = false;
        }
        if (evidence.suspects().isPresent()) {
            leases.ask(evidence.suspectsSince(), now);
        }
        leases.poll(now);
    }

    private static boolean early(@Nullable Ground ground) {
        return ground == Ground.EARLY || ground == Ground.VACATED;
    }

    private boolean isDue(long now) {
        return now - candidacy.dueNanos(now) >= 0;
    }

    private boolean mayStand(long now) {
        return eligibility.mayStand(othersAreBetter(now), now);
    }

    /// A member that is only able to own leaves it to a fit one; one that hears too few cannot know that there is none.
    private boolean othersAreBetter(long now) {
        return ranking.hearsFit(now) || evidence.roster().isMinority(now);
    }

    // ---- by the Lease

    private void take(Ground ground, long now) {
        if (early(ground) && takingEarly && now - takeSent < peerTimeout / 2 && !leases.health().isWell()) {
            return;
        }
        boolean news = !takeReason.equals(ground.text()) || now - toldNanos >= TELL_AGAIN;
        taking = true;
        takeSent = now;
        takeReason = ground.text();
        takingEarly = ground == Ground.EARLY;
        leases.dueIn(context.retry(), now);
        long lost = evidence.suspects().map(Ownership::term).orElse(0L);
        boolean first = lease.isAbsent() && !lease.wasEverSeen();
        long term = first ? 0 : Math.max(lease.transitions(), Math.max(candidateTerm, lost)) + 1;
        if (news) {
            toldNanos = now;
            context.journal(Kind.LEADER_CHANGED, "standing for election", "reason", ground.text(), "term", term,
                    "lease",
                    leases.holderText());
        }
        leases.write(Purpose.TAKE, context.self().value(), term, true, now);
    }

    /// The Lease was written for us, as it seems: but time has passed since it was asked for.
    void taken(Call call, @Nullable LeaseRecord record, long now) {
        tried();
        if (!context.isHolder(record, call.term())) {
            return;
        }
        if (owner.ownershipTerm() != null) {
            owner.taken(call, record, now);
            return;
        }
        // An owner by votes of the same term gives way to the Lease as soon as it sees it, so it must not be given back.
        boolean wanted = eligibility.mayStand(othersAreBetter(now), now)
                && now - call.sentNanos() < context.limits().renewDeadline()
                && !evidence.roster().hearsBackedOwner(now, call.term() + 1)
                && !evidence.roster().hearsOfLaterOwner(now, call.term() - 1);
        if (!wanted) {
            if (!campaigning) {
                owner.giveBack(now);
            }
            return;
        }
        boolean early = evidence.suspects().isPresent() && evidence.majoritySuspects(now);
        NodeName holding = evidence.roster().holding(now).orElse(null);
        begin(OwnershipTerm.byLease(call.term(), call.sentNanos(), early, holding, now, context.limits()), takeReason,
                now);
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
        String why = leases.health().refusesWrites() ? "the Lease cannot be written" : "no API server answers in time";
        if (!why.equals(votesReason) || now - votesToldNanos >= TELL_AGAIN) {
            votesReason = why;
            votesToldNanos = now;
            context.journal(Kind.LEADER_CHANGED, "asking the members for their votes", "reason", why, "term",
                    candidateTerm);
        }
        evidence.reconsider(now, false, lease.transitions(), lease.holderName(), false);
        campaign(now);
    }

    private void campaign(long now) {
        if (lease.transitions() >= candidateTerm || evidence.roster().highestLeaseClaim(now) >= candidateTerm
                || now - candidateSince >= 2 * peerTimeout || !mayStand(now)
                || ranking.hearsBetterCandidate(now)) {
            campaigning = false;
            taking = false;
            takingEarly = false;
            votesDue = now + peerTimeout / 4;
            return;
        }
        Long backed = evidence.backedUntil(candidateTerm, now);
        if (backed != null && backed - now > 0) {
            begin(OwnershipTerm.byVote(candidateTerm, backed, null, now, context.limits()), "a majority's votes", now);
        }
    }

    // ---- by the word of the previous owner

    void granted(NodeName from, Grant offered, long now) {
        if (!offered.successor().equals(context.self())) {
            eligibility.giveWay(now + 2 * peerTimeout);
            return;
        }
        // A grant that waited in a socket is no word of now: its echo tells. One that was overtaken while it was paused
        // may not know it yet, and has nothing to give.
        boolean current = lease.isHeldBy(from) && lease.transitions() < offered.term()
                && evidence.roster().isFresh(from, now) && !isOvertaken(offered.term(), now);
        boolean free = owner.ownershipTerm() == null && !campaigning && !owner.isReleasing();
        if (free && current && eligibility.isFit(now)) {
            begin(OwnershipTerm.byGrant(offered.term(), from, now, context.limits()), "handed over by " + from, now);
        }
    }

    /// Whether somebody owns by that term or a later one already, or is about to by our vote.
    private boolean isOvertaken(long term, long now) {
        return evidence.attests().filter(owner -> owner.term() >= term).isPresent()
                || evidence.roster().hearsBackedOwner(now, term) || evidence.roster().hearsOfLaterOwner(now, term - 1);
    }

    private void begin(OwnershipTerm ownershipTerm, String how, long now) {
        campaigning = false;
        takingEarly = false;
        votesReason = "";
        takeReason = "";
        tried();
        owner.begin(ownershipTerm, how, now);
    }
}
