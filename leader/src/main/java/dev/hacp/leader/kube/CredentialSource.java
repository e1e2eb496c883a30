package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Where a credential comes from.
public sealed interface CredentialSource {

    /// What kubeadm writes; super-admin.conf is the only one with any power early in the first `kubeadm init`.
    List<Path> DEFAULT_KUBECONFIGS = List.of(Path.of("/etc/kubernetes/super-admin.conf"),
            Path.of("/etc/kubernetes/admin.conf"));

    Path SERVICE_ACCOUNT_DIRECTORY = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    /// A kubeconfig file, its current context.
    record Kubeconfig(Path file) implements CredentialSource {
        @Override
        public String toString() {
            return file.toString();
        }
    }

    /// The token and the CA that Kubernetes mounts into a pod.
    ///
    /// @param server the service `kubernetes`, `KUBERNETES_SERVICE_HOST:KUBERNETES_SERVICE_PORT`
    record ServiceAccount(Path directory, HostPort server) implements CredentialSource {
        @Override
        public String toString() {
            return "service account " + directory;
        }
    }

    /// The sources in the order they are tried.
    ///
    /// @param kubeconfigs what the configuration names; empty means the defaults and then the pod's service account
    /// @param environment of this process, for `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`
    static List<CredentialSource> of(List<Path> kubeconfigs, Map<String, String> environment) {
        List<CredentialSource> sources = new ArrayList<>();
        for (Path file : kubeconfigs.isEmpty() ? DEFAULT_KUBECONFIGS : kubeconfigs) {
            sources.add(new Kubeconfig(file));
        }
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        if (kubeconfigs.isEmpty() && !host.isEmpty()) {
            String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
            sources.add(new ServiceAccount(SERVICE_ACCOUNT_DIRECTORY, new HostPort(host, Integer.parseInt(port))));
        }
        return sources;
    }
}
