package dev.hacp.lb.backend;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All that is known of a backend at one moment, but for what is counted. Immutable: the pool replaces it as a whole, under
/// its lock, so that anyone who reads it never sees half of a change.
///
/// @param address      where to dial; null while its host name has not been resolved
/// @param local        on this host
/// @param verdict      what the health checks found
/// @param slow         health checks take longer than they should, see [BackendPool#slow]
/// @param aliveAsOf    when the last check began that it answered; null before the first
/// @param heardAsOf    as `aliveAsOf`, but a refusal counts as well: something came over the network; null before the
///                     first
/// @param unconfirmed  when the last check began that found it DOWN for its silence, while nothing else was heard either:
///                     its connections are kept, see [BackendPool#health]; null else
/// @param doubtedNanos since when its host has been silent, see [BackendPool#doubt]; null when it is not in doubt
/// @param leaving      discovery no longer names it
record BackendView(@Nullable InetSocketAddress address, boolean local, Verdict verdict, boolean slow,
        @Nullable Long aliveAsOf, @Nullable Long heardAsOf, @Nullable Long unconfirmed, @Nullable Long doubtedNanos,
        AdminState admin, boolean leaving, Share share, Past past) {

    /// What the health checks decided.
    ///
    /// @param checked at least once
    /// @param reason  one clause
    record Verdict(Condition condition, boolean checked, String reason) {

        static final Verdict NONE = new Verdict(Condition.SILENT, false, "not checked yet");

        Verdict {
            require(checked || condition == Condition.SILENT, "not checked, but " + condition);
            require(!reason.isBlank(), "a verdict without a reason");
        }

        Verdict(Condition condition, String reason) {
            this(condition, true, reason);
        }

        BackendState health() {
            return condition.state();
        }

        Verdict because(String other) {
            return new Verdict(condition, checked, other);
        }
    }

    /// How much of the new connections it gets.
    ///
    /// @param weight    1 to 256
    /// @param effective 1 to `weight` * [#WHOLE]; less than that during slow start, which therefore needs room
    record Share(int weight, int effective) {

        static final int WHOLE = 64;

        Share {
            require(weight >= 1 && weight <= BackendSpec.MAX_WEIGHT, "weight " + weight);
            require(effective >= 1 && effective <= weight * WHOLE, "share " + effective + " of weight " + weight);
        }

        static Share of(int weight) {
            return new Share(weight, weight * WHOLE);
        }

        /// @param part of its weight, 0 to 1
        Share part(double part) {
            return new Share(weight, Math.max(1, (int) (weight * WHOLE * part)));
        }

        /// Another weight, the same part of it.
        Share weight(int other) {
            return new Share(other, (int) Math.max(1, (long) effective * other / weight));
        }

        double part() {
            return effective / (double) (weight * WHOLE);
        }
    }

    /// Its state so far.
    ///
    /// @param sinceNanos  [dev.hacp.core.Ticker] reading of when the present one began
    /// @param since       the same by the wall clock, for people
    /// @param transitions changes of state
    /// @param timeIn      each state, without the present stay
    record Past(long sinceNanos, Instant since, long transitions, Map<BackendState, Duration> timeIn) {

        Past {
            timeIn = Map.copyOf(timeIn);
            require(timeIn.values().stream().noneMatch(Duration::isNegative), "negative times " + timeIn);
        }

        /// With the time until now in the state that ends or goes on.
        Map<BackendState, Duration> timeIn(BackendState present, long now) {
            Map<BackendState, Duration> times = new EnumMap<>(BackendState.class);
            times.putAll(timeIn);
            times.merge(present, Duration.ofNanos(Math.max(0, now - sinceNanos)), Duration::plus);
            return times;
        }

        Past ended(BackendState state, long now) {
            return new Past(now, Instant.now(), transitions + 1, timeIn(state, now));
        }
    }

    BackendView {
        require(!local || address != null, "local, but without an address");
        require(unconfirmed == null || verdict.condition == Condition.SILENT,
                "kept for want of confirmation, but " + verdict.condition);
    }

    static BackendView of(int weight, long now) {
        return new BackendView(null, false, Verdict.NONE, false, null, null, null, null, AdminState.READY, false,
                Share.of(weight), new Past(now, Instant.now(), 0, Map.of()));
    }

    /// What health, order and discovery make of it together.
    BackendState state() {
        BackendState ordered = admin.over(verdict.health());
        return leaving && ordered == BackendState.UP ? BackendState.DRAIN : ordered;
    }

    boolean refusing() {
        return verdict.condition == Condition.REFUSES && admin != AdminState.MAINT;
    }

    boolean doubted() {
        return doubtedNanos != null;
    }

    /// Whether a check that began then or later brought something over the network.
    boolean heardSince(long asOf) {
        return heardAsOf != null && heardAsOf - asOf >= 0;
    }

    BackendView at(InetSocketAddress place, boolean isLocal) {
        return new BackendView(place, isLocal, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                leaving, share, past);
    }

    BackendView with(Verdict found) {
        return new BackendView(address, local, found, slow, aliveAsOf, heardAsOf,
                found.condition == Condition.SILENT ? unconfirmed : null, doubtedNanos, admin, leaving, share, past);
    }

    BackendView slow(boolean value) {
        return new BackendView(address, local, verdict, value, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                leaving, share, past);
    }

    BackendView answered(long asOf) {
        return new BackendView(address, local, verdict, slow, asOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                leaving, share, past);
    }

    BackendView heard(long asOf) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, asOf, unconfirmed, doubtedNanos, admin,
                leaving, share, past);
    }

    BackendView unconfirmed(@Nullable Long asOf) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, asOf, doubtedNanos, admin, leaving,
                share, past);
    }

    BackendView doubted(@Nullable Long nanos) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, nanos, admin, leaving,
                share, past);
    }

    BackendView ordered(AdminState order) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, order,
                leaving, share, past);
    }

    BackendView leaving(boolean value) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                value, share, past);
    }

    BackendView with(Share other) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                leaving, other, past);
    }

    BackendView with(Past other) {
        return new BackendView(address, local, verdict, slow, aliveAsOf, heardAsOf, unconfirmed, doubtedNanos, admin,
                leaving, share, other);
    }

    private static void require(boolean holds, String broken) {
        if (!holds) {
            throw new IllegalArgumentException(broken);
        }
    }
}
