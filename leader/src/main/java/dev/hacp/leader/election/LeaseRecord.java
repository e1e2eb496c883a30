package dev.hacp.leader.election;

import java.time.Instant;
import java.util.Map;

/// The part of a `coordination.k8s.io/v1` Lease that an election reads and writes.
///
/// @param holder               `spec.holderIdentity`; empty when released or absent
/// @param leaseDurationSeconds `spec.leaseDurationSeconds`; 0 when absent
/// @param acquireTime          `spec.acquireTime`, for people and other readers; never decides anything
/// @param renewTime            `spec.renewTime`, likewise
/// @param transitions          `spec.leaseTransitions`; 0 when absent
/// @param resourceVersion      `metadata.resourceVersion`: the precondition of an update; empty in a record to be created
/// @param annotations          `metadata.annotations`, kept as they were read except for our own keys
public record LeaseRecord(String holder, int leaseDurationSeconds, Instant acquireTime, Instant renewTime,
        long transitions, String resourceVersion, Map<String, String> annotations) {

    /// Annotation that tells two processes with the same node name apart.
    public static final String INSTANCE = "hacp.dev/instance";

    /// Annotation that tells the writes of one process apart: a record proves that write, and no other, to be stored.
    public static final String WRITE = "hacp.dev/write";

    public LeaseRecord {
        annotations = Map.copyOf(annotations);
    }

    public boolean isReleased() {
        return holder.isEmpty();
    }

    String write() {
        return annotations.getOrDefault(WRITE, "");
    }

    String instance() {
        return annotations.getOrDefault(INSTANCE, "");
    }

    /// Whether this is a later state of the same object than `other`. Resource versions of one resource type are
    /// decimal numbers that grow (KEP-5504); where one is not a number every difference counts as later.
    boolean isNewerThan(LeaseRecord other) {
        if (resourceVersion.equals(other.resourceVersion)) {
            return false;
        }
        if (!isNumber(resourceVersion) || !isNumber(other.resourceVersion)) {
            return true;
        }
        int byLength = Integer.compare(resourceVersion.length(), other.resourceVersion.length());
        return byLength != 0 ? byLength > 0 : resourceVersion.compareTo(other.resourceVersion) > 0;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.charAt(0) != '0' && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
