package dev.hacp.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.cli.doctor.ApiProbe.Answer;
import dev.hacp.cli.doctor.Finding.Grade;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

class ControlPlaneCheckTest {

    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");
    private static final List<HostPort> SERVERS = List.of(new HostPort("10.0.0.1", 6443),
            new HostPort("10.0.0.2", 6443), new HostPort("10.0.0.3", 6443));

    /// A healthy control plane; each test spoils one thing.
    private final Map<HostPort, Answer> readyz = new HashMap<>();
    private String slices = """
            {"items":[{"ports":[{"port":6443}],"endpoints":[{"addresses":["10.0.0.1"]},{"addresses":["10.0.0.2"]},
             {"addresses":["10.0.0.3"]}]}]}""";
    private String renewTime = "2026-11-23T07:59:58.000000Z";
    private String deniedVerb = "";
    private String vip = "10.0.0.10";
    private String certificateName = "10.0.0.10";
    private String nodes = node("a") + "," + node("b") + "," + node("c");
    private Duration certificateLife = Duration.ofDays(365);

    private static String node(String zone) {
        return "{\"metadata\":{\"labels\":{\"topology.kubernetes.io/zone\":\"" + zone + "\"}}}";
    }

    private Answer ask(HostPort server, String path, Optional<String> json) throws IOException {
        if (path.startsWith("/readyz")) {
            Answer given = readyz.get(server);
            if (given != null && given.code() == 0) {
                throw new ConnectException("Connection refused");
            }
            return given != null ? given : ready(200, "[+]ping ok\n[+]etcd ok\nreadyz check passed\n", NOW);
        }
        if (path.startsWith("/api/v1/nodes")) {
            return nodes.isEmpty() ? ready(403, "{}", NOW) : ready(200, "{\"items\":[" + nodes + "]}", NOW);
        }
        if (path.contains("/endpointslices")) {
            return ready(200, slices, NOW);
        }
        if (path.contains("/leases/")) {
            return ready(200, "{\"spec\":{\"holderIdentity\":\"cp1_abc\",\"leaseDurationSeconds\":15,\"renewTime\":\""
                    + renewTime + "\"}}", NOW);
        }
        assertThat(json).isPresent();
        boolean denied = !deniedVerb.isEmpty() && json.get().contains("\"verb\":\"" + deniedVerb + "\"");
        return ready(201, "{\"status\":{\"allowed\":" + !denied + "}}", NOW);
    }

    private Answer ready(int code, String body, Instant date) {
        X509Certificate certificate = mock();
        when(certificate.getNotAfter()).thenReturn(Date.from(NOW.plus(certificateLife)));
        when(certificate.getIssuerX500Principal()).thenReturn(new X500Principal("CN=kubernetes"));
        try {
            when(certificate.getSubjectAlternativeNames()).thenReturn(List.of(List.of(7, certificateName)));
        } catch (CertificateParsingException e) {
            throw new IllegalStateException(e);
        }
        return new Answer(code, body, Optional.of(date), Optional.of(certificate));
    }

    private List<Finding> examine() {
        AgentConfig config = ConfigReader.agent(
                new ConfigReader.Flags(Map.of(Options.VIP, List.of(vip)), Optional.empty(), List.of()),
                new Surroundings(Map.of(), "cp1"));
        List<Finding> findings = new ArrayList<>();
        ControlPlaneCheck.examine(config, List.of(SERVERS.getFirst()), this::ask, Clock.fixed(NOW, ZoneOffset.UTC),
                findings::add);
        return findings;
    }

    private List<Finding> trouble() {
        List<Finding> trouble = examine().stream().filter(finding -> finding.grade() != Grade.OK).toList();
        assertThat(trouble).isNotEmpty().allMatch(finding -> !finding.remedy().isEmpty())
                .allMatch(finding -> !finding.why().isEmpty());
        return trouble;
    }

