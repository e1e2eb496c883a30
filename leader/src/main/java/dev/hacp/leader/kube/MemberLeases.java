package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The member Leases of one group of agents, as plain values: `<lease>-member-<node>`, labelled with the Lease that the
/// group competes for.
public final class MemberLeases implements AutoCloseable {

    public static final String LABEL = "hacp.dev/member-of";
    public static final String ADDRESS = "hacp.dev/peer-address";
    public static final String REFUSED_TO = "hacp.dev/name-refused-to";
    public static final String STOPPED = "hacp.dev/stopped";
    private static final String FINGERPRINT = "hacp.dev/peer-fingerprint";
    private static final String ASKED_BY = "hacp.dev/name-asked-by";

    /// @param version  the Lease's resourceVersion: grows with each refresh
    /// @param renewed  its renewTime: changes with each refresh by the agent itself, and by nothing else
    /// @param askedBy  address of another agent of this name that wants to know whether this one is alive
    /// @param stopped  whether the agent has ended as it should
    /// @param settings empty for an agent that publishes none
    public record MemberLease(NodeName node, HostPort address, String fingerprint, String version, String renewed,
            Optional<HostPort> askedBy, boolean stopped, Optional<MemberSettings> settings) {}

    /// What an agent publishes of itself.
    ///
    /// @param refusedTo address of another agent of this name, which stays out
    public record Publication(NodeName node, HostPort address, String fingerprint, MemberSettings settings,
            Optional<HostPort> refusedTo) {}

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

    /// Creates or renews this agent's own, as long as it is what was seen: two agents of one name must not write over each
    /// other unawares.
    ///
    /// @param seen what [#list] told of it; empty when it told nothing
    /// @throws ApiException.Conflict when it is no longer what was seen
    public void publish(Publication own, Optional<MemberLease> seen, int seconds)
            throws ApiException, InterruptedException {
        Optional<Lease> present = read(own.node(), seen);
        Map<String, String> annotations = new HashMap<>(own.settings().annotations());
        annotations.put(ADDRESS, own.address().toString());
        annotations.put(FINGERPRINT, own.fingerprint());
        own.refusedTo().ifPresent(other -> annotations.put(REFUSED_TO, other.toString()));
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        boolean ours = seen.filter(lease -> lease.fingerprint().equals(own.fingerprint())).isPresent();
        LeaseBuilder lease = present.map(LeaseBuilder::new).orElseGet(LeaseBuilder::new);
        ZonedDateTime since = ours ? lease.buildSpec().getAcquireTime() : null;
        lease.editOrNewMetadata().withNamespace(namespace).withName(name(own.node())).addToLabels(LABEL, group)
                .removeFromAnnotations(Map.of(ASKED_BY, "", STOPPED, "", REFUSED_TO, ""))
                .addToAnnotations(annotations).endMetadata();
        lease.withNewSpec().withHolderIdentity(own.node().value()).withLeaseDurationSeconds(seconds)
                .withAcquireTime(since == null ? now : since).withRenewTime(now).endSpec();
        write(own.node(), present.isPresent() ? "update" : "create", lease.build());
    }

    /// Leaves a note for the agent that has this name; it answers with a refresh.
    ///
    /// @throws ApiException.Conflict when the Lease is no longer what was seen
    public void ask(NodeName node, MemberLease seen, HostPort asking) throws ApiException, InterruptedException {
        annotate(node, seen, ASKED_BY, asking.toString());
    }

    /// Says that this agent has ended as it should: one of the same name elsewhere need not wait.
    ///
    /// @throws ApiException.Conflict when the Lease is no longer what was seen
    public void stopped(NodeName node, MemberLease seen) throws ApiException, InterruptedException {
        annotate(node, seen, STOPPED, "true");
    }

    private void annotate(NodeName node, MemberLease seen, String key, String value)
            throws ApiException, InterruptedException {
        Lease present = read(node, Optional.of(seen)).orElseThrow();
        write(node, "update", new LeaseBuilder(present).editMetadata().addToAnnotations(key, value).endMetadata()
                .build());
    }

    /// The Lease as it is to be written upon.
    private Optional<Lease> read(NodeName node, Optional<MemberLease> seen) throws ApiException, InterruptedException {
        Optional<Lease> present = servers.call(ApiRequest.read("get", KubeLeaseApi.RESOURCE, object(node)),
                (client, server) -> Optional
                        .ofNullable(client.leases().inNamespace(namespace).withName(name(node)).get()));
        // Without our label it was in no list.
        Optional<MemberLease> found = present
                .filter(lease -> group.equals(
                        Objects.requireNonNullElse(lease.getMetadata().getLabels(), Map.of()).get(LABEL)))
                .flatMap(MemberLeases::member);
        if (!found.map(MemberLease::fingerprint).equals(seen.map(MemberLease::fingerprint))
                || !found.map(MemberLease::renewed).equals(seen.map(MemberLease::renewed))) {
            throw new ApiException.Conflict("the Lease " + object(node) + " has changed");
        }
        return present;
    }

    private void write(NodeName node, String verb, Lease lease) throws ApiException, InterruptedException {
        servers.call(ApiRequest.write(verb, KubeLeaseApi.RESOURCE, object(node)), (client, server) -> {
            var one = client.resource(lease);
            return verb.equals("update") ? one.update() : one.create();
        });
    }

    public void delete(NodeName node) throws ApiException, InterruptedException {
        servers.call(ApiRequest.write("delete", KubeLeaseApi.RESOURCE, object(node)),
                (client, server) -> client.leases().inNamespace(namespace).withName(name(node)).delete());
    }

    private String object(NodeName node) {
        return namespace + "/" + name(node);
    }

    private String name(NodeName node) {
        return name(group, node);
    }

    /// @param group name of the Lease that the agents compete for
    public static String name(String group, NodeName node) {
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
                    lease.getMetadata().getResourceVersion(), String.valueOf(lease.getSpec().getRenewTime()),
                    asking(annotations.getOrDefault(ASKED_BY, "")), annotations.containsKey(STOPPED),
                    MemberSettings.of(annotations)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<HostPort> asking(String text) {
        try {
            return Optional.of(HostPort.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
