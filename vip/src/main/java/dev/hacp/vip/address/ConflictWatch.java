package dev.hacp.vip.address;

import dev.hacp.core.Journal;
import dev.hacp.core.MacAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another machine claims a VIP. What follows depends on whose the VIP is: an answer to our question refuses the takeover,
/// a claim on what we hold is answered (RFC 5227 2.4 (c): defend, no faster than once in ten seconds).
///
/// A member's claim is no conflict while it owned the VIP until a moment ago and its kernel may still have the address (the
/// fence), nor before it has been repeated for [Contest#CONFIRM]. Any other claim on what is ours is one at once.
final class ConflictWatch {

    /// By how much the kernel may be late to remove an address whose fence has run out (docs/adr/0007-fence.md).
    private static final Duration KERNEL_LATE = Duration.ofMillis(1500);
    /// How often the LAN is asked who else has the VIP: an address that is put on a machine says nothing by itself. Only over
    /// IPv4: over IPv6 the machine finds out about us before it uses the address (RFC 4862), and an answer of its would go to
    /// all and override what they know.
    static final Duration ASK = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(ConflictWatch.class);

    private final Strangers strangers;
    private final Announcer announcer;
    private final VipCounters counters;
    private final Journal journal;
    private final long grace;
    private long graceUntil;
    /// The first question, when the grace is over, is for both families.
    private boolean askedOnce;
    private long askAt;

    /// @param fence as configured; zero = forever, which no former owner may rely on
    ConflictWatch(Strangers strangers, Announcer announcer, VipCounters counters, Journal journal, Duration fence) {
        this.strangers = strangers;
        this.announcer = announcer;
        this.counters = counters;
        this.journal = journal;
        this.grace = grace(fence).toNanos();
    }

    /// How long after a takeover the former owner's kernel may go on answering.
    static Duration grace(Duration fence) {
        return (fence.isZero() ? VipConfig.DEFAULT_FENCE : fence).plus(KERNEL_LATE);
    }

    /// Somebody answers the question that we asked before taking the VIP.
    ///
    /// @return why it must not be taken; empty when the answer is of a former owner, whose kernel has not let go yet
    Optional<VipConflictException> answered(TrackedVip vip, MacAddress by, long now) {
        Optional<String> member = strangers.member(by);
        if (member.filter(name -> strangers.mayHaveOwned(name, now - grace)).isPresent()) {
            return Optional.empty();
        }
        counters.conflicts.increment();
        vip.claimedBy(by, now);
        VipConflictException conflict = new VipConflictException(vip.vip, by, member);
        String problem = String.valueOf(conflict.getMessage());
        strangers.found(vip.vip, by, problem, now);
        String message = problem + "; it was not taken";
        member.filter(name -> !name.isEmpty()).ifPresentOrElse(
                node -> journal.record(Journal.Kind.CONFLICT, message, "vip", vip.vip, "mac", by, "node", node),
                () -> journal.record(Journal.Kind.CONFLICT, message, "vip", vip.vip, "mac", by));
        return Optional.of(conflict);
    }

    /// The VIPs are ours from now on.
    void tookOver(long now) {
        graceUntil = now + grace;
        askedOnce = false;
        askAt = graceUntil;
    }

    /// Somebody claims a VIP that is ours, and that we may act as the owner of.
    ///
    /// @param taking whether it is only being put: the grace has not begun yet
    void contested(TrackedVip vip, MacAddress by, boolean taking, long now) {
        Contest contest = vip.contest;
        if (contest == null) {
            contest = new Contest(vip.vip.isIpv6(), now);
            vip.contest = contest;
        }
        contest.heard(now);
        if (vip.held && vip.defence.tryAcquire(now) && announcer.announce(vip, now)) {
            counters.defences.increment();
        }
        Optional<String> member = strangers.member(by);
        long since = (taking ? now : graceUntil - grace) - grace;
        boolean excused = (taking || now - graceUntil < 0)
                && member.filter(name -> strangers.mayHaveOwned(name, since)).isPresent();
        if (member.isEmpty() || (!excused && contest.isConfirmed(now))) {
            conflict(vip, contest, by, member, now);
        } else if (vip.memberLog.tryAcquire(now)) {
            log.info(excused
                    ? "the previous owner's kernel, {}{}, still answers for the VIP {}: announced again"
                    : "a member, {}{}, also claims the VIP {}: announced again, and watched", by,
                    member.filter(name -> !name.isEmpty()).map(name -> " of " + name).orElse(""), vip.vip);
        }
    }

