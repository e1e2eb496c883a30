/// Who owns the VIP by the Lease: the decision as a state machine without I/O and without a clock of its own, the thread
/// that runs it, and the seam to the Lease API.
///
/// Nothing here may block on the network or touch an address: calls to the API run on threads of their own, the address is
/// [dev.hacp.core.LeaderDuty]'s.
@NullMarked
package dev.hacp.leader.election;

import org.jspecify.annotations.NullMarked;
