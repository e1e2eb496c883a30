package dev.hacp.lb.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides how many connections to close, and on which backend, so that the rest share the load. API server connections
/// last for days: without this a recovered backend stays empty.
///
/// Only connections whose client goes on by itself are closed ([Upstream#resumable]), and never more of a backend's than it
/// has too many, with those counted that were closed and are on their way back.
///
/// It works in episodes: one begins when a backend comes back or joins, and ends when the spread is within
/// [#WANTED_SPREAD], when its budget is used up, or after [#EPISODE_NANOS]; nothing is closed outside. So a load that is
/// uneven for other reasons never keeps it closing. Not thread-safe; pure: time and loads are given.
final class Rebalancer {

    /// (most - fewest) / mean, per weight.
    static final double WANTED_SPREAD = 0.2;
    private static final long EPISODE_NANOS = 1_800_000_000_000L;

    /// @param connections how many of `backend` should end now
    record Step(Backend backend, int connections) {}

    /// Why an episode ended.
    enum End {
        EVEN,
        /// What is too many cannot be moved: its clients do not go on by themselves.
        FIXED,
        BUDGET,
        TIME
    }

    private final int perSecond;
    private final Policy policy;
    private boolean active;
    private boolean begun;
    private long endNanos;
    private long budget;
    private long closed;
    private long totalBefore;
    private double allowance;
    private long lastNanos;
    private @Nullable End ended;

    Rebalancer(int perSecond, Policy policy) {
        this.perSecond = perSecond;
        this.policy = policy;
    }

    /// A backend came back or joined.
    void recovered(long now) {
        active = true;
        begun = false;
        ended = null;
        closed = 0;
        lastNanos = now;
        allowance = 0;
    }

    boolean active() {
        return active;
    }

    /// How many were asked to end in this episode, or in the last one.
    long closed() {
        return closed;
    }

    /// Why the last episode ended; null while one runs or before the first.
    @Nullable
    End ended() {
        return ended;
    }

    /// What to do now; call every half second or so.
    ///
    /// @param up     those that take connections, at full share
    /// @param jitter 0 to 1, random
    @Nullable
    Step next(List<Backend> up, long now, double jitter) {
        if (!active || up.size() < 2) {
            lastNanos = now;
            return null;
        }
        long total = 0;
        long weights = 0;
        for (Backend backend : up) {
            total += backend.current();
            weights += backend.effectiveWeight();
        }
        Backend most = up.getFirst();
        Backend fewest = most;
        Backend movable = null;
        for (Backend backend : up) {
            most = load(backend, 0) > load(most, 0) ? backend : most;
            fewest = load(backend, 0) < load(fewest, 0) ? backend : fewest;
            if (backend.resumable() > 0 && (movable == null || load(backend, 0) > load(movable, 0))) {
                movable = backend;
            }
        }
        // Those that were sent away and are not back yet belong to the load: without them everybody seems to have too many.
        long away = begun ? Math.clamp(totalBefore - total, 0, closed) : 0;
        double mean = (total + away) / (double) weights;
        boolean even = load(most, 0) - load(fewest, 0) <= WANTED_SPREAD * mean
                || load(most, -1) < load(fewest, 1);
        if (even) {
            return end(End.EVEN);
        }
        if (!begun) {
            begun = true;
            endNanos = now + EPISODE_NANOS;
            totalBefore = total;
            // What is too many, each once; where the policy ignores the load, only one in so many comes to the right backend.
            double margin = policy == Policy.LEAST_CONNECTIONS ? 1 : up.size();
            budget = 0;
            for (Backend backend : up) {
                budget += (long) Math.max(0,
                        Math.ceil(margin * (backend.current() - mean * backend.effectiveWeight())));
            }
        }
        if (closed >= budget) {
            return end(End.BUDGET);
        }
        if (now - endNanos >= 0) {
            return end(End.TIME);
        }
        long excess = movable == null ? 0 : (long) Math.ceil(movable.current() - mean * movable.effectiveWeight());
        if (movable == null || excess < 1) {
            lastNanos = now;
            return away > 0 ? null : end(End.FIXED);
        }
        allowance += perSecond * ((now - lastNanos) / 1e9) * (0.5 + jitter);
        allowance = Math.min(allowance, perSecond);
        lastNanos = now;
        // Those that were sent away are not back yet: closing more would only make the load smaller, not more even.
        boolean awaited = totalBefore - total > 4L * perSecond;
        int n = (int) Math.min(Math.min((long) allowance, Math.min(excess, movable.resumable())), budget - closed);
        if (awaited || n < 1) {
            return null;
        }
        allowance -= n;
        closed += n;
        return new Step(movable, n);
    }

    private @Nullable Step end(End why) {
        active = false;
        ended = why;
        return null;
    }

    private static double load(Backend backend, int more) {
        return (backend.current() + more) / (double) backend.effectiveWeight();
    }
}
