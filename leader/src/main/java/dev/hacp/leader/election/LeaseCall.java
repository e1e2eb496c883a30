package dev.hacp.leader.election;

import java.util.Map;

/// What the state machine wants done at the Lease API. The executor fills in the times: they are for people.
sealed interface LeaseCall {

    record Read() implements LeaseCall {}

    /// Shows whether this member could write a Lease now, by writing its own member Lease.
    record TryWrite() implements LeaseCall {}

    /// @param resourceVersion the precondition; empty to create the Lease
    /// @param acquired        whether `acquireTime` becomes now as well
    /// @param known           the record that is replaced, for what is kept of it; null for none
    record Write(String holder, long transitions, String resourceVersion, boolean acquired,
            Map<String, String> annotations,
            @org.jspecify.annotations.Nullable LeaseRecord known) implements LeaseCall {}
}
