package dev.hacp.leader.kube;

import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.election.LeaseApi;
import dev.hacp.leader.election.LeaseApiException;
import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One Lease of `coordination.k8s.io/v1`, at whichever API server answers.
public final class KubeLeaseApi implements LeaseApi {

    private static final Logger log = LoggerFactory.getLogger(KubeLeaseApi.class);

    static final String RESOURCE = "leases.coordination.k8s.io";
    /// A poll that has known more than the watch for this long: the watch is dead.
    private static final Duration DEAF = Duration.ofSeconds(3);

    private final ApiServers servers;
    private final String namespace;
    private final String name;
    private final Ticker ticker;
    private final LeaseMapper mapper;
    private final ForeignHolder foreign;
    private final MemberLeaseProbe probe;
    private final List<WatchedLease> watches = new CopyOnWriteArrayList<>();

    /// @param self          whose member Lease [#tryWrite] writes
    /// @param leaseDuration our own: a promise read from the Lease is believed up to four times this, or a minute
    public KubeLeaseApi(ApiServers servers, String namespace, String name, NodeName self, Duration leaseDuration,
            Ticker ticker) {
        this.servers = servers;
        this.namespace = namespace;
        this.name = name;
        this.ticker = ticker;
        this.mapper = new LeaseMapper(namespace, name, leaseDuration);
        this.foreign = new ForeignHolder(namespace + "/" + name, ticker);
        this.probe = new MemberLeaseProbe(servers, namespace, MemberLeases.name(name, self));
    }

    @Override
    public Optional<LeaseRecord> read() throws LeaseApiException {
        Optional<LeaseRecord> record = call(ApiRequest.read("get", RESOURCE, object()),
                client -> Optional.ofNullable(lease(client).get()).map(this::record));
        watches.forEach(watch -> watch.compare(record.map(LeaseRecord::resourceVersion).orElse("")));
        return record;
    }

    @Override
    public LeaseRecord create(LeaseRecord record) throws LeaseApiException {
        Lease lease = body(record);
        return record(call(ApiRequest.write("create", RESOURCE, object()), client -> client.resource(lease).create()));
    }

    @Override
    public LeaseRecord update(LeaseRecord record) throws LeaseApiException {
        if (record.resourceVersion().isEmpty()) {
            throw new IllegalArgumentException("an update without a resourceVersion would overwrite whatever is there");
        }
        Lease lease = body(record);
        return record(call(ApiRequest.write("update", RESOURCE, object()), client -> client.resource(lease).update()));
    }

    @Override
    public void tryWrite() throws LeaseApiException {
        translated("update", probe::run);
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
        private final NewsOnly<Lease> news = new NewsOnly<>(this::event);
        private final ReconnectingWatch<Lease> watch;
        private String delivered = "";
        private long deafSinceNanos;
        private boolean deaf;

        WatchedLease(Listener listener) {
            this.listener = listener;
            this.watch = new ReconnectingWatch<>(servers, ApiRequest.read("watch", RESOURCE, object()),
                    client -> client.leases().inNamespace(namespace).withField("metadata.name", name), news);
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
        void compare(String polled) {
            if (isDeaf(polled)) {
                news.read(name, polled);
                watch.restart();
            }
        }

        private synchronized boolean isDeaf(String polled) {
            if (polled.equals(delivered) || !watch.connected()) {
                deaf = false;
            } else if (!deaf) {
                deaf = true;
                deafSinceNanos = ticker.nanos();
            } else if (ticker.nanos() - deafSinceNanos >= DEAF.toNanos()) {
                deaf = false;
                // The poll has told it already.
                delivered = polled;
                return true;
            }
            return false;
        }
    }

    private interface Operation<T> {
        T with(KubernetesClient client);
    }

    private interface Work<T> {
        T run() throws ApiException, InterruptedException;
    }

    private <T> T call(ApiRequest request, Operation<T> operation) throws LeaseApiException {
        return translated(request.verb(), () -> servers.call(request, (client, server) -> operation.with(client)));
    }

    private static <T> T translated(String verb, Work<T> work) throws LeaseApiException {
        try {
            return work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LeaseApiException.Unknown("the call was interrupted", e);
        } catch (ApiException e) {
            throw switch (e) {
                case ApiException.Conflict conflict -> new LeaseApiException.Conflict(conflict.sentence());
                case ApiException.Forbidden no -> new LeaseApiException.Forbidden(verb, no.sentence());
                case ApiException.Unauthorised no -> new LeaseApiException.Unauthorised(no.sentence());
                case ApiException.Unreachable no -> new LeaseApiException.Unreachable(no.sentence(), no);
                case ApiException.Unknown unknown -> new LeaseApiException.Unknown(unknown.sentence(), unknown);
                case ApiException.Rejected gone when gone.code() == 404 && verb.equals("update") ->
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

    private Lease body(LeaseRecord record) throws LeaseApiException {
        if (record.transitions() > LeaseTerm.LARGEST) {
            String sentence = "the term of Lease " + object() + " cannot grow: somebody has set its annotation "
                    + LeaseRecord.TERM + " to " + LeaseTerm.LARGEST
                    + ": delete the Lease, the members create a new one";
            throw new LeaseApiException.Unreachable(sentence, new ArithmeticException(sentence));
        }
        return mapper.lease(record);
    }

    private LeaseRecord record(Lease lease) {
        LeaseRecord record = mapper.record(lease);
        foreign.seen(record).ifPresent(log::warn);
        return record;
    }
}
