package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiServerPortsTest {

    @TempDir
    Path folder;

    private List<Integer> ports() {
        return List.copyOf(
                ApiServerPorts.beside(List.of(folder.resolve("super-admin.conf"), folder.resolve("admin.conf"))));
    }

    @Test
    void withoutAnyFileItIsTheDefault() {
        assertThat(ports()).containsExactly(6443);
    }

    @Test
    void kubeadmsBindPortIsInTheManifestOfTheApiServer() throws IOException {
        Files.createDirectory(folder.resolve("manifests"));
        Files.writeString(folder.resolve("manifests/kube-apiserver.yaml"), """
                spec:
                  containers:
                  - command:
                    - kube-apiserver
                    - --advertise-address=10.79.0.11
                    - --secure-port=7443
                """);
        assertThat(ports()).containsExactly(7443, 6443);
    }

    @Test
    void orInWhatTheControllerManagerDials() throws IOException {
        Files.writeString(folder.resolve("controller-manager.conf"),
                "clusters:\n- cluster:\n    server: https://10.79.0.11:8443\n  name: kubernetes\n");
        Files.writeString(folder.resolve("scheduler.conf"),
                "clusters:\n- cluster:\n    server: \"https://[fd00::11]:9443\"\n");
        assertThat(ports()).containsExactly(8443, 9443, 6443);
    }

    @Test
    void whatMakesNoSenseIsPassedOver() throws IOException {
        Files.createDirectories(folder.resolve("manifests/kube-apiserver.yaml"));
        Files.writeString(folder.resolve("controller-manager.conf"), "server: https://cp:99999\n");
        Files.writeString(folder.resolve("scheduler.conf"), "server: https://cp\n");
        assertThat(ports()).containsExactly(6443);
    }
}
