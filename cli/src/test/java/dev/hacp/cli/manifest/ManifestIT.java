package dev.hacp.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.kube.KubeBinaries;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real API server judges the manifests.
@RequiresRoot
class ManifestIT {

    @TempDir
    private Path folder;

    @Test
    void theRealApiServerAcceptsEveryManifest() throws IOException {
        assumeTrue(KubeBinaries.find().isPresent(), "no kube-apiserver and etcd on this machine");
        assumeTrue(KubeBinaries.kubectl().isPresent(), "no kubectl on this machine");
        String kubectl = KubeBinaries.kubectl().orElseThrow().toString();
        try (Lan lan = Lan.create()) {
            Host host = lan.host("cp1");
            try (ControlPlane plane = ControlPlane.prepare(List.of(host), folder, List.of())) {
                plane.start();
                plane.awaitReady(Duration.ofSeconds(60));
                Path kubeconfig = plane.pki().kubeconfig(folder.resolve("admin.conf"),
                        plane.apiServer(host).url(), plane.pki().admin());
                Path namespace = Files.writeString(folder.resolve("namespace.yaml"),
                        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: hacp-system\n");
                String kube = "--kubeconfig=" + kubeconfig;
                assertThat(host.attempt(kubectl, kube, "apply", "-f", namespace.toString()).exitCode()).isZero();
                for (String name : List.of("pod.yaml", "pod-full.yaml", "daemonset.yaml", "daemonset-full.yaml",
                        "rbac.yaml", "balance-pod.yaml")) {
                    Path manifest = Path.of("src/test/resources/golden/manifest", name).toAbsolutePath();
                    Shell.Result result = host.attempt(kubectl, kube, "apply", "--dry-run=server", "--validate=strict",
                            "-f", manifest.toString());
                    assertThat(result.exitCode()).as("%s: %s", name, result.output()).isZero();
                    assertThat(result.output()).as(name).contains("(server dry run)").doesNotContain("Warning");
                }
            }
        }
    }
}
