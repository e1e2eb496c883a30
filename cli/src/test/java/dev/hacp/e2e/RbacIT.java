package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.cli.Invocation;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.HacpJar;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.kube.ApiClient;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.kube.KubeApiServer;
import dev.hacp.testbed.kube.KubeBinaries;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Two agents with the DaemonSet's service account and the rights of `hacp manifest rbac`; the API server's audit log tells
/// what they asked for.
@RequiresRoot
class RbacIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = Path.of("target", "e2e", "RbacIT").toAbsolutePath();
    private static final String VIP = Lan.vip4().toString();

    private final String manifest = Invocation.of("manifest", "rbac").out();

    @Test
    void everyVerbThatIsGrantedIsUsedAndNothingElseIsAskedFor() throws IOException {
        assumeThat(KubeBinaries.find()).as("kube-apiserver and etcd").isPresent();
        assumeThat(KubeBinaries.kubectl()).as("kubectl").isPresent();
        Files.createDirectories(FOLDER);
        try (Lan lan = Lan.create()) {
            Host first = lan.host("cp1");
            Host second = lan.host("cp2");
            try (ControlPlane plane = ControlPlane.prepare(List.of(first), FOLDER, List.of(Lan.vip4().address()))) {
                plane.start();
                Path kubeconfig = grant(plane, first);
                try (HacpProcess one = agent(first, kubeconfig); HacpProcess two = agent(second, kubeconfig)) {
                    live(one, two);
                }
                List<JsonNode> asked = audited((KubeApiServer) plane.apiServer(first));
                assertThat(asked).isNotEmpty();
                assertThat(asked.stream().filter(event -> event.path("responseStatus").path("code").asInt() == 403)
                        .map(event -> event.path("verb").asText() + " " + event.path("requestURI").asText()))
                        .as("refused").isEmpty();
                assertThat(used(asked)).isEqualTo(granted());
            }
        }
    }

    /// Everything that agents do in their lives.
    private static void live(HacpProcess one, HacpProcess two) throws IOException {
        one.start();
        awaitOwner(one);
        two.start();
        Await.until("the second follows the first", PATIENCE, () -> two.leader().equals("cp1")
                && two.page("/readyz").startsWith("ok"), () -> two.logTail(30));
        // The same thing twice: an Event, then a series of it.
        for (int times = 1; times <= 2; times++) {
            int expected = times;
            one.host().namespace().ip("addr", "del", VIP + "/32", "dev", Host.INTERFACE);
            Await.until("the address is repaired", PATIENCE, () -> one.host().holds(Lan.vip4().address())
                    && repairs(one) == expected, () -> one.logTail(30));
        }
        assertThat(one.terminate(PATIENCE)).isZero();
        awaitOwner(two);
        assertThat(two.terminate(PATIENCE)).isZero();
    }

    private static long repairs(HacpProcess agent) {
        return agent.log().lines().filter(line -> line.contains("the VIP was removed from outside")).count();
    }

    private static void awaitOwner(HacpProcess agent) {
        Await.until(agent + " owns the VIP", PATIENCE, () -> agent.role().equals("leader")
                && agent.host().holds(Lan.vip4().address()), () -> agent.logTail(30));
    }

    /// Applies the manifest as administrator; a kubeconfig with a token of its service account.
    private Path grant(ControlPlane plane, Host host) throws IOException {
        Path admin = plane.pki().kubeconfig(FOLDER.resolve("admin.conf"), plane.apiServer(host).url(),
                plane.pki().admin());
        Path file = Files.writeString(FOLDER.resolve("rbac.yaml"), manifest);
        host.run(KubeBinaries.kubectl().orElseThrow().toString(), "--kubeconfig=" + admin, "apply", "-f",
                file.toString());
        ApiClient.Answer token = plane.client(host, plane.apiServer(host)).post(
                "/api/v1/namespaces/kube-system/serviceaccounts/hacp/token",
                "{\"apiVersion\": \"authentication.k8s.io/v1\", \"kind\": \"TokenRequest\", \"spec\": {}}");
        assertThat(token.code()).as(token.text()).isEqualTo(201);
        return Files.writeString(FOLDER.resolve("token.conf"), """
                apiVersion: v1
                kind: Config
                clusters:
                - name: kubernetes
                  cluster:
                    certificate-authority-data: %s
                    server: %s
                users:
                - name: hacp
                  user:
                    token: %s
                contexts:
                - name: default
                  context:
                    cluster: kubernetes
                    user: hacp
                current-context: default
                """.formatted(Base64.getEncoder().encodeToString(plane.pki().caPem().getBytes(StandardCharsets.UTF_8)),
                plane.apiServer(host).url(), token.body().path("status").path("token").asText()));
    }

    private static HacpProcess agent(Host host, Path kubeconfig) throws IOException {
        Path log = FOLDER.resolve("hacp-" + host.name() + ".log");
        Files.deleteIfExists(log);
        return new HacpProcess(HacpJar.require(), host, log,
                List.of("--vip", VIP, "--kubeconfig", kubeconfig.toString(), "--node-name", host.name()));
    }

    private static List<JsonNode> audited(KubeApiServer server) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : Files.readAllLines(server.auditLog())) {
            JsonNode event = JSON.readTree(line);
            if (event.path("user").path("username").asText().equals("system:serviceaccount:kube-system:hacp")) {
                events.add(event);
            }
        }
        return events;
    }

    /// As `verb group/resource namespace`, without what every authenticated user may do anyhow.
    private static Set<String> used(List<JsonNode> events) {
        Set<String> used = new TreeSet<>();
        for (JsonNode event : events) {
            JsonNode object = event.path("objectRef");
            String resource = object.path("resource").asText();
            if (!object.isMissingNode() && !resource.equals("selfsubjectaccessreviews")) {
                used.add(event.path("verb").asText() + " " + object.path("apiGroup").asText() + "/" + resource + " "
                        + object.path("namespace").asText());
            } else if (object.isMissingNode()) {
                assertThat(event.path("requestURI").asText()).isIn("/readyz", "/version");
            }
        }
        return used;
    }

    @SuppressWarnings("unchecked")
    private Set<String> granted() {
        Set<String> granted = new TreeSet<>();
        for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(manifest)) {
            Map<String, Object> object = (Map<String, Object>) document;
            String namespace = String.valueOf(((Map<String, Object>) object.get("metadata")).get("namespace"));
            for (Map<String, List<String>> rule : (List<Map<String, List<String>>>) object.getOrDefault("rules",
                    List.of())) {
                for (String verb : rule.getOrDefault("verbs", List.of())) {
                    granted.add(verb + " " + rule.getOrDefault("apiGroups", List.of()).getFirst() + "/"
                            + rule.getOrDefault("resources", List.of()).getFirst() + " " + namespace);
                }
            }
        }
        return granted;
    }
}
