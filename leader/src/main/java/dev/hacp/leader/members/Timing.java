package dev.hacp.leader.members;

/// The members' times, in nanoseconds. All but [#right] follow from the one that an operator sets.
///
/// @param heartbeat   between two heartbeats to one peer
/// @param peerTimeout silence of an agent whose kernel still answers, before it is suspect; longer while the members that
///                    would replace it are late themselves ([Evidence#patience])
/// @param right       how long after an owner was last heard its silence may still be acted on before the Lease expires
public record Timing(long heartbeat, long peerTimeout, long right) {

    /// How long a member that attested to an owner attests to no other after it last heard it: the one clock on which
    /// safety rests.
    long promise() {
        return peerTimeout * 3 / 8;
    }

    /// How long an attestation lasts for the owner that received it, from its own message which is echoed. Shorter than
    /// [#promise], for which the attesting member keeps its word: two clocks may differ by 3 %.
    long attestation() {
        return promise() - promise() / 32;
    }

    /// Silence of an agent whose kernel is silent as well. A little more than three heartbeats, so that a kernel that
    /// stops answering probes by itself (a firewall reload) is no loss while the agent is heard.
    long gone() {
        return peerTimeout * 3 / 16;
    }

    /// What a member says of itself: 150 for 150 ms.
    static int millis(long nanos) {
        return (int) Math.min(Integer.MAX_VALUE, nanos / 1_000_000);
    }
}
