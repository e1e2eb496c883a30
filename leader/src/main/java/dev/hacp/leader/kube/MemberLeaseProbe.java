package dev.hacp.leader.kube;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Instant;
import java.util.Optional;

/// Writes this member's own Lease as it is, with another time in an annotation: admission, authorization and etcd treat it
/// as they would the Lease of the election. Its `renewTime` stays, it is its publisher's. Makes none where there is none.
final class MemberLeaseProbe {

    /// When the last one was tried, by the wall clock: for people, and because an update that changes nothing is not stored.
    private static final String TRIED = "hacp.dev/write-tried";

    /// Its publisher may write between our read and our write.
    private static final int ATTEMPTS = 2;

    private final ApiServers servers;
    private final String namespace;
    private final String name;
    private final String object;

    MemberLeaseProbe(ApiServers servers, String namespace, String name) {
        this.servers = servers;
        this.namespace = namespace;
        this.name = name;
        this.object = namespace + "/" + name;
    }

    /// @return what was stored
    /// @throws ApiException.Unreachable also when there is no member Lease
    /// @throws ApiException.Conflict    when others keep writing it
    Lease run() throws ApiException, InterruptedException {
        for (int attempt = 1;; attempt++) {
            try {
                return write(read());
            } catch (ApiException.Conflict e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            } catch (ApiException.Rejected e) {
                throw e.code() == 404 ? absent() : e;
            }
        }
    }

    private Lease read() throws ApiException, InterruptedException {
        Optional<Lease> present = servers.call(ApiRequest.read("get", KubeLeaseApi.RESOURCE, object), (client,
                server) -> Optional.ofNullable(client.leases().inNamespace(namespace).withName(name).get()));
        return present.orElseThrow(this::absent);
    }

    private Lease write(Lease present) throws ApiException, InterruptedException {
        Lease lease = new LeaseBuilder(present).editMetadata().addToAnnotations(TRIED, Instant.now().toString())
                .withManagedFields().endMetadata().build();
        return servers.call(ApiRequest.write("update", KubeLeaseApi.RESOURCE, object),
                (client, server) -> client.resource(lease).update());
    }

    private ApiException absent() {
        return new ApiException.Unreachable(
                "it is not known whether Leases can be written: this member's own, " + object + ", does not exist");
    }
}
