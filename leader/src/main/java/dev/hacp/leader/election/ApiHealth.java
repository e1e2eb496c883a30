package dev.hacp.leader.election;

/// Whether this member reaches an API server and could write the Lease, judged by its last calls, and the reason to tell when
/// that changes. A read proves nothing about a write: webhooks and policies that fail closed, a full etcd and a namespace that
/// is terminating let reads through.
final class ApiHealth {

    /// The sentence names each server in the order that was tried: it changes all the time and says the same.
    private static final long TELL_AGAIN = 10_000_000_000L;

    private boolean well;
    private boolean refusesWrites;
    private long wroteNanos;
    private boolean everWrote;
    private String problem = "not asked yet";
    private boolean told;
    private long toldNanos;
    private boolean othersWell;

    /// A read was answered.
    ///
    /// @return whether a failure had been told before and is over
    boolean answered() {
        well = true;
        if (refusesWrites) {
            return false;
        }
        return over();
    }

    /// A write was stored.
    ///
    /// @return whether a failure had been told before and is over
    boolean wrote(long now) {
        well = true;
        refusesWrites = false;
        everWrote = true;
        wroteNanos = now;
        return over();
    }

    private boolean over() {
        boolean news = told;
        told = false;
        problem = "";
        return news;
    }

    /// The precondition of a write did not hold: an answer, but none about whether writes are stored.
    void conflicted() {
        well = true;
    }

    /// @return whether it is to be told: the first, or another reason when the last one was told a while ago
    boolean failed(boolean write, String reason, long now) {
        boolean same = told && (reason.equals(problem) || now - toldNanos < TELL_AGAIN);
        if (write) {
            refusesWrites = true;
        } else {
            well = false;
        }
        told = true;
        problem = reason;
        if (!same) {
            toldNanos = now;
        }
        return !same;
    }

    /// The last call was answered, and the last write was not refused.
    boolean isWell() {
        return well && !refusesWrites;
    }

    boolean refusesWrites() {
        return refusesWrites;
    }

    /// A read is answered although writes are refused.
    boolean canRead() {
        return well;
    }

    /// Whether a write of ours was stored within that time.
    boolean wroteWithin(long now, long nanos) {
        return everWrote && now - wroteNanos < nanos;
    }

    /// Empty when well.
    String problem() {
        return problem;
    }

    /// Whether a member that says it could write the Lease now is a reason to try at once.
    boolean wantsToKnow(boolean otherWrites) {
        boolean news = otherWrites && !othersWell && !isWell();
        othersWell = otherWrites;
        return news;
    }
}
