package dev.hacp.core;

import java.util.Optional;

/// What this node believes about the ownership of the VIP.
public sealed interface Leadership {

    /// Somebody else owns it, or nobody does.
    ///
    /// @param leader the holder in the Lease, as long as it has not expired by our own clock
    record Follower(Optional<NodeName> leader) implements Leadership {
        public static final Follower OF_NOBODY = new Follower(Optional.empty());
    }

    /// We own it.
    ///
    /// @param term            grows with each change of the holder (`Lease.spec.leaseTransitions` when it became ours)
    /// @param validUntilNanos [Ticker] reading after which we must not act as owner unless renewed
    record Leader(long term, long validUntilNanos) implements Leadership {}
}
