package dev.hacp.leader.kube;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.Comparator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the API servers of the cluster: the EndpointSlices of the service `default/kubernetes`, of both address families.
/// A watch says at once that something changed, a poll catches what the watch missed; what counts is always a whole list.
/// The last list is kept as long as no API server answers, and an empty one is never passed on: a cluster without an API
/// server could not have said so.
public final class EndpointDiscovery implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EndpointDiscovery.class);
    private static final String RESOURCE = "endpointslices.discovery.k8s.io";
    private static final String SERVICE = "kubernetes.io/service-name";
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Comparator<HostPort> ORDER = Comparator.comparing(HostPort::host)
            .thenComparingInt(HostPort::port);

    private final ApiServers servers;
    private final Consumer<List<HostPort>> changed;
    private final ReconnectingWatch<EndpointSlice> watch;
    private final Semaphore due = new Semaphore(1);
    private final FaultGuard guard = new FaultGuard("the discovery of API servers", Ticker.system());
    private final Thread thread;
    private volatile List<HostPort> last = List.of();
    private volatile String problem = "not asked yet";

    /// @param changed called on this object's thread with each new list, sorted, never empty; gives it also to
    ///                [ApiServers#discovered]
    public EndpointDiscovery(ApiServers servers, Consumer<List<HostPort>> changed) {
        this.servers = servers;
        this.changed = changed;
        this.watch = new ReconnectingWatch<>(servers, ApiRequest.read("watch", RESOURCE, "default/kubernetes"),
                client -> client.discovery().v1().endpointSlices().inNamespace("default")
                        .withLabel(SERVICE, "kubernetes"),
                (action, slice) -> due.release());
        this.thread = Thread.ofVirtual().name("hacp-discovery").unstarted(this::run);
    }

    public EndpointDiscovery start() {
        thread.start();
        watch.start();
        return this;
    }

    /// The list last passed on; empty before the first.
    public List<HostPort> endpoints() {
        return last;
    }

    /// Why the list cannot be read just now; empty while it can.
    public String problem() {
        return problem;
    }

    private void run() {
        try {
            while (true) {
                boolean waiting = !problem.isEmpty();
                due.tryAcquire(waiting ? RETRY.toMillis() : POLL.toMillis(), TimeUnit.MILLISECONDS);
                due.drainPermits();
                if (!guard.round(this::refresh)) {
                    problem = "the list of API servers could not be read because of a fault, see the log";
                }
            }
        } catch (InterruptedException e) {
            log.debug("endpoint discovery stopped");
        }
    }

    private void refresh() throws InterruptedException {
        try {
            List<EndpointSlice> slices = servers.call(ApiRequest.read("list", RESOURCE, "default/kubernetes"),
                    (client, server) -> client.discovery().v1().endpointSlices().inNamespace("default")
                            .withLabel(SERVICE, "kubernetes").list().getItems());
            List<HostPort> found = addresses(slices);
            problem = found.isEmpty() ? "the EndpointSlices of default/kubernetes name no API server yet" : "";
            if (!found.isEmpty() && !found.equals(last)) {
                // In this order: what failed to take it gets it again.
                changed.accept(found);
                last = found;
            }
        } catch (ApiException e) {
            problem = e.sentence();
        }
    }

    /// An API server lists itself as ready while it runs and takes itself off the list when it stops, so `ready` is not
    /// asked: health checks see better.
    static List<HostPort> addresses(List<EndpointSlice> slices) {
        TreeSet<HostPort> found = new TreeSet<>(ORDER);
        for (EndpointSlice slice : slices) {
            if ("FQDN".equals(slice.getAddressType()) || slice.getEndpoints() == null || slice.getPorts() == null) {
                continue;
            }
            for (EndpointPort port : slice.getPorts()) {
                Integer number = port.getPort();
                if (number == null || !"https".equals(Objects.requireNonNullElse(port.getName(), "https"))) {
                    continue;
                }
                for (Endpoint endpoint : slice.getEndpoints()) {
                    endpoint.getAddresses().forEach(address -> found.add(new HostPort(address, number)));
                }
            }
        }
        return List.copyOf(found);
    }

    @Override
    public void close() {
        watch.close();
        thread.interrupt();
    }
}
