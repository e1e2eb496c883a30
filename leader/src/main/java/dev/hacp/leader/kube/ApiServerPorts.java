package dev.hacp.leader.kube;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// At which port this node's API server listens, as what kubeadm writes beside its kubeconfigs tells: `bindPort` need not be
/// 6443, and admin.conf names the port of the control plane's endpoint, which may be another one.
public final class ApiServerPorts {

    /// What kubeadm, k3s and RKE2 choose unless told otherwise.
    public static final int DEFAULT = 6443;

    private static final int LARGEST = 1 << 18;
    private static final Pattern SECURE_PORT = Pattern.compile("--secure-port=(\\d{1,5})\\b");
    private static final Pattern SERVER = Pattern
            .compile("(?m)^\\s*server:\\s*[\"']?https://(?:\\[[^\\]\\s]*\\]|[^\\s:/]+):(\\d{1,5})\\b");

    private ApiServerPorts() {}

    /// The likeliest first, the default last. Files that are not there, or say nothing, are passed over.
    public static Set<Integer> beside(Collection<Path> kubeconfigs) {
        Set<Integer> ports = new LinkedHashSet<>();
        Set<Path> folders = new LinkedHashSet<>();
        kubeconfigs.forEach(file -> Optional.ofNullable(file.toAbsolutePath().getParent()).ifPresent(folders::add));
        for (Path folder : folders) {
            // These two dial the API server of their own node.
            find(folder.resolve("manifests/kube-apiserver.yaml"), SECURE_PORT).ifPresent(ports::add);
            find(folder.resolve("controller-manager.conf"), SERVER).ifPresent(ports::add);
            find(folder.resolve("scheduler.conf"), SERVER).ifPresent(ports::add);
        }
        ports.add(DEFAULT);
        return ports;
    }

    private static Optional<Integer> find(Path file, Pattern pattern) {
        try {
            if (Files.size(file) > LARGEST) {
                return Optional.empty();
            }
            Matcher matcher = pattern.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            return matcher.find()
                    ? Optional.of(Integer.parseInt(matcher.group(1))).filter(port -> port > 0 && port < 65536)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
