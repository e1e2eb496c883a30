package dev.hacp.vip;

import dev.hacp.core.Journal;
import dev.hacp.core.MacAddress;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another machine claims a VIP. What follows depends on whose the VIP is: an answer to our question refuses the takeover,
/// a claim on what we hold is answered (RFC 5227 2.4 (c): defend, no faster than once in ten seconds).
final class ConflictWatch {

    private static final Logger log = LoggerFactory.getLogger(ConflictWatch.class);

    private final Strangers strangers;
    private final Announcer announcer;
    private final VipCounters counters;
    private final Journal journal;

    ConflictWatch(Strangers strangers, Announcer announcer, VipCounters counters, Journal journal) {
        this.strangers = strangers;
        this.announcer = announcer;
        this.counters = counters;
        this.journal = journal;
    }

    /// Somebody answers the question that we asked before taking the VIP.
    ///
    /// @return why it must not be taken; empty when the answer is a member's, whose kernel has not let go yet
    Optional<VipConflictException> answered(TrackedVip vip, MacAddress by, long now) {
        if (strangers.isMember(by)) {
            return Optional.empty();
        }
        counters.conflicts.increment();
        vip.claimedBy(by, now);
        strangers.found(vip.vip, by, now);
        VipConflictException conflict = new VipConflictException(vip.vip, by);
        journal.record(Journal.Kind.CONFLICT, conflict.getMessage() + "; it was not taken", "vip", vip.vip, "mac", by);
        return Optional.of(conflict);
    }

    /// Somebody claims a VIP that is ours.
    ///
    /// @param mayDefend whether we may still act as its owner
    void contested(TrackedVip vip, MacAddress by, boolean mayDefend, long now) {
        counters.conflicts.increment();
        vip.claimedBy(by, now);
        if (mayDefend && vip.held && vip.defence.tryAcquire(now) && announcer.announce(vip, now)) {
            counters.defences.increment();
        }
        if (vip.conflictLog.tryAcquire(now)) {
            long claims = 1 + vip.conflictLog.takeRefused();
            if (strangers.isMember(by)) {
                log.info("the former owner's kernel, {}, still answers for the VIP {} (claims={}): announced again", by,
                        vip.vip, claims);
            } else {
                journal.record(Journal.Kind.CONFLICT,
                        "another machine claims the VIP while it is ours: it is defended by announcements", "vip",
                        vip.vip, "mac", by, "claims", claims);
            }
        }
    }

    /// Somebody speaks as a VIP that is not ours: an owner, or the stranger that we know.
    void heard(TrackedVip vip, MacAddress by, long now) {
        strangers.heard(vip.vip, by, now);
    }
}
