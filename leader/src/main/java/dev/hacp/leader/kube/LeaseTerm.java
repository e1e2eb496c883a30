package dev.hacp.leader.kube;

/// The election's term in a Lease. `spec.leaseTransitions` has 31 bits and anybody can set it, to its largest value as
/// well; so the term is kept whole in the annotation [dev.hacp.leader.election.LeaseRecord#TERM], and the field has its
/// low bits.
///
/// Agents before 0.2 count on in the field and leave the annotation as it is: a field that is ahead of the annotation by
/// less than half its range (serial numbers, RFC 1982) is such a count. Any other difference is somebody's edit: it
/// changes no term, and the owner's next write mends the field.
final class LeaseTerm {

    /// The largest term that a Lease can carry; only an edit of the annotation comes near it.
    static final long LARGEST = Long.MAX_VALUE / 2;

    private static final long FIELD = Integer.MAX_VALUE;
    private static final long HALF = 1L << 30;

    private LeaseTerm() {}

    /// What `spec.leaseTransitions` is written as.
    static int field(long term) {
        return (int) (term & FIELD);
    }

    /// @param field      `spec.leaseTransitions`; 0 when absent
    /// @param annotation the annotation's text; empty when absent
    static long read(int field, String annotation) {
        long low = Math.max(0, field);
        long known = parse(annotation);
        if (known < 0) {
            return low;
        }
        long ahead = (low - known) & FIELD;
        return ahead < HALF ? known + ahead : known;
    }

    private static long parse(String annotation) {
        try {
            long term = Long.parseLong(annotation);
            return term <= LARGEST ? term : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
