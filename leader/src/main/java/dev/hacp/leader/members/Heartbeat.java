package dev.hacp.leader.members;

import dev.hacp.core.NodeName;
import java.util.Optional;

/// What a member tells one other member, every heartbeat interval and at once when it changes.
///
/// @param grant while the ownership is being handed over
public record Heartbeat(Stamp stamp, Claim claim, View view, Standing standing, Optional<Grant> grant, Pace pace) {

    /// As an agent of version 0.1 says it.
    public Heartbeat(Stamp stamp, Claim claim, View view, Standing standing, Optional<Grant> grant) {
        this(stamp, claim, view, standing, grant, Pace.FIRST_VERSION);
    }

    /// Which process said it, when, and how much of the receiver it had heard by then. The echo is what makes an
    /// attestation datable without comparing clocks: the sender heard the receiver's message of `echoNanos` before it
    /// sent this one.
    ///
    /// @param instance     random, one per process
    /// @param sentNanos    the sender's [dev.hacp.core.Ticker]
    /// @param echoInstance the newest process of the receiver heard by the sender; 0 when none
    /// @param echoNanos    the newest `sentNanos` of that process
    public record Stamp(long instance, long sentNanos, long echoInstance, long echoNanos) {}

    /// What the sender says it is.
    ///
    /// @param term   meaningless for [Role#FOLLOWER]
    /// @param backed an owner to which a majority attested in this term: it stands down soon after it loses that
    ///               majority, so others may act on its silence
    public record Claim(Role role, long term, boolean backed) {

        public static final Claim FOLLOWER = new Claim(Role.FOLLOWER, 0, false);

        /// Owner by the Lease or by vote.
        public boolean isOwner() {
            return role == Role.OWNER || role == Role.PROVISIONAL;
        }
    }

    public enum Role {
        /// Holds nothing: every address of an earlier term is gone, read back.
        FOLLOWER,
        /// Asks for votes to own without the Lease, because no API server answers.
        CANDIDATE,
        /// Owns by vote, the Lease not yet written.
        PROVISIONAL,
        /// Owns by the Lease.
        OWNER,
        /// No longer owns, but its addresses are not yet confirmed gone.
        STANDING_DOWN
    }

    /// What the sender sees.
    ///
    /// @param attests     the owner or candidate that the sender backs
    /// @param suspects    the owner that the sender backed and has lost
    /// @param heardMillis since the sender heard the owner that it attests or suspects; -1 when there is none
    /// @param transitions of the newest Lease record seen; -1 when none
    /// @param apiReachable whether the sender could write the Lease now, as far as it knows; reading alone does not count
    /// @param members     hash of the member names that the sender counts
    public record View(Optional<Ownership> attests, Optional<Ownership> suspects, int heardMillis, boolean apiReachable,
            long transitions, int members) {}

    /// How well the sender could own.
    ///
    /// @param preempt wants a healthy owner of lower priority to hand over
    /// @param fit     may own: link, backends, no stall, not held down
    /// @param reason  why not; empty when fit
    public record Standing(int priority, boolean preempt, boolean fit, String reason) {}

    /// "My addresses are gone; the successor owns this term." Sent to all: only the successor acts, the others stand by.
    ///
    /// @param resourceVersion of the Lease that the successor replaces
    public record Grant(NodeName successor, long term, String resourceVersion) {}

    /// How patient the sender is, and with what it reckons. Milliseconds.
    ///
    /// @param promise   how long the sender, as owner, counts on an attestation: who attests to it keeps its promise that long
    /// @param patience  the sender suspects the receiver not earlier than this after it last heard it, as long as the
    ///                  receiver's kernel answers
    /// @param lateness  how late the sender's own election has run lately
    /// @param connected members that the sender is in contact with, itself and the receiver included; -1 when unknown
    /// @param clock     the sender's bare ticker in nanoseconds, without what it has put right for having been frozen
    public record Pace(int promise, int patience, int lateness, int connected, long clock) {

        /// What version 0.1 did without saying it. It does not judge by its peers' kernels either.
        public static final Pace FIRST_VERSION = new Pace(400, 400, 0, -1, 0);

        /// Whether the sender lets go by itself when it reaches no majority's kernels.
        public boolean judgesKernels() {
            return connected >= 0;
        }
    }

    /// The same number on every member that counts the same members.
    public static int hash(Iterable<NodeName> sortedMembers) {
        int hash = 1;
        for (NodeName member : sortedMembers) {
            hash = 31 * hash + member.value().hashCode();
        }
        return hash;
    }
}
