package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The member Leases of one group of agents, as plain values: `<lease>-member-<node>`, labelled with the Lease that the
/// group competes for.
public final class MemberLeases implements AutoCloseable {

    private static final String LABEL = "hacp.dev/member-of";
    private static final String ADDRESS = "hacp.dev/peer-address";
    private static final String FINGERPRINT = "hacp.dev/peer-fingerprint";

    /// @param version the Lease's resourceVersion: grows with each refresh
    public record MemberLease(NodeName node, HostPort address, String fingerprint, String version) {}

    private final ApiServers servers;
    private final String namespace;
    private final String group;
    private final ReconnectingWatch<Lease> watch;

    /// @param group   name of the Lease that the agents compete for
    /// @param changed called when a member Lease has changed; what counts is the next [#list]
    public MemberLeases(ApiServers servers, String namespace, String group, Runnable changed) {
        this.servers = servers;
        this.namespace = namespace;
        this.group = group;
        this.watch = new ReconnectingWatch<>(servers, ApiRequest.read("watch", KubeLeaseApi.RESOURCE, namespace),
                client -> client.leases().inNamespace(namespace).withLabel(LABEL, group),
                (action, lease) -> changed.run());
    }

    public void follow() {
        watch.start();
    }

    public List<MemberLease> list() throws ApiException, InterruptedException {
        List<Lease> leases = servers.call(ApiRequest.read("list", KubeLeaseApi.RESOURCE, namespace), (client,
                server) -> client.leases().inNamespace(namespace).withLabel(LABEL, group).list().getItems());
        List<MemberLease> members = new ArrayList<>();
        for (Lease lease : leases) {
            member(lease).ifPresent(members::add);
        }
        return members;
    }

    /// Creates or renews this agent's own.
    public void publish(NodeName node, HostPort address, String fingerprint, int seconds)
            throws ApiException, InterruptedException {
        String name = name(node);
        String object = namespace + "/" + name;
        Optional<Lease> present = servers.call(ApiRequest.read("get", KubeLeaseApi.RESOURCE, object),
                (client, server) -> Optional
                        .ofNullable(client.leases().inNamespace(namespace).withName(name).get()));
        LeaseBuilder lease = new LeaseBuilder();
        lease.withNewMetadata().withNamespace(namespace).withName(name)
                .withResourceVersion(present.map(p -> p.getMetadata().getResourceVersion()).orElse(null))
                .withLabels(Map.of(LABEL, group))
                .withAnnotations(Map.of(ADDRESS, address.toString(), FINGERPRINT, fingerprint)).endMetadata();
        lease.withNewSpec().withHolderIdentity(node.value()).withLeaseDurationSeconds(seconds)
                .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC)).endSpec();
        String verb = present.isPresent() ? "update" : "create";
        servers.call(ApiRequest.write(verb, KubeLeaseApi.RESOURCE, object), (client, server) -> present.isPresent()
                ? client.resource(lease.build()).update()
                : client.resource(lease.build()).create());
    }

    public void delete(NodeName node) throws ApiException, InterruptedException {
        servers.call(ApiRequest.write("delete", KubeLeaseApi.RESOURCE, namespace + "/" + name(node)),
                (client, server) -> client.leases().inNamespace(namespace).withName(name(node)).delete());
    }

    private String name(NodeName node) {
        return group + "-member-" + node;
    }

    /// What another program wrote there is no member.
    private static Optional<MemberLease> member(Lease lease) {
        Map<String, String> annotations = Objects.requireNonNullElse(lease.getMetadata().getAnnotations(), Map.of());
        String fingerprint = annotations.getOrDefault(FINGERPRINT, "");
        if (lease.getSpec() == null || lease.getSpec().getHolderIdentity() == null
                || !fingerprint.matches("[0-9a-f]{64}")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new MemberLease(new NodeName(lease.getSpec().getHolderIdentity()),
                    HostPort.parse(annotations.getOrDefault(ADDRESS, "")), fingerprint,
                    lease.getMetadata().getResourceVersion()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
