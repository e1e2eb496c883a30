package dev.hacp.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.cli.config.AgentConfig;
import dev.hacp.cli.config.VipTarget;
import dev.hacp.cli.doctor.ApiProbe.Answer;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import java.io.IOException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The control plane's availability, point by point, as the API servers themselves tell it.
public final class ControlPlaneCheck {

    private static final String SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
            + "?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/";
    private static final String REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    private final AgentConfig config;
    private final ApiProbe probe;
    private final Clock clock;
    private final ObjectMapper json = new ObjectMapper();
    private final List<Finding> findings = new ArrayList<>();

    private ControlPlaneCheck(AgentConfig config, ApiProbe probe, Clock clock) {
        this.config = config;
        this.probe = probe;
        this.clock = clock;
    }

    /// @param seeds where to begin: the server of the kubeconfig, configured backends
    public static List<Finding> examine(AgentConfig config, List<HostPort> seeds, ApiProbe probe, Clock clock) {
        ControlPlaneCheck check = new ControlPlaneCheck(config, probe, clock);
        check.examine(seeds);
        return List.copyOf(check.findings);
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
            findings.add(Finding.warning("API servers", "none answers: " + String.join(", ", problems),
                    "well before 'kubeadm init'; else start one, or name one with --backend"));
            return;
        }
        redundancy(servers);
        servers.forEach(this::server);
        leader(speaker.get(), "kube-scheduler");
        leader(speaker.get(), "kube-controller-manager");
        permissions(speaker.get());
    }

    private List<HostPort> endpoints(Answer answer) throws IOException {
        List<HostPort> found = new ArrayList<>();
        for (JsonNode slice : json.readTree(answer.body()).path("items")) {
            int port = slice.path("ports").path(0).path("port").asInt(6443);
            slice.path("endpoints").forEach(endpoint -> endpoint.path("addresses")
                    .forEach(address -> found.add(new HostPort(address.asText(), port))));
        }
        return found;
    }

    private void redundancy(Collection<HostPort> servers) {
        int n = servers.size();
        if (n >= 3 && n % 2 == 1) {
            findings.add(Finding.ok("API servers", n + ": one may fail"));
        } else {
            findings.add(Finding.warning("API servers",
                    n + (n < 3
                            ? ": the loss of one stops the cluster's etcd or all of it"
                            : ": an even number survives no more losses than one less"),
                    "run three or five control-plane nodes"));
        }
    }

    private void server(HostPort server) {
        String subject = "API server " + server;
        Instant before = clock.instant();
        Answer ready;
        try {
            ready = probe.ask(server, "/readyz?verbose", Optional.empty());
        } catch (IOException e) {
            findings.add(Finding.failure(subject, "does not answer: " + reason(e),
                    "see whether kube-apiserver runs there and whether a firewall lets this node through"));
            return;
        }
        List<String> failing = ready.body().lines().filter(line -> line.startsWith("[-]"))
                .map(line -> line.substring(3).replaceFirst(" failed.*", "")).toList();
        if (ready.code() == 200) {
            findings.add(Finding.ok(subject, "ready, and so is etcd as it sees it"));
        } else if (ready.code() == 401 || ready.code() == 403) {
            findings.add(
                    Finding.warning(subject, "answers, but does not tell whether it is ready (" + ready.code() + ")",
                            "let the credential read /readyz (ClusterRole system:public-info-viewer)"));
        } else {
            findings.add(
                    Finding.failure(subject, "not ready: " + (failing.isEmpty() ? "code " + ready.code() : failing),
                            failing.stream().anyMatch(check -> check.startsWith("etcd"))
                                    ? "see to its etcd member: etcdctl endpoint health --cluster"
                                    : "see the log of kube-apiserver there"));
        }
        ready.date().ifPresent(date -> clock(server, before, date));
        ready.certificate().ifPresent(certificate -> certificate(server, certificate));
    }

    private void clock(HostPort server, Instant before, Instant there) {
        // The header counts whole seconds, and the answer took its time.
        Duration skew = Duration.between(before, there).abs();
        if (skew.compareTo(Duration.ofSeconds(3)) > 0) {
            findings.add(Finding.warning("clock of " + server.host(), skew.toSeconds() + "s away from this node's",
                    "set up chrony or systemd-timesyncd on both: certificates and tokens depend on the time (hacp's"
                            + " election does not)"));
        }
    }

    private void certificate(HostPort server, X509Certificate certificate) {
        String subject = "certificate of " + server.host();
        long days = Duration.between(clock.instant(), certificate.getNotAfter().toInstant()).toDays();
        String text = days + " days left, issued by " + certificate.getIssuerX500Principal().getName();
        if (days < 30) {
            String remedy = "kubeadm certs renew apiserver, then restart kube-apiserver";
            findings.add(days < 7 ? Finding.failure(subject, text, remedy) : Finding.warning(subject, text, remedy));
        } else {
            findings.add(Finding.ok(subject, text));
        }
        List<String> names = names(certificate);
        List<String> missing = config.address().vips().stream().map(VipTarget::text)
                .filter(vip -> !names.contains(vip)).toList();
        if (!missing.isEmpty()) {
            findings.add(Finding.failure(subject, "does not name " + String.join(", ", missing)
                    + ": clients that dial it will not trust it",
                    "add it to apiServer.certSANs ('hacp manifest kubeadm'), remove apiserver.crt and .key, run kubeadm init"
                            + " phase certs apiserver --config FILE"));
        }
    }

    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            return alternatives == null
                    ? List.of()
                    : alternatives.stream().map(name -> String.valueOf(name.get(1)))
                            .map(name -> IpAddresses.parse(name).map(IpAddresses::text)
                                    .orElse(name.toLowerCase(Locale.ROOT)))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private void leader(HostPort speaker, String component) {
        try {
            Answer answer = probe.ask(speaker, LEASES + component, Optional.empty());
            if (answer.code() != 200) {
                findings.add(Finding.warning(component, "its Lease cannot be read (" + answer.code() + ")",
                        answer.code() == 404 ? "see whether it runs: crictl ps" : "ask as an administrator"));
                return;
            }
            JsonNode spec = json.readTree(answer.body()).path("spec");
            String holder = spec.path("holderIdentity").asText("nobody").replaceFirst("_.*", "");
            Duration age = Duration.between(Instant.parse(spec.path("renewTime").asText()), clock.instant());
            boolean fresh = age.compareTo(Duration.ofSeconds(spec.path("leaseDurationSeconds").asInt(15) + 5L)) < 0;
            findings.add(fresh
                    ? Finding.ok(component, "led by " + holder + ", renewed " + Math.max(0, age.toSeconds()) + "s ago")
                    : Finding.failure(component, "nobody leads: last " + holder + ", " + age.toSeconds() + "s ago",
                            "see whether it runs on some control-plane node: crictl ps"));
        } catch (IOException | DateTimeParseException e) {
            findings.add(Finding.warning(component, "its Lease cannot be read: " + e.getMessage(), "ask again"));
        }
    }

    private record Need(String group, String resource, String namespace, List<String> verbs) {}

    private void permissions(HostPort speaker) {
        String namespace = config.election().leaseNamespace();
        List<Need> needs = List.of(
                new Need("coordination.k8s.io", "leases", namespace,
                        List.of("get", "list", "watch", "create", "update", "delete")),
                new Need("discovery.k8s.io", "endpointslices", "default", List.of("list", "watch")),
                new Need("", "events", namespace, List.of("create", "patch")));
        List<String> missing = new ArrayList<>();
        try {
            for (Need need : needs) {
                for (String verb : need.verbs()) {
                    String body = json.createObjectNode().put("apiVersion", "authorization.k8s.io/v1")
                            .put("kind", "SelfSubjectAccessReview")
                            .set("spec", json.createObjectNode().set("resourceAttributes",
                                    json.createObjectNode().put("group", need.group()).put("resource", need.resource())
                                            .put("namespace", need.namespace()).put("verb", verb)))
                            .toString();
                    Answer answer = probe.ask(speaker, REVIEW, Optional.of(body));
                    if (!json.readTree(answer.body()).path("status").path("allowed").asBoolean()) {
                        missing.add(verb + " " + need.resource() + " in " + need.namespace());
                    }
                }
            }
        } catch (IOException e) {
            missing.add("unknown: " + reason(e));
        }
        findings.add(missing.isEmpty()
                ? Finding.ok("permissions", "the credential may do all that the agent does")
                : Finding.failure("permissions", "missing: " + String.join(", ", missing),
                        "kubectl apply what 'hacp manifest rbac' prints, or give another --kubeconfig"));
    }

    private static String reason(IOException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    }
}
