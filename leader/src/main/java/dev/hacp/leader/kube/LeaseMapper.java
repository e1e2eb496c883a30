package dev.hacp.leader.kube;

import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The Lease of the election as a [LeaseRecord] and back. A PUT replaces the whole object, so what other programs keep in
/// it (labels, ownerReferences, finalizers, fields of newer API versions) is sent back as it was read; the uid as well: an
/// update of a Lease that was deleted in the meantime would make a new one without it. Thread-safe.
final class LeaseMapper {

    /// A holder promises to be gone this long after its last write. More than this, and more than four times our own
    /// leaseDuration, is not believed: anybody can write the field, and an agent that dies then would leave the VIP
    /// without an owner for years.
    static final Duration LONGEST_PROMISE = Duration.ofSeconds(60);

    /// Longer than any node name.
    private static final int LONGEST_HOLDER = 253;
    /// Reads, watches and writes may overtake each other, each for a few versions.
    private static final int REMEMBERED = 16;

    private final String namespace;
    private final String name;
    private final int longestSeconds;
    private final Map<String, Lease> read = new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Lease> eldest) {
            return size() > REMEMBERED;
        }
    };

    LeaseMapper(String namespace, String name, Duration leaseDuration) {
        this.namespace = namespace;
        this.name = name;
        this.longestSeconds = (int) Math.max(LONGEST_PROMISE.toSeconds(), 4 * leaseDuration.toSeconds());
    }

    LeaseRecord record(Lease lease) {
        ObjectMeta metadata = lease.getMetadata();
        LeaseSpec spec = lease.getSpec() == null ? new LeaseSpec() : lease.getSpec();
        String version = Objects.requireNonNullElse(metadata.getResourceVersion(), "");
        synchronized (read) {
            read.put(version, lease);
        }
        Map<String, String> annotations = Objects.requireNonNullElse(metadata.getAnnotations(), Map.of());
        return new LeaseRecord(holder(Objects.requireNonNullElse(spec.getHolderIdentity(), "")),
                Math.clamp(Objects.requireNonNullElse(spec.getLeaseDurationSeconds(), 0), 0, longestSeconds),
                instant(spec.getAcquireTime()), instant(spec.getRenewTime()),
                LeaseTerm.read(Objects.requireNonNullElse(spec.getLeaseTransitions(), 0),
                        annotations.getOrDefault(LeaseRecord.TERM, "")),
                version, annotations);
    }

    /// An empty holder is written as "": null would leave the field out, and with it the old holder in the reader's mind.
    Lease lease(LeaseRecord record) {
        Lease before;
        synchronized (read) {
            before = record.resourceVersion().isEmpty() ? null : read.get(record.resourceVersion());
        }
        LeaseBuilder lease = before == null ? new LeaseBuilder() : new LeaseBuilder(before);
        Map<String, String> annotations = new HashMap<>(record.annotations());
        annotations.put(LeaseRecord.TERM, Long.toString(record.transitions()));
        // Without managedFields the API server goes on with its own.
        lease.editOrNewMetadata().withNamespace(namespace).withName(name)
                .withResourceVersion(record.resourceVersion().isEmpty() ? null : record.resourceVersion())
                .withAnnotations(annotations).withManagedFields().endMetadata();
        lease.editOrNewSpec().withHolderIdentity(record.holder())
                .withLeaseDurationSeconds(record.leaseDurationSeconds()).withAcquireTime(time(record.acquireTime()))
                .withRenewTime(time(record.renewTime())).withLeaseTransitions(LeaseTerm.field(record.transitions()))
                .endSpec();
        return lease.build();
    }

    /// One line, and at most a little longer than a node name can be: it goes to logs and pages. What is changed here
    /// stays none.
    private static String holder(String text) {
        String line = text.codePoints().map(c -> Character.isISOControl(c) || Character.isWhitespace(c) ? '?' : c)
                .limit(LONGEST_HOLDER + 1L)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        return line.length() > LONGEST_HOLDER ? line.substring(0, LONGEST_HOLDER) + "…" : line;
    }

    private static ZonedDateTime time(Instant instant) {
        return instant.atZone(ZoneOffset.UTC);
    }

    private static Instant instant(@Nullable ZonedDateTime time) {
        return time == null ? Instant.EPOCH : time.toInstant();
    }
}
