package dev.hacp.leader.channel;

import java.util.Map;

/// What came to the member port.
///
/// @param unauthenticated connections open now that have not shown yet who they are
/// @param rejected        connections reset since the start; a reason that never occurred is absent or 0
public record PortCounters(int unauthenticated, Map<Rejection, Long> rejected) {

    public PortCounters {
        rejected = Map.copyOf(rejected);
    }
}
