package dev.hacp.leader.election;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat;

/// What the state machine wants done. Each method queues the work and returns at once; outcomes come back as events.
interface Effects {

    /// The outcome comes back with the same number.
    void call(long number, LeaseCall call);

    /// The outcome comes back with the same number.
    void takeOver(long number, Leadership.Leader leadership);

    /// The outcome comes back with the same number.
    void standDown(long number, StandDown reason);

    void send(NodeName peer, Heartbeat heartbeat);

    void journal(Journal.Kind kind, String message, Object... keysAndValues);

    /// A handover that was asked for has ended.
    ///
    /// @param problem empty when `successor` owns the VIP now
    void handoverEnded(NodeName successor, String problem);

    /// No VIP is held and the Lease is not ours, or will expire.
    void stopped();
}
