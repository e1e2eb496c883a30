package dev.hacp.leader.kube;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.Journal;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Puts what the journal marks as an Event on the Lease, so that `kubectl get events` tells the story. On a thread of its
/// own, after the fact: what does not fit the queue or finds no API server is counted and dropped. The same thing again
/// within ten minutes makes the Event a series instead of a new one.
public final class EventPublisher implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);
    private static final String RESOURCE = "events.events.k8s.io";
    private static final int QUEUE = 128;
    private static final int SERIES = 64;
    private static final int ATTEMPTS = 5;
    private static final Duration SERIES_AGE = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    /// events.k8s.io takes at most 1024 characters.
    private static final int LONGEST_NOTE = 1000;

    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
            .withZone(ZoneOffset.UTC);

    private record Posted(String name, Instant first, int count) {}

    private final ApiServers servers;
    private final String namespace;
    private final String leaseName;
    private final NodeName node;
    private final BlockingQueue<Journal.Entry> queue = new ArrayBlockingQueue<>(QUEUE);
    private final LongAdder published = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final FaultGuard guard = new FaultGuard("the publishing of Events", Ticker.system());
    private final AutoCloseable following;
    private final Thread thread;
    private final Map<String, Posted> series = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Posted> eldest) {
            return size() > SERIES;
        }
    };
    private String leaseUid = "";

    public EventPublisher(ApiServers servers, String namespace, String leaseName, NodeName node, Journal journal) {
        this.servers = servers;
        this.namespace = namespace;
        this.leaseName = leaseName;
        this.node = node;
        this.thread = Thread.ofVirtual().name("hacp-events").start(this::run);
        this.following = journal.follow(this::offer);
    }

    public long published() {
        return published.sum();
    }

    /// Lost because the queue was full or no API server took them.
    public long dropped() {
        return dropped.sum();
    }

    private void offer(Journal.Entry entry) {
        if (entry.kind().isKubernetesEvent() && !queue.offer(entry)) {
            dropped.increment();
        }
    }

    private void run() {
        try {
            while (true) {
                Journal.Entry entry = queue.take();
                if (!guard.round(() -> publish(entry))) {
                    dropped.increment();
                }
            }
        } catch (InterruptedException e) {
            log.debug("event publisher stopped");
        }
    }

    private void publish(Journal.Entry entry) throws InterruptedException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                post(entry);
                published.increment();
                return;
            } catch (ApiException.Unreachable | ApiException.Unauthorised e) {
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos() * attempt);
            } catch (ApiException e) {
                log.debug("event dropped: {}", e.sentence());
                break;
            }
        }
        dropped.increment();
    }

    private void post(Journal.Entry entry) throws ApiException, InterruptedException {
        String key = entry.kind() + " " + note(entry);
        Posted before = series.get(key);
        if (before != null && Duration.between(before.first(), entry.at()).abs().compareTo(SERIES_AGE) < 0) {
            if (repeat(before, entry.at())) {
                series.put(key, new Posted(before.name(), before.first(), before.count() + 1));
                return;
            }
        }
        String name = leaseName + "." + Long.toHexString(ChronoUnit.MICROS.between(Instant.EPOCH, entry.at()))
                + "." + Integer.toHexString(node.hashCode());
        Event event = event(entry, name, lease());
        servers.call(ApiRequest.write("create", RESOURCE, namespace + "/" + name),
                (client, server) -> client.resource(event).create());
        series.put(key, new Posted(name, entry.at(), 1));
    }

    /// @return false when the Event has been deleted in the meantime; they live for an hour
    private boolean repeat(Posted before, Instant at) throws ApiException, InterruptedException {
        String series = "{\"series\":{\"count\":" + (before.count() + 1) + ",\"lastObservedTime\":\""
                + time(at).getTime() + "\"}}";
        try {
            servers.call(ApiRequest.write("patch", RESOURCE, namespace + "/" + before.name()),
                    (client, server) -> client.events().v1().events().inNamespace(namespace).withName(before.name())
                            .patch(PatchContext.of(PatchType.JSON_MERGE), series));
            return true;
        } catch (ApiException.Rejected e) {
            if (e.code() == 404) {
                return false;
            }
            throw e;
        }
    }

    private Event event(Journal.Entry entry, String name, ObjectReference regarding) {
        return new EventBuilder().withNewMetadata().withNamespace(namespace).withName(name).endMetadata()
                .withEventTime(time(entry.at())).withReportingController("hacp").withReportingInstance(node.value())
                .withAction(reason(entry.kind())).withReason(reason(entry.kind()))
                .withType(entry.kind().level() == Level.INFO ? "Normal" : "Warning").withNote(note(entry))
                .withRegarding(regarding).build();
    }

    /// The uid ties the Event to the Lease for `kubectl describe`; asked for once, and not insisted on.
    private ObjectReference lease() throws InterruptedException {
        if (leaseUid.isEmpty()) {
            try {
                leaseUid = servers.call(
                        ApiRequest.read("get", KubeLeaseApi.RESOURCE, namespace + "/" + leaseName),
                        (client, server) -> {
                            var lease = client.leases().inNamespace(namespace).withName(leaseName).get();
                            return lease == null ? "" : lease.getMetadata().getUid();
                        });
            } catch (ApiException e) {
                log.debug("{}", e.sentence());
            }
        }
        return new ObjectReferenceBuilder().withApiVersion("coordination.k8s.io/v1").withKind("Lease")
                .withNamespace(namespace).withName(leaseName).withUid(leaseUid.isEmpty() ? null : leaseUid).build();
    }

    /// `TOOK_OVER` becomes `TookOver`.
    static String reason(Journal.Kind kind) {
        StringBuilder reason = new StringBuilder();
        for (String word : kind.name().split("_")) {
            reason.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return reason.toString();
    }

    static String note(Journal.Entry entry) {
        StringBuilder note = new StringBuilder(entry.message());
        entry.keys().forEach((key, value) -> note.append(' ').append(key).append('=').append(value));
        return note.length() > LONGEST_NOTE ? note.substring(0, LONGEST_NOTE) + "…" : note.toString();
    }

    private static MicroTime time(Instant at) {
        return new MicroTime(MICROS.format(at));
    }

    @Override
    public void close() {
        try {
            following.close();
        } catch (Exception e) {
            log.debug("{}", e.toString());
        }
        thread.interrupt();
    }
}
