package dev.hacp.leader.members;

/// The members' times, in nanoseconds.
///
/// @param heartbeat   between two heartbeats to one peer
/// @param peerTimeout silence after which a member is suspect
/// @param right       how long after an owner was last heard its silence may still be acted on before the Lease expires
public record Timing(long heartbeat, long peerTimeout, long right) {

    /// How long an attestation lasts for the owner that received it, from its own message which is echoed. Shorter than
    /// [#peerTimeout], for which the attesting member keeps its promise: two clocks may differ by 3 %.
    long attestation() {
        return peerTimeout - peerTimeout / 32;
    }
}
