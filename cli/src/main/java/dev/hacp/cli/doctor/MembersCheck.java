package dev.hacp.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hacp.agent.composition.AgentSettings;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.ApiProbe.Answer;
import dev.hacp.core.HostPort;
import dev.hacp.leader.channel.Difference;
import dev.hacp.leader.kube.MemberLeases;
import dev.hacp.leader.kube.MemberSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The member Leases: whether another agent has this node's name, and whether all are configured alike.
final class MembersCheck {

    private static final String NAME = "node name";
    /// An agent that runs refreshes its Lease each minute; clocks may differ.
    private static final Duration FRESH = Duration.ofMinutes(3);
    private static final Duration MEMBER = Duration.ofMinutes(10);

    private final AgentConfig config;
    private final Set<InetAddress> own;
    private final Clock clock;
    private final Consumer<Finding> findings;

    /// @param own addresses of this machine
    MembersCheck(AgentConfig config, Set<InetAddress> own, Clock clock, Consumer<Finding> findings) {
        this.config = config;
        this.own = Set.copyOf(own);
        this.clock = clock;
        this.findings = findings;
    }

    /// Asks the first API server that answers; where none does, others say so.
    void examine(List<HostPort> servers, ApiProbe probe) {
        AgentConfig.Lease lease = config.lease();
        String path = "/apis/coordination.k8s.io/v1/namespaces/" + lease.namespace()
                + "/leases?labelSelector="
                + URLEncoder.encode(MemberLeases.LABEL + "=" + lease.name(), StandardCharsets.UTF_8);
        for (HostPort server : servers) {
            Optional<Answer> answer = ask(server, path, probe);
            if (answer.isPresent()) {
                answer.filter(given -> given.code() == 200).ifPresent(given -> examine(items(given)));
                return;
            }
        }
    }

    private static Optional<Answer> ask(HostPort server, String path, ApiProbe probe) {
        try {
            return Optional.of(probe.ask(server, path, Optional.empty()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static JsonNode items(Answer answer) {
        try {
            return new ObjectMapper().readTree(answer.body()).path("items");
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private void examine(JsonNode leases) {
        boolean known = false;
        int alike = 0;
        boolean trouble = false;
        MemberSettings ours = AgentSettings.of(config);
        for (JsonNode lease : leases) {
            String node = lease.path("spec").path("holderIdentity").asText();
            Map<String, String> annotations = annotations(lease);
            Duration age = age(lease);
            if (node.equals(config.node().value())) {
                known = true;
                name(annotations, age);
            } else if (age.compareTo(MEMBER) < 0) {
                Difference difference = Difference.of(ours, MemberSettings.of(annotations));
                trouble |= tell(node, difference);
                alike++;
            }
        }
        if (!known) {
            findings.accept(Finding.ok(NAME, config.node() + ": no agent has it yet"));
        }
        if (!trouble && alike > 0) {
            findings.accept(Finding.ok("members", "this node's configuration matches all of the " + alike
                    + " others'"));
        }
    }

    private void name(Map<String, String> annotations, Duration age) {
        Optional<HostPort> there = hostPort(annotations.getOrDefault(MemberLeases.ADDRESS, ""));
        boolean here = there.flatMap(HostPort::literal).map(own::contains).orElse(true);
        boolean alive = age.compareTo(FRESH) < 0 && !annotations.containsKey(MemberLeases.STOPPED);
        Optional<HostPort> refused = hostPort(annotations.getOrDefault(MemberLeases.REFUSED_TO, ""));
        Optional<HostPort> other = !here ? there : refused;
        if (alive && other.isPresent()) {
            findings.accept(Finding.failure(NAME,
                    "another agent is called " + config.node() + ", at " + other.get().host(),
                    "the later one stays out of the election, so there is one member fewer than it seems",
                    "give one of them another --node-name, or another host name"));
        } else {
            findings.accept(Finding.ok(NAME, config.node() + ": no other agent has it"));
        }
    }

    private boolean tell(String node, Difference difference) {
        if (!difference.unable().isEmpty()) {
            findings.accept(Finding.failure("member " + node, "differs: " + difference,
                    "it could not own this node's VIPs: a handover to it would lose them",
                    "give all members the same --vip and --port"));
        } else if (!difference.skew().isEmpty()) {
            findings.accept(Finding.warning("member " + node, "differs: " + difference,
                    "members judge each other by their timers; mixed versions are for updates only",
                    "give all members the same options, and finish the update"));
        }
        return !difference.isNone();
    }

    private static Map<String, String> annotations(JsonNode lease) {
        Map<String, String> annotations = new HashMap<>();
        lease.path("metadata").path("annotations").properties()
                .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));
        return annotations;
    }

    private Duration age(JsonNode lease) {
        try {
            return Duration.between(Instant.parse(lease.path("spec").path("renewTime").asText()), clock.instant());
        } catch (DateTimeParseException e) {
            return MEMBER;
        }
    }

    private static Optional<HostPort> hostPort(String text) {
        try {
            return Optional.of(HostPort.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
