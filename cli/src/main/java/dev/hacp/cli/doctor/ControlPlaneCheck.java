package dev.hacp.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.ApiProbe.Answer;
import dev.hacp.core.HostPort;
import dev.hacp.leader.kube.AccessReview;
import dev.hacp.leader.kube.AccessReview.Right;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The control plane's availability, point by point, as the API servers themselves tell it.
final class ControlPlaneCheck {

    private static final String SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
            + "?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes";
    private static final String NODES = "/api/v1/nodes?labelSelector=node-role.kubernetes.io%2Fcontrol-plane";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/";
    private static final String REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    private final AgentConfig config;
    private final ApiProbe probe;
    private final Clock clock;
    private final Consumer<Finding> findings;
    private final ObjectMapper json = new ObjectMapper();

    private ControlPlaneCheck(AgentConfig config, ApiProbe probe, Clock clock, Consumer<Finding> findings) {
        this.config = config;
        this.probe = probe;
        this.clock = clock;
        this.findings = findings;
    }

    /// @param seeds where to begin: configured backends, this node's own API server, the server of the kubeconfig
    public static void examine(AgentConfig config, List<HostPort> seeds, ApiProbe probe, Clock clock,
            Consumer<Finding> findings) {
        new ControlPlaneCheck(config, probe, clock, findings).examine(seeds);
    }

    private void examine(List<HostPort> seeds) {
        Set<HostPort> servers = new LinkedHashSet<>(config.balancer().backends());
        Optional<HostPort> speaker = Optional.empty();
        List<String> problems = new ArrayList<>();
        for (HostPort seed : seeds) {
            try {
                List<HostPort> listed = endpoints(probe.ask(seed, SLICES, Optional.empty()));
                // A credential that may not list them still meets the one it asked.
                servers.addAll(listed.isEmpty() ? List.of(seed) : listed);
                speaker = Optional.of(seed);
                break;
            } catch (IOException e) {
                problems.add(seed + " (" + reason(e) + ")");
            }
        }
        if (speaker.isEmpty()) {
            findings.accept(Finding.warning("API servers", "none answers: " + String.join(", ", problems),
                    "without one the VIP has nothing to serve",
                    "expected before 'kubeadm init'; otherwise start one, or name one"
                            + " with --backend"));
            return;
        }
        advertised(servers);
        Redundancy.examine(servers.size(), nodes(speaker.get()), findings);
        EtcdView etcd = new EtcdView();
        ServerCheck server = new ServerCheck(config, probe, clock, findings, etcd);
        servers.forEach(server::examine);
        etcd.tell(findings);
        leader(speaker.get(), "kube-scheduler");
        leader(speaker.get(), "kube-controller-manager");
        permissions(speaker.get());
    }

    /// An API server has that address for itself.
    private void advertised(Set<HostPort> servers) {
        config.address().literals().stream()
                .filter(vip -> servers.stream()
                        .anyMatch(server -> server.literal().filter(vip.address()::equals).isPresent()))
                .forEach(vip -> findings.accept(Finding.failure("VIP " + vip, "is the address of an API server",
                        "an address that moves cannot be the one that a machine is known by, and the agent never takes it",
                        "choose an address that no machine has, or give that API server its node's address"
                                + " (--advertise-address)")));
    }

    private List<HostPort> endpoints(Answer answer) throws IOException {
        List<HostPort> found = new ArrayList<>();
        for (JsonNode slice : tree(answer).path("items")) {
            int port = slice.path("ports").path(0).path("port").asInt(6443);
            slice.path("endpoints").forEach(endpoint -> endpoint.path("addresses")
                    .forEach(address -> found.add(new HostPort(address.asText(), port))));
        }
        return found;
    }

    /// What an API server says is JSON, unless it is no API server.
    private JsonNode tree(Answer answer) throws IOException {
        return json.readTree(answer.body());
    }

    private JsonNode nodes(HostPort speaker) {
        try {
            Answer answer = probe.ask(speaker, NODES, Optional.empty());
            return answer.code() == 200 ? tree(answer).path("items") : MissingNode.getInstance();
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private void leader(HostPort speaker, String component) {
        String why = "without one " + (component.endsWith("scheduler")
                ? "no new pod gets a node"
                : "nothing that fails in the cluster is replaced");
        try {
            Answer answer = probe.ask(speaker, LEASES + component, Optional.empty());
            if (answer.code() != 200) {
                findings.accept(Finding.warning(component, "its Lease cannot be read (" + answer.code() + ")", why,
                        answer.code() == 404 ? "see whether it runs: crictl ps" : "ask as an administrator"));
                return;
            }
            JsonNode spec = tree(answer).path("spec");
            String holder = spec.path("holderIdentity").asText("nobody").replaceFirst("_.*", "");
            Duration age = Duration.between(Instant.parse(spec.path("renewTime").asText()), clock.instant());
            boolean fresh = age.compareTo(Duration.ofSeconds(spec.path("leaseDurationSeconds").asInt(15) + 5L)) < 0;
            findings.accept(fresh
                    ? Finding.ok(component, "led by " + holder + ", renewed " + Math.max(0, age.toSeconds()) + "s ago")
                    : Finding.failure(component, "nobody leads: last " + holder + ", " + age.toSeconds() + "s ago", why,
                            "see whether it runs on some control-plane node: crictl ps"));
        } catch (IOException | DateTimeParseException e) {
            findings.accept(
                    Finding.warning(component, "its Lease cannot be read: " + e.getMessage(), why, "ask again"));
        }
    }

    private void permissions(HostPort speaker) {
        List<String> missing = new ArrayList<>();
        try {
            for (Right right : AccessReview.needed(config.lease().namespace(),
                    config.balancer().backends().isEmpty())) {
                if (!allowed(speaker, right)) {
                    missing.add(right.verb() + " " + right.resource() + " in " + right.namespace());
                }
            }
        } catch (IOException e) {
            missing.add("unknown: " + reason(e));
        }
        findings.accept(missing.isEmpty()
                ? Finding.ok("permissions", "the credential may do all that the agent does")
                : Finding.failure("permissions", "missing: " + String.join(", ", missing),
                        "without it the agent can neither hold the Lease nor find its peers",
                        "kubectl apply what 'hacp manifest rbac' prints, or give another --kubeconfig"));
    }

    private boolean allowed(HostPort speaker, Right right) throws IOException {
        String body = json.createObjectNode().put("apiVersion", "authorization.k8s.io/v1")
                .put("kind", "SelfSubjectAccessReview")
                .set("spec", json.createObjectNode().set("resourceAttributes",
                        json.createObjectNode().put("group", right.group()).put("resource", right.resource())
                                .put("namespace", right.namespace()).put("verb", right.verb())))
                .toString();
        return tree(probe.ask(speaker, REVIEW, Optional.of(body))).path("status").path("allowed").asBoolean();
    }

    static String reason(IOException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    }
}
