package dev.hacp.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.cli.doctor.Finding.Grade;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembersCheckTest {

    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    private final List<String> leases = new ArrayList<>();

    private void lease(String node, String address, String renewed, String more) {
        leases.add("""
                {"metadata":{"annotations":{"hacp.dev/peer-address":"%s"%s}},
                 "spec":{"holderIdentity":"%s","renewTime":"%s"}}""".formatted(address, more, node, renewed));
    }

    private List<Finding> examine() {
        AgentConfig config = ConfigReader.agent(
                new ConfigReader.Flags(Map.of(Options.VIP, List.of("10.0.0.10")), Optional.empty(), List.of()),
                new Surroundings(Map.of(), "cp1"));
        List<Finding> findings = new ArrayList<>();
        new MembersCheck(config, Set.of(IpAddresses.parse("10.0.0.1").orElseThrow()),
                Clock.fixed(NOW, ZoneOffset.UTC), findings::add)
                .examine(List.of(new HostPort("10.0.0.1", 6443)), (server, path, json) -> {
                    assertThat(path).isEqualTo("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
                            + "?labelSelector=hacp.dev%2Fmember-of%3Dhacp");
                    return new ApiProbe.Answer(200, "{\"items\":[" + String.join(",", leases) + "]}",
                            Optional.empty(), Optional.empty());
                });
        return findings;
    }

    @Test
    void anAgentElsewhereWithThisNodesNameIsAFailureThatSaysWhere() {
        lease("cp1", "10.0.0.7:9644", "2026-11-23T07:59:30.000000Z", "");
        assertThat(examine()).singleElement().returns(Grade.FAILURE, Finding::grade)
                .returns("another agent is called cp1, at 10.0.0.7", Finding::text)
                .matches(finding -> finding.remedy().contains("--node-name"));
    }

    @Test
    void itIsToldOnTheNodeThatHasTheNameToo() {
        lease("cp1", "10.0.0.1:9644", "2026-11-23T07:59:30.000000Z",
                ",\"hacp.dev/name-refused-to\":\"10.0.0.7:9644\"");
        assertThat(examine()).singleElement().returns("another agent is called cp1, at 10.0.0.7", Finding::text);
    }

    @Test
    void aLeaseThatAnEarlierAgentLeftIsNoTrouble() {
        lease("cp1", "10.0.0.7:9644", "2026-11-23T07:00:00.000000Z", "");
        lease("cp2", "10.0.0.2:9644", "2026-11-23T07:00:00.000000Z",
                ",\"hacp.dev/vips\":\"10.0.0.11\",\"hacp.dev/port\":\"6443\"");
        assertThat(examine()).allMatch(finding -> finding.grade() == Grade.OK);
        leases.clear();
        lease("cp1", "10.0.0.7:9644", "2026-11-23T07:59:59.000000Z", ",\"hacp.dev/stopped\":\"true\"");
        assertThat(examine()).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aMemberWithAnotherVipIsAFailureAndOneWithOtherTimersAWarning() {
        lease("cp2", "10.0.0.2:9644", "2026-11-23T07:59:30.000000Z",
                ",\"hacp.dev/vips\":\"10.0.0.11\",\"hacp.dev/port\":\"6443\"");
        lease("cp3", "10.0.0.3:9644", "2026-11-23T07:59:30.000000Z",
                ",\"hacp.dev/vips\":\"10.0.0.10\",\"hacp.dev/port\":\"6443\","
                        + "\"hacp.dev/timers\":\"lease-duration=30s\"");
        lease("cp4", "10.0.0.4:9644", "2026-11-23T07:59:30.000000Z", "");
        assertThat(examine()).filteredOn(finding -> finding.grade() != Grade.OK)
                .extracting(Finding::grade, Finding::subject, Finding::text)
                .containsExactly(
                        tuple(Grade.FAILURE, "member cp2",
                                "differs: vip 10.0.0.11 (here 10.0.0.10)"),
                        tuple(Grade.WARNING, "member cp3",
                                "differs: lease-duration 30s (here 15s)"));
    }

    @Test
    void membersAlikeAreWell() {
        lease("cp1", "10.0.0.1:9644", "2026-11-23T07:59:30.000000Z", "");
        lease("cp2", "10.0.0.2:9644", "2026-11-23T07:59:30.000000Z",
                ",\"hacp.dev/vips\":\"10.0.0.10\",\"hacp.dev/port\":\"6443\"");
        assertThat(examine()).extracting(Finding::subject).containsExactly("node name", "members");
        assertThat(examine()).allMatch(finding -> finding.grade() == Grade.OK);
    }
}
