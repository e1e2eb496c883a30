package dev.hacp.leader.election;

import dev.hacp.core.Journal.Kind;
import dev.hacp.core.NodeName;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// What the parts of one member's election have in common.
///
/// @param instance of this process, as the Lease's annotation says it
/// @param random   a number in [0, bound)
record ElectionContext(ElectorConfig config, NodeName self, String instance, OwnershipTerm.Limits limits,
        Effects effects,
        LongUnaryOperator random, ElectionCounters counters) {

    static ElectionContext of(ElectorConfig config, NodeName self, long instance, Effects effects,
            LongUnaryOperator random) {
        OwnershipTerm.Limits limits = new OwnershipTerm.Limits(config.peerTimeout().toNanos(),
                config.renewDeadline().toNanos(),
                config.leaseDuration().toNanos());
        return new ElectionContext(config, self, Long.toHexString(instance), limits, effects, random,
                new ElectionCounters());
    }

    long peerTimeout() {
        return limits.peerTimeout();
    }

    long retry() {
        return config.retryPeriod().toNanos();
    }

    long heartbeat() {
        return config.heartbeat().toNanos();
    }

    /// The period, give or take 5 %.
    long jittered(long period) {
        return period - period / 20 + random.applyAsLong(Math.max(1, period / 10));
    }

    /// Whether the record names this process as holder.
    boolean isHolder(@Nullable LeaseRecord record) {
        return record != null && record.holder().equals(self.value()) && record.instance().equals(instance);
    }

    /// Whether the record names this process as holder by this term.
    boolean isHolder(@Nullable LeaseRecord record, long term) {
        return record != null && isHolder(record) && record.transitions() == term;
    }

    void journal(Kind kind, String message, Object... keysAndValues) {
        effects.journal(kind, message, keysAndValues);
    }
}
