package dev.hacp.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.cli.FatJar;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.kube.ApiClient;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.kube.KubeBinaries;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The doctor on a node of a real cluster.
@RequiresRoot
class DoctorIT {

    @TempDir
    private Path folder;

    @Test
    void itSeesARealControlPlaneFromOneOfItsNodes() throws IOException {
        assumeTrue(KubeBinaries.find().isPresent(), "no kube-apiserver and etcd on this machine");
        try (Lan lan = Lan.create()) {
            Host host = lan.host("cp1");
            try (ControlPlane plane = ControlPlane.prepare(List.of(host), folder, List.of(Lan.vip4().address()))) {
                plane.start();
                plane.awaitReady(Duration.ofSeconds(60));
                ApiServer server = plane.apiServer(host);
                Path admin = plane.pki().kubeconfig(folder.resolve("admin.conf"), server.url(), plane.pki().admin());

                ApiClient client = plane.client(host, server);
                for (String node : List.of("cp1", "cp2")) {
                    String labels = "{\"node-role.kubernetes.io/control-plane\":\"\","
                            + "\"topology.kubernetes.io/zone\":\"hall-1\"}";
                    assertThat(client.post("/api/v1/nodes", "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":"
                            + "{\"name\":\"" + node + "\",\"labels\":" + labels + "}}").code()).isEqualTo(201);
                }

                JsonNode findings = doctor(host, Lan.vip4().toString(), admin);
                assertThat(grade(findings, "VIP " + Lan.vip4())).isEqualTo("ok");
                assertThat(grade(findings, "capabilities")).isEqualTo("ok");
                assertThat(grade(findings, "API server " + server.address())).isEqualTo("ok");
                assertThat(findings.toString()).contains("certificate of " + server.address().host())
                        .as("the certificate names the VIP").doesNotContain("does not name");
                assertThat(grade(findings, "permissions")).isEqualTo("ok");
                assertThat(grade(findings, "kernel")).isEqualTo("ok");
                assertThat(grade(findings, "etcd")).isEqualTo("ok");
                assertThat(grade(findings, "clock of " + server.address().host())).isEqualTo("ok");
                assertThat(grade(findings, "zones")).as("both in hall-1").isEqualTo("warning");
                assertThat(findings.toString()).contains("nobody on the LAN answers for it");
                assertThat(grade(findings, "API servers")).as("one server only").isEqualTo("warning");
                assertThat(grade(findings, "kube-scheduler")).as("none runs").isEqualTo("warning");

                Host other = lan.host("other");
                other.namespace().ip("addr", "add", Lan.vip4() + "/32", "dev", Host.INTERFACE);
                assertThat(doctor(host, Lan.vip4().toString(), admin).toString())
                        .contains(other.mac() + " answers for it on the LAN");

                Path nobody = plane.pki().kubeconfig(folder.resolve("nobody.conf"), server.url(),
                        plane.pki().client("nobody"));
                JsonNode poor = doctor(host, "10.99.99.99", nobody);
                assertThat(grade(poor, "permissions")).isEqualTo("failure");
                assertThat(poor.toString()).contains("update leases in kube-system")
                        .contains("does not name 10.99.99.99");
            }
        }
    }

    private static JsonNode doctor(Host host, String vip, Path kubeconfig) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Shell.Result result = host.attempt(java, "-jar", FatJar.JAR.toString(), "doctor", "--vip", vip,
                "--kubeconfig", kubeconfig.toString(), "-o", "json");
        assertThat(result.output()).startsWith("[");
        return new ObjectMapper().readTree(result.output());
    }

    private static String grade(JsonNode findings, String subject) {
        for (JsonNode finding : findings) {
            if (finding.path("subject").asText().equals(subject)) {
                return finding.path("grade").asText();
            }
        }
        return "no finding about " + subject + " in " + findings;
    }
}
