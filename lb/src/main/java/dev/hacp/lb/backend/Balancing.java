package dev.hacp.lb.backend;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The policies: which of some equally usable backends the next connection gets. Called on event loops; the loads are
/// read while others change them, so two loops may now and then choose alike; nothing is locked or allocated.
final class Balancing {

    /// What round robin adds per turn, divided by the weight.
    private static final long STRIDE = 1L << 32;

    private final Policy policy;
    private final AtomicLong sequence = new AtomicLong();
    private volatile long virtualTime;

    Balancing(Policy policy) {
        this.policy = policy;
    }

    /// @return null when all were tried
    @Nullable
    Backend choose(Backend[] among, int client, Tried tried) {
        if (among.length == 0) {
            return null;
        }
        return switch (policy) {
            case LEAST_CONNECTIONS -> leastConnections(among, tried);
            case ROUND_ROBIN -> roundRobin(among, tried);
            case RANDOM_TWO -> randomTwo(among, tried);
            case SOURCE_HASH -> sourceHash(among, client, tried);
        };
    }

    private @Nullable Backend leastConnections(Backend[] among, Tried tried) {
        Backend best = null;
        for (Backend backend : among) {
            if (!tried.contains(backend) && (best == null || lessLoaded(backend, best))) {
                best = backend;
            }
        }
        if (best != null) {
            best.chosen(sequence.getAndIncrement());
        }
        return best;
    }

    /// By the load that the next connection would make; equal ones take turns, or short connections would all go to one.
    private static boolean lessLoaded(Backend a, Backend b) {
        long loadA = (a.current() + 1L) * b.effectiveWeight();
        long loadB = (b.current() + 1L) * a.effectiveWeight();
        return loadA < loadB || (loadA == loadB && a.lastChosen() < b.lastChosen());
    }

    /// Stride scheduling: each turn moves a backend on by the inverse of its weight; the one that lags most is next. One
    /// that was away starts at the present, it does not catch up.
    private @Nullable Backend roundRobin(Backend[] among, Tried tried) {
        while (true) {
            long now = virtualTime;
            Backend best = null;
            long bestStart = 0;
            long bestPass = 0;
            for (Backend backend : among) {
                if (tried.contains(backend)) {
                    continue;
                }
                long pass = backend.pass().get();
                long start = Math.max(pass, now);
                if (best == null || start < bestStart
                        || (start == bestStart && backend.lastChosen() < best.lastChosen())) {
                    best = backend;
                    bestStart = start;
                    bestPass = pass;
                }
            }
            if (best == null) {
                return null;
            }
            long next = bestStart + STRIDE / best.effectiveWeight();
            if (best.pass().compareAndSet(bestPass, next)) {
                virtualTime = bestStart;
                best.chosen(sequence.getAndIncrement());
                return best;
            }
        }
    }

    private static @Nullable Backend randomTwo(Backend[] among, Tried tried) {
        int eligible = 0;
        for (Backend backend : among) {
            if (!tried.contains(backend)) {
                eligible++;
            }
        }
        if (eligible == 0) {
            return null;
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int first = random.nextInt(eligible);
        Backend a = untried(among, first, tried);
        if (eligible == 1) {
            return a;
        }
        int second = random.nextInt(eligible - 1);
        Backend b = untried(among, second < first ? second : second + 1, tried);
        long loadA = (a.current() + 1L) * b.effectiveWeight();
        long loadB = (b.current() + 1L) * a.effectiveWeight();
        return loadA <= loadB ? a : b;
    }

    private static Backend untried(Backend[] among, int index, Tried tried) {
        int left = index;
        for (Backend backend : among) {
            if (!tried.contains(backend) && left-- == 0) {
                return backend;
            }
        }
        throw new AssertionError("index " + index + " of fewer untried backends");
    }

    /// Weighted rendezvous hashing: the highest score wins, and a score depends on client and backend only, so a change
    /// of the set moves only the clients of what came or went.
    private static @Nullable Backend sourceHash(Backend[] among, int client, Tried tried) {
        Backend best = null;
        double bestScore = 0;
        for (Backend backend : among) {
            if (tried.contains(backend)) {
                continue;
            }
            int h = mix(mix(client) ^ backend.hash());
            double unit = ((h & 0xffff_ffffL) + 1) / 0x1.00000001p32;
            double score = -backend.effectiveWeight() / Math.log(unit);
            if (best == null || score > bestScore) {
                best = backend;
                bestScore = score;
            }
        }
        return best;
    }

    /// The finalizer of MurmurHash3: every input bit changes about half of the output bits.
    static int mix(int value) {
        int h = value;
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        return h ^ h >>> 16;
    }
}
