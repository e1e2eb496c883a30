package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Host;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A Kubernetes control plane on hosts of a LAN, one API server per host. Prepared first (certificates and kubeconfig files
/// exist, nothing runs), started when the test says so.
public interface ControlPlane extends AutoCloseable {

    /// The real programs where they are found, else the embedded API server; says in one line which.
    ///
    /// @param hosts  one API server each; with the real one an etcd member each
    /// @param folder for certificates and logs; data is kept in memory where the machine has /dev/shm
    /// @param vips   further addresses that the servers' certificates name
    static ControlPlane prepare(List<Host> hosts, Path folder, List<InetAddress> vips) {
        Optional<KubeBinaries> binaries = KubeBinaries.find();
        ControlPlane plane = binaries.isPresent()
                ? new RealControlPlane(binaries.get(), hosts, folder, vips)
                : new EmbeddedControlPlane(hosts, folder, vips);
        System.out.println("testbed: " + plane.description());
        return plane;
    }

    /// The embedded API server even where the real programs are.
    static ControlPlane embedded(List<Host> hosts, Path folder, List<InetAddress> vips) {
        return new EmbeddedControlPlane(hosts, folder, vips);
    }

    /// Which programs serve: one line.
    String description();

    /// Whether real kube-apiserver and etcd serve; RBAC and etcd faults exist only there.
    boolean isReal();

    Pki pki();

    /// In the order of the hosts.
    List<ApiServer> apiServers();

    /// In the order of the hosts; empty with the embedded API server.
    List<EtcdMember> etcd();

    /// Starts what does not run, and waits until all are ready.
    void start();

    /// The API server on the host.
    default ApiServer apiServer(Host host) {
        return apiServers().stream().filter(server -> server.host().equals(host)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no API server on " + host));
    }

    /// Requests as administrator from `from` to one API server.
    default ApiClient client(Host from, ApiServer server) {
        return new ApiClient(from, server.url(), pki().clientContext(Optional.of(pki().admin())),
                Duration.ofSeconds(5));
    }

    /// Waits until the API servers answer /readyz and are all listed in the EndpointSlices of `default/kubernetes`.
    default void awaitReady(Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        for (ApiServer server : apiServers()) {
            ApiClient client = client(server.host(), server);
            Await.until(server.commonName() + " is ready", Duration.ofNanos(deadline - System.nanoTime()),
                    () -> client.get("/readyz").code() == 200, server::logTail);
        }
        Set<String> expected = apiServers().stream().map(server -> server.address().host())
                .collect(Collectors.toCollection(TreeSet::new));
        ApiServer first = apiServers().getFirst();
        ApiClient client = client(first.host(), first);
        Await.until("the EndpointSlices of default/kubernetes list " + expected,
                Duration.ofNanos(deadline - System.nanoTime()), () -> endpoints(client).equals(expected),
                () -> "listed: " + endpoints(client));
    }

    private static Set<String> endpoints(ApiClient client) {
        Set<String> found = new TreeSet<>();
        JsonNode slices = client.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
                + "?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes").body();
        for (JsonNode slice : slices.path("items")) {
            for (JsonNode endpoint : slice.path("endpoints")) {
                endpoint.path("addresses").forEach(address -> found.add(address.asText()));
            }
        }
        return found;
    }

    /// Ends everything and removes its data; logs stay.
    @Override
    void close();
}
