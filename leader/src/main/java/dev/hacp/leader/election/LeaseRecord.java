package dev.hacp.leader.election;

import java.time.Instant;
import java.util.Map;

/// The part of a `coordination.k8s.io/v1` Lease that an election reads and writes.
///
/// @param holder               `spec.holderIdentity`; empty when released or absent
/// @param leaseDurationSeconds `spec.leaseDurationSeconds`; 0 when absent, at most what a reader believes: anybody can write it
/// @param acquireTime          `spec.acquireTime`, for people and other readers; never decides anything
/// @param renewTime            `spec.renewTime`, likewise
/// @param transitions          the term: `spec.leaseTransitions` without its limit of 31 bits ([#TERM]); 0 when absent
/// @param resourceVersion      `metadata.resourceVersion`: the precondition of an update; empty in a record to be created
/// @param annotations          `metadata.annotations`, kept as they were read except for our own keys
public record LeaseRecord(String holder, int leaseDurationSeconds, Instant acquireTime, Instant renewTime,
        long transitions, String resourceVersion, Map<String, String> annotations) {

    /// Annotation that tells two processes with the same node name apart.
    public static final String INSTANCE = "hacp.dev/instance";

    /// Annotation with the term as a whole: the field has 31 bits, and anybody can set it.
    public static final String TERM = "hacp.dev/term";

    /// Annotation that marks one write: only a record with its mark proves that it was carried out.
    public static final String WRITE = "hacp.dev/write";

    public LeaseRecord {
        annotations = Map.copyOf(annotations);
    }

    public boolean isReleased() {
        return holder.isEmpty();
    }

    String instance() {
        return annotations.getOrDefault(INSTANCE, "");
    }

    /// The mark of the write that stored this; empty when another program or an agent before 0.2 did.
    String write() {
        return annotations.getOrDefault(WRITE, "");
    }

    /// Whether this is a later state of the same object than `other`.
    boolean isNewerThan(LeaseRecord other) {
        return isLater(resourceVersion, other.resourceVersion);
    }

    /// Whether the holder has written neither of the two after the other: a label, say, is no sign of life.
    boolean isSameRenewal(LeaseRecord other) {
        return holder.equals(other.holder) && transitions == other.transitions && renewTime.equals(other.renewTime)
                && write().equals(other.write());
    }

    /// Whether one resource version is later than another of the same resource type: decimal numbers that grow (KEP-5504).
    /// Where one is not a number every difference counts as later.
    public static boolean isLater(String version, String than) {
        if (version.equals(than)) {
            return false;
        }
        if (!isNumber(version) || !isNumber(than)) {
            return true;
        }
        int byLength = Integer.compare(version.length(), than.length());
        return byLength != 0 ? byLength > 0 : version.compareTo(than) > 0;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.charAt(0) != '0' && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
