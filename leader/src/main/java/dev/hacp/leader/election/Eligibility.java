package dev.hacp.leader.election;

import dev.hacp.core.Durations;
import dev.hacp.core.Fitness;
import dev.hacp.core.StandDown;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Whether this member may stand for owner now: fit for a while, not held down, not backing off after a failed takeover, not
/// about to end.
final class Eligibility {

    /// What became fit again must stay so, so a flapping link or backend does not move the VIP back and forth.
    private static final long STEADY = 1_000_000_000L;
    /// How long a member that is cut off from the majority waits before it goes by the Lease alone: see docs/adr/0003.
    static final long ALONE = 120_000_000_000L;
    private static final long FIRST_BACK_OFF = 5_000_000_000L;
    private static final long LONGEST_BACK_OFF = 60_000_000_000L;

    private Fitness fitness = Fitness.FIT;
    private boolean everUnfit;
    private long fitSince;
    private long heldDownUntil;
    private @Nullable StandDown heldDownFor;
    private long giveWayUntil;
    private long backOff = FIRST_BACK_OFF;
    private boolean stopping;
    private long aloneSince;
    private boolean alone;
    private long cutOffSince;
    private boolean cutOff;

    Eligibility(long now) {
        heldDownUntil = now;
        giveWayUntil = now;
        fitSince = now;
        aloneSince = now;
        cutOffSince = now;
    }

    void fitness(Fitness newest, long now) {
        if (newest.fit() && !fitness.fit()) {
            fitSince = now;
        }
        everUnfit |= !newest.fit();
        fitness = newest;
    }

    /// This process was paused: what it was fit for before says little.
    void stoodStill(long now) {
        everUnfit = true;
        fitSince = now;
    }

    /// @param canWrite    whether this member could write the Lease
    /// @param othersCould whether another one could
    void api(boolean canWrite, boolean othersCould, long now) {
        boolean without = !canWrite && othersCould;
        if (without && !alone) {
            aloneSince = now;
        }
        alone = without;
    }

    /// Whether a majority of the members answered once and is silent now.
    void cutOff(boolean now, long at) {
        if (now && !cutOff) {
            cutOffSince = at;
        }
        cutOff = now;
    }

    /// The majority may have an owner by its votes that the Lease does not name. A machine that reboots is back by then.
    private boolean leavesItToTheMajority(long now) {
        return cutOff && now - cutOffSince < ALONE;
    }

    /// As sampled last, without hysteresis.
    Fitness fitness() {
        return fitness;
    }

    boolean isFit(long now) {
        return standing(now).fit();
    }

    /// @param othersAreBetter what is only able to own then leaves it to them
    boolean mayStand(boolean othersAreBetter, long now) {
        Fitness standing = standing(now);
        return !stopping && !leavesItToTheMajority(now) && (standing.fit() || (standing.able() && !othersAreBetter))
                && now - giveWayUntil >= 0;
    }

    /// This process is about to end: it never stands again.
    void stop() {
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /// The worst of what was sampled, of being fit for a moment only, and of being held down.
    Fitness standing(long now) {
        boolean shaky = fitness.fit() && everUnfit && now - fitSince < STEADY;
        boolean withoutApi = alone && now - aloneSince >= STEADY;
        return fitness.and(shaky ? Fitness.reluctant("fit again for less than a second") : Fitness.FIT)
                .and(withoutApi
                        ? Fitness.reluctant("other members can write the Lease and this one cannot")
                        : Fitness.FIT)
                .and(leavesItToTheMajority(now)
                        ? Fitness.reluctant("cut off from the majority of the members")
                        : Fitness.FIT)
                .and(heldDown(now));
    }

    private Fitness heldDown(long now) {
        long left = heldDownUntil - now;
        if (left <= 0 || heldDownFor == null) {
            return Fitness.FIT;
        }
        String reason = "held down: " + heldDownFor.text() + ", for "
                + Durations.format(Duration.ofMillis(left / 1_000_000));
        return switch (heldDownFor) {
            case LINK_DOWN, UNFIT, MINORITY, RENEW_DEADLINE, LEASE_LOST, START -> Fitness.reluctant(reason);
            case CONFLICT, ADDRESS_FAILED, HANDOVER, SHUTDOWN -> Fitness.unfit(reason);
        };
    }

    void holdDown(StandDown reason, long until, long now) {
        if (until - heldDownUntil > 0 && until - now > 0) {
            heldDownUntil = until;
            heldDownFor = reason;
        }
    }

    /// Another member is to take over: do not get in its way.
    void giveWay(long until) {
        if (until - giveWayUntil > 0) {
            giveWayUntil = until;
        }
    }

    /// Having let go, leave the first try to the others.
    void stoodDown(StandDown reason, long now, long peerTimeout) {
        long pause = switch (reason) {
            case SHUTDOWN, HANDOVER, UNFIT, LINK_DOWN, CONFLICT -> 5 * peerTimeout;
            case RENEW_DEADLINE, LEASE_LOST, MINORITY, ADDRESS_FAILED, START -> peerTimeout / 2;
        };
        giveWay(now + pause);
    }

    void failed(long now) {
        holdDown(StandDown.ADDRESS_FAILED, now + backOff, now);
        backOff = Math.min(LONGEST_BACK_OFF, backOff * 2);
    }

    void succeeded() {
        backOff = FIRST_BACK_OFF;
    }
}
