package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.wire.Wire;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Speaks on the wire: announcements as each VIP's schedule wants them, and questions. What cannot be sent is counted,
/// told once a minute, and tried again soon.
final class Announcer {

    private static final Logger log = LoggerFactory.getLogger(Announcer.class);

    private final Wire wire;
    private final VipCounters counters;

    Announcer(Wire wire, VipCounters counters) {
        this.wire = wire;
        this.counters = counters;
    }

    /// Empty when frames can be sent; else one clause that says why not.
    String problem() {
        return wire.problem();
    }

    /// Starts every schedule over and announces.
    ///
    /// @return empty when all frames left, else one clause
    String announceAll(Collection<TrackedVip> vips, long now) {
        String problem = "";
        for (TrackedVip vip : vips) {
            vip.schedule.restart(now);
            if (!announce(vip, now)) {
                problem = "the VIP " + vip.vip + " could not be announced: " + wire.problem();
            }
        }
        return problem;
    }

    /// Announces what its schedule says is due.
    ///
    /// @param allowed whether an announcement would be true and could arrive; else it is put off
    void announceDue(Collection<TrackedVip> held, boolean allowed, long now) {
        for (TrackedVip vip : held) {
            if (vip.schedule.isDue(now)) {
                if (allowed) {
                    announce(vip, now);
                } else {
                    vip.schedule.failed(now);
                }
            }
        }
    }

    /// The wire can be used again: what could not be announced in the meantime is due now.
    void announceOwed(Collection<TrackedVip> held, long now) {
        for (TrackedVip vip : held) {
            if (vip.schedule.isOwed()) {
                vip.schedule.restart(now);
            }
        }
    }

    /// @return whether the frames left
    boolean announce(TrackedVip vip, long now) {
        try {
            counters.announcements.add(wire.announce(vip.vip));
            vip.schedule.announced(now);
            vip.lastAnnounced = Instant.now();
            return true;
        } catch (IOException e) {
            counters.announceFailures.increment();
            vip.schedule.failed(now);
            if (vip.failureLog.tryAcquire(now)) {
                log.atWarn().addKeyValue("vip", vip.vip).addKeyValue("reason", String.valueOf(e.getMessage()))
                        .log("cannot announce the VIP");
            }
            return false;
        }
    }

    /// Asks the LAN who has the VIPs.
    ///
    /// @return whether every question left
    boolean askAll(Collection<VirtualIp> vips) {
        boolean all = true;
        for (VirtualIp vip : vips) {
            all &= ask(vip);
        }
        return all;
    }

    boolean ask(VirtualIp vip) {
        try {
            wire.probe(vip);
            return true;
        } catch (IOException e) {
            log.debug("cannot ask who has {}: {}", vip, e.getMessage());
            return false;
        }
    }
}