    @Test
    void aHealthyControlPlaneHasNoTrouble() {
        assertThat(examine()).allMatch(finding -> finding.grade() == Grade.OK).extracting(Finding::subject)
                .contains("API servers", "zones", "API server 10.0.0.3:6443", "clock of 10.0.0.1",
                        "certificate of 10.0.0.2", "etcd", "kube-scheduler", "kube-controller-manager", "permissions");
    }

    @Test
    void aServerThatIsGoneIsAFailure() {
        readyz.put(SERVERS.get(1), new Answer(0, "", Optional.empty(), Optional.empty()));
        assertThat(trouble()).singleElement().returns(Grade.FAILURE, Finding::grade)
                .returns("API server 10.0.0.2:6443", Finding::subject)
                .returns("does not answer: Connection refused", Finding::text);
    }

    @Test
    void failingChecksAreNamed() {
        readyz.put(SERVERS.get(2),
                ready(500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n", NOW));
        assertThat(trouble()).hasSize(2)
                .anyMatch(finding -> finding.text().equals("not ready: [etcd]") && finding.remedy().contains("etcdctl"))
                .anyMatch(finding -> finding.subject().equals("etcd")
                        && finding.text().equals("not reached by the API servers [10.0.0.3:6443]"));
    }

    @Test
    void aClockThatIsAwayIsAWarning() {
        readyz.put(SERVERS.get(0), ready(200, "", NOW.plusSeconds(60)));
        assertThat(trouble()).singleElement().returns("60s away from this node's", Finding::text);
        readyz.put(SERVERS.get(0), ready(200, "", NOW.minusSeconds(2)));
        assertThat(examine()).as("the header counts whole seconds").allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aCertificateThatEndsSoonOrDoesNotNameTheVipIsTold() {
        certificateLife = Duration.ofDays(3);
        certificateName = "10.0.0.1";
        assertThat(trouble()).hasSize(6).allMatch(finding -> finding.grade() == Grade.FAILURE)
                .anyMatch(finding -> finding.text().startsWith("3 days left, issued by CN=kubernetes"))
                .anyMatch(finding -> finding.text().startsWith("does not name 10.0.0.10"));
    }

    @Test
    void anAddressThatAnApiServerAdvertisesIsNoVip() {
        vip = "10.0.0.2";
        certificateName = vip;
        assertThat(trouble()).singleElement().returns("VIP 10.0.0.2", Finding::subject)
                .returns(Grade.FAILURE, Finding::grade).returns("is the address of an API server", Finding::text);
    }

    @Test
    void aStaleLeaseMeansThatNobodyLeads() {
        renewTime = "2026-11-23T07:00:00.000000Z";
        assertThat(trouble()).hasSize(2)
                .allMatch(finding -> finding.text().equals("nobody leads: last cp1, 3600s ago"));
    }

    @Test
    void aMissingVerbIsNamed() {
        deniedVerb = "update";
        assertThat(trouble()).singleElement().returns("missing: update leases in kube-system", Finding::text);
    }

    @Test
    void twoServersAreNoRedundancy() {
        slices = slices.replace(",\n {\"addresses\":[\"10.0.0.3\"]}", "");
        assertThat(trouble()).singleElement().returns("API servers", Finding::subject);
    }

    @Test
    void aZoneWithTheMajorityIsAWarning() {
        nodes = node("a") + "," + node("a") + "," + node("c");
        assertThat(trouble()).singleElement().returns("zones", Finding::subject)
                .matches(finding -> finding.text().endsWith("{a=2, c=1}"));
        nodes = node("a") + "," + node("a") + "," + node("a");
        assertThat(trouble()).singleElement().returns("all control-plane nodes are in a", Finding::text);
        nodes = "";
        assertThat(examine()).as("not allowed to list them").allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aWildcardNameCoversTheVipsName() {
        certificateName = "*.example.org";
        assertThat(trouble()).hasSize(3).allMatch(finding -> finding.text().equals("does not name 10.0.0.10"));
        vip = "api.example.org";
        assertThat(examine()).allMatch(finding -> finding.grade() == Grade.OK);
    }
}
