package dev.hacp.core;

import java.util.concurrent.CompletionStage;

/// What an owner does: hold and announce the VIP. Called by the elector's thread only, and never waited for there:
/// both methods queue the work to the duty's own thread and return at once. Both may be called twice with the same
/// outcome. A later call overtakes an earlier one that is still queued.
public interface LeaderDuty {

    /// Puts the addresses, reads them back and announces them.
    ///
    /// @return completes when every VIP is held and announced; exceptionally when it cannot be (a stranger answers for
    ///         the address, the kernel refuses): the elector then gives the Lease back and waits
    CompletionStage<Void> takeOver(Leadership.Leader leadership);

    /// Resets what must be reset while the address is still ours, removes the addresses and reads back that they are gone.
    ///
    /// @return completes only when no VIP is left on this node; exceptionally when the removal could not be confirmed:
    ///         the elector then never releases the Lease but lets it expire
    CompletionStage<Void> standDown(StandDown reason);
}
