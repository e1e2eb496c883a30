package dev.hacp.leader.kube;

import dev.hacp.core.Ticker;
import dev.hacp.leader.election.LeaseApi;
import dev.hacp.leader.election.LeaseApiException;
import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// One Lease of `coordination.k8s.io/v1`, at whichever API server answers.
public final class KubeLeaseApi implements LeaseApi {

    static final String RESOURCE = "leases.coordination.k8s.io";
    /// A poll that has known more than the watch for this long: the watch is dead.
    private static final Duration DEAF = Duration.ofSeconds(3);

    private final ApiServers servers;
    private final String namespace;
    private final String name;
    private final Ticker ticker;
    /// Uid of the state last seen: an update of a Lease that was deleted meanwhile would make a new one without it.
    private volatile Seen seen = new Seen("", "");
    private final List<WatchedLease> watches = new CopyOnWriteArrayList<>();

    public KubeLeaseApi(ApiServers servers, String namespace, String name, Ticker ticker) {
        this.servers = servers;
        this.namespace = namespace;
        this.name = name;
        this.ticker = ticker;
    }

    private record Seen(String resourceVersion, String uid) {}

    @Override
    public Optional<LeaseRecord> read() throws LeaseApiException {
        Optional<LeaseRecord> record = call(ApiRequest.read("get", RESOURCE, object()),
                client -> Optional.ofNullable(lease(client).get()).map(this::record));
        watches.forEach(watch -> watch.compare(record.map(LeaseRecord::resourceVersion).orElse("")));
        return record;
    }

    @Override
    public LeaseRecord create(LeaseRecord record) throws LeaseApiException {
        Lease lease = lease(record);
        return record(call(ApiRequest.write("create", RESOURCE, object()), client -> client.resource(lease).create()));
    }

    @Override
    public LeaseRecord update(LeaseRecord record) throws LeaseApiException {
        if (record.resourceVersion().isEmpty()) {
            throw new IllegalArgumentException("an update without a resourceVersion would overwrite whatever is there");
        }
        Lease lease = lease(record);
        return record(call(ApiRequest.write("update", RESOURCE, object()), client -> client.resource(lease).update()));
    }

    @Override
    public AutoCloseable watch(Listener listener) {
        WatchedLease watched = new WatchedLease(listener);
        watches.add(watched);
        watched.watch.start();
        return () -> {
            watches.remove(watched);
            watched.watch.close();
        };
    }

    /// Ends the watches; the API servers stay open for others.
    @Override
    public void close() {
        watches.forEach(watched -> watched.watch.close());
        watches.clear();
    }

    private final class WatchedLease {
        private final Listener listener;
        private final ReconnectingWatch<Lease> watch;
        private String delivered = "";
        private long deafSinceNanos;
        private boolean deaf;

        WatchedLease(Listener listener) {
            this.listener = listener;
            this.watch = new ReconnectingWatch<>(servers, ApiRequest.read("watch", RESOURCE, object()),
                    client -> client.leases().inNamespace(namespace).withField("metadata.name", name), this::event);
        }

        private void event(Watcher.Action action, Lease lease) {
            LeaseRecord record = record(lease);
            synchronized (this) {
                delivered = action == Watcher.Action.DELETED ? "" : record.resourceVersion();
                deaf = false;
            }
            if (action == Watcher.Action.DELETED) {
                listener.deleted();
            } else {
                listener.observed(record);
            }
        }

        /// What a poll has read, against what the watch delivered.
        synchronized void compare(String polled) {
            if (polled.equals(delivered) || !watch.connected()) {
                deaf = false;
            } else if (!deaf) {
                deaf = true;
                deafSinceNanos = ticker.nanos();
            } else if (ticker.nanos() - deafSinceNanos >= DEAF.toNanos()) {
                deaf = false;
                watch.restart();
            }
        }
    }

    private interface Operation<T> {
        T with(KubernetesClient client);
    }

    private <T> T call(ApiRequest request, Operation<T> operation) throws LeaseApiException {
        try {
            return servers.call(request, (client, server) -> operation.with(client));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LeaseApiException.Unknown(request + " was interrupted", e);
        } catch (ApiException e) {
            throw switch (e) {
                case ApiException.Conflict conflict -> new LeaseApiException.Conflict(conflict.sentence());
                case ApiException.Forbidden no -> new LeaseApiException.Forbidden(request.verb(), no.sentence());
                case ApiException.Unauthorised no -> new LeaseApiException.Unauthorised(no.sentence());
                case ApiException.Unreachable no -> new LeaseApiException.Unreachable(no.sentence(), no);
                case ApiException.Unknown unknown -> new LeaseApiException.Unknown(unknown.sentence(), unknown);
                case ApiException.Rejected gone when gone.code() == 404 && request.verb().equals("update") ->
                    new LeaseApiException.Conflict(gone.sentence());
                case ApiException.Rejected no -> new LeaseApiException.Unreachable(no.sentence(), no);
            };
        }
    }

    private String object() {
        return namespace + "/" + name;
    }

    private Resource<Lease> lease(KubernetesClient client) {
        return client.leases().inNamespace(namespace).withName(name);
    }

    /// An empty holder is written as "": null would leave the field out, and with it the old holder in the reader's mind.
    private Lease lease(LeaseRecord record) {
        Seen last = seen;
        boolean known = !record.resourceVersion().isEmpty() && last.resourceVersion().equals(record.resourceVersion());
        LeaseBuilder lease = new LeaseBuilder();
        lease.withNewMetadata().withNamespace(namespace).withName(name)
                .withResourceVersion(record.resourceVersion().isEmpty() ? null : record.resourceVersion())
                .withUid(known ? last.uid() : null).withAnnotations(record.annotations()).endMetadata();
        lease.withNewSpec().withHolderIdentity(record.holder()).withLeaseDurationSeconds(record.leaseDurationSeconds())
                .withAcquireTime(time(record.acquireTime())).withRenewTime(time(record.renewTime()))
                .withLeaseTransitions(Math.toIntExact(record.transitions())).endSpec();
        return lease.build();
    }

    private LeaseRecord record(Lease lease) {
        ObjectMeta metadata = lease.getMetadata();
        LeaseSpec spec = lease.getSpec() == null ? new LeaseSpec() : lease.getSpec();
        String version = Objects.requireNonNullElse(metadata.getResourceVersion(), "");
        seen = new Seen(version, Objects.requireNonNullElse(metadata.getUid(), ""));
        return new LeaseRecord(Objects.requireNonNullElse(spec.getHolderIdentity(), ""),
                Objects.requireNonNullElse(spec.getLeaseDurationSeconds(), 0), instant(spec.getAcquireTime()),
                instant(spec.getRenewTime()), Objects.requireNonNullElse(spec.getLeaseTransitions(), 0),
                version, Objects.requireNonNullElse(metadata.getAnnotations(), Map.<String, String>of()));
    }

    private static ZonedDateTime time(Instant instant) {
        return instant.atZone(ZoneOffset.UTC);
    }

    private static Instant instant(@Nullable ZonedDateTime time) {
        return time == null ? Instant.EPOCH : time.toInstant();
    }
}
