package dev.hacp.testbed.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot
class ControlPlaneIT {

    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    private static final String LEASE = """
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "probe"},
             "spec": {"holderIdentity": "a", "leaseDurationSeconds": %d, "renewTime": "2026-01-01T00:00:00.%s"}}
            """;

    @TempDir
    private Path folder;

    @Test
    void realServersFormOneClusterThatSurvivesTheLossOfANode() {
        Assumptions.assumeTrue(KubeBinaries.find().isPresent(), "no kube-apiserver and etcd on this machine");
        try (Lan lan = Lan.create()) {
            List<Host> hosts = lan.hosts("cp1", "cp2", "cp3");
            Host client = lan.host("client");
            try (ControlPlane plane = ControlPlane.prepare(hosts, folder, List.of())) {
                plane.start();
                behavesLikeKubernetes(plane, client);

                plane.etcd().getFirst().kill();
                plane.apiServers().getFirst().kill();
                ApiClient second = plane.client(client, plane.apiServers().get(1));
                Await.until("the others still write", Duration.ofSeconds(20),
                        () -> second.post(LEASES, LEASE.formatted(15, "000000Z").replace("probe", "after"))
                                .code() == 201);
            }
        }
    }

    @Test
    void theEmbeddedServersDoTheSame() {
        try (Lan lan = Lan.create()) {
            List<Host> hosts = lan.hosts("cp1", "cp2", "cp3");
            Host client = lan.host("client");
            try (ControlPlane plane = ControlPlane.embedded(hosts, folder, List.of())) {
                plane.start();
                behavesLikeKubernetes(plane, client);
            }
        }
    }

    private static void behavesLikeKubernetes(ControlPlane plane, Host client) {
        ApiClient first = plane.client(client, plane.apiServers().get(0));
        ApiClient second = plane.client(client, plane.apiServers().get(1));

        ApiClient.Answer created = first.post(LEASES, LEASE.formatted(15, "000000Z"));
        assertThat(created.code()).as(created.text()).isEqualTo(201);
        assertThat(first.post(LEASES, LEASE.formatted(15, "000000Z")).body().path("reason").asText())
                .isEqualTo("AlreadyExists");

        ApiClient.Answer seen = second.get(LEASES + "/probe");
        assertThat(seen.body().at("/spec/holderIdentity").asText()).isEqualTo("a");
        String renewed = seen.text().replace("\"holderIdentity\":\"a\"", "\"holderIdentity\":\"b\"");
        assertThat(second.put(LEASES + "/probe", renewed).code()).isEqualTo(200);
        assertThat(first.put(LEASES + "/probe", renewed.replace("\"b\"", "\"c\"")).code())
                .as("an update with an old resourceVersion").isEqualTo(409);

        assertThat(first.post(LEASES, LEASE.formatted(0, "000000Z").replace("probe", "short")).code()).isEqualTo(422);
        assertThat(first.post(LEASES, LEASE.formatted(15, "0Z").replace("probe", "time")).code()).isEqualTo(400);
        assertThat(first.get(LEASES + "/nobody").code()).isEqualTo(404);

        Pki pki = plane.pki();
        String url = plane.apiServers().getFirst().url();
        ApiClient nobody = new ApiClient(client, url, pki.clientContext(Optional.of(pki.client("mallory"))),
                Duration.ofSeconds(5));
        ApiClient.Answer refused = nobody.get(LEASES + "/probe");
        assertThat(refused.code()).isEqualTo(403);
        assertThat(refused.body().path("message").asText()).contains("User \"mallory\" cannot get resource \"leases\"");
        ApiClient expired = new ApiClient(client, url,
                pki.clientContext(Optional.of(pki.expiredClient("admin", "system:masters"))), Duration.ofSeconds(5));
        assertThat(expired.get(LEASES + "/probe").code()).isEqualTo(401);

        ApiServer third = plane.apiServers().get(2);
        ApiClient toThird = plane.client(client, third);
        third.kill();
        assertThat(third.isRunning()).isFalse();
        third.start();
        Await.until("it is ready again", Duration.ofSeconds(60), () -> toThird.get("/readyz").code() == 200,
                third::logTail);
        third.pause();
        ApiClient impatient = new ApiClient(client, third.url(), pki.clientContext(Optional.empty()),
                Duration.ofMillis(500));
        try {
            assertThatThrownBy(() -> impatient.get("/readyz"))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
        } finally {
            third.resume();
        }
        Await.until("it answers again", Duration.ofSeconds(20), () -> toThird.get("/readyz").code() == 200,
                third::logTail);
    }
}