    private void conflict(TrackedVip vip, Contest contest, MacAddress by, Optional<String> member, long now) {
        counters.conflicts.increment();
        vip.claimedBy(by, now);
        if (!vip.conflictLog.tryAcquire(now)) {
            return;
        }
        contest.told(by);
        long claims = 1 + vip.conflictLog.takeRefused();
        String node = member.orElse("");
        if (member.isEmpty()) {
            journal.record(Journal.Kind.CONFLICT,
                    "another machine claims the VIP while it is ours: defending it by announcements", "vip", vip.vip,
                    "mac", by, "claims", claims);
        } else if (node.isEmpty()) {
            journal.record(Journal.Kind.CONFLICT, "a node of this cluster has the VIP while it is ours", "vip",
                    vip.vip, "mac", by, "claims", claims);
        } else {
            journal.record(Journal.Kind.CONFLICT, "another member has the VIP while it is ours", "vip", vip.vip, "mac",
                    by, "node", node, "claims", claims);
        }
    }

    /// Somebody speaks as a VIP that is not ours: an owner, or the stranger that we know.
    void heard(TrackedVip vip, MacAddress by, long now) {
        strangers.heard(vip.vip, by, now);
    }

    /// Asks who is still there and ends what is over; while the VIPs are ours.
    void tick(Collection<TrackedVip> vips, long now) {
        if (now - askAt >= 0) {
            vips.stream().filter(vip -> !askedOnce || !vip.vip.isIpv6()).forEach(vip -> announcer.ask(vip.vip));
            askedOnce = true;
            askAt = now + ASK.toNanos();
        }
        for (TrackedVip vip : vips) {
            Contest contest = vip.contest;
            if (contest != null && contest.isOver(now)) {
                ended(vip, contest, now);
            } else if (contest != null && contest.mustAsk(now)) {
                if (announcer.ask(vip.vip)) {
                    contest.asked(now);
                } else {
                    contest.notAsked(now);
                }
            }
        }
    }

    private void ended(TrackedVip vip, Contest contest, long now) {
        vip.contest = null;
        String message = "the conflict is over: no other machine answers for the VIP; announced again";
        tell(vip, contest, message);
        // What clients learned in the meantime is wrong. A claimer that comes and goes gets no more than a defence.
        if (vip.recovery.tryAcquire(now)) {
            vip.schedule.restart(now);
            if (contest.toldOf() == null) {
                log.atInfo().addKeyValue("vip", vip.vip).log(message);
            }
        } else if (vip.defence.tryAcquire(now)) {
            announcer.announce(vip, now);
        }
    }

    /// The VIPs are not ours, or no longer: what others say is no conflict of ours.
    void notOurs(Collection<TrackedVip> vips) {
        for (TrackedVip vip : vips) {
            Contest contest = vip.contest;
            if (contest != null) {
                vip.contest = null;
                tell(vip, contest, "the conflict is over for this node: the VIP is no longer its own");
            }
        }
    }

    /// Ends by an Event what began with one.
    private void tell(TrackedVip vip, Contest contest, String message) {
        MacAddress by = contest.toldOf();
        if (by != null) {
            journal.record(Journal.Kind.CONFLICT_ENDED, message, "vip", vip.vip, "mac", by);
        }
    }

    /// The next instant at which [#tick] has something to do; while the VIPs are ours.
    long next(Collection<TrackedVip> vips, long none) {
        long next = Math.min(none, askAt);
        for (TrackedVip vip : vips) {
            Contest contest = vip.contest;
            if (contest != null) {
                next = Math.min(next, contest.next());
            }
        }
        return next;
    }
}
