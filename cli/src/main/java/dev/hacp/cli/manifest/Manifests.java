package dev.hacp.cli.manifest;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.BalanceConfig;
import dev.hacp.core.HostPort;
import dev.hacp.core.VipTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The manifests. Arguments are those of `run` or `balance`, in the form `--key=value`.
public final class Manifests {

    /// The limit alone is enough: CAP_SYS_NICE would allow more.
    private static final String REAL_TIME = """
            # Optional: real-time scheduling of the thread that probes the other members.
            LimitRTPRIO=10
            """;

    private static final Path KUBERNETES = Path.of("/etc/kubernetes");

    private Manifests() {}

    /// A static pod for control-plane nodes.
    public static String pod(AgentConfig config, List<String> arguments, String image, String version) {
        List<Path> folders = credentialFolders(config.cluster());
        return Template.fill("pod.yaml",
                Map.of("version", version, "image", quoted(image), "args", arguments(arguments, 4), "probes",
                        probes(config.admin().listen(), 4), "mounts",
                        mounts(folders, 4) + controlMount(config.admin(), 4), "volumes",
                        volumes(folders, 2) + controlVolume(config.admin(), 2)));
    }

    /// The same for worker nodes: the balancer alone.
    public static String balancePod(BalanceConfig config, List<String> arguments, String image, String version) {
        return Template.fill("balance-pod.yaml",
                Map.of("version", version, "image", quoted(image), "args", arguments(arguments, 4), "probes",
                        probes(config.admin().listen(), 4), "mounts",
                        headed("    volumeMounts:\n", controlMount(config.admin(), 4)), "volumes",
                        headed("  volumes:\n", controlVolume(config.admin(), 2))));
    }

    public static String daemonSet(AgentConfig config, List<String> arguments, String image, String version) {
        List<Path> folders = config.cluster().inCluster() ? List.of() : allFolders(config.cluster());
        return Template.fill("daemonset.yaml",
                Map.of("version", version, "image", quoted(image), "namespace", config.lease().namespace(),
                        "args", arguments(arguments, 8), "probes", probes(config.admin().listen(), 8), "mounts",
                        mounts(folders, 8) + controlMount(config.admin(), 8), "volumes",
                        volumes(folders, 6) + controlVolume(config.admin(), 6)));
    }

    /// The service account of the DaemonSet, in the Lease's namespace.
    public static String rbac(String namespace) {
        return Template.fill("rbac.yaml", Map.of("namespace", namespace));
    }

    /// A hardened unit.
    ///
    /// @param java the Java that runs it
    /// @param jar  the fat jar on that host
    public static String systemd(List<String> arguments, Path java, Path jar, String version) {
        return systemd(arguments, java, javaOptions(), jar, version);
    }

    /// The same with other options of the JVM.
    public static String systemd(List<String> arguments, Path java, List<String> options, Path jar, String version) {
        return Template.fill("systemd.service",
                Map.of("version", version, "command", command(java, options, jar, "run", arguments), "capabilities",
                        "CAP_NET_ADMIN CAP_NET_RAW CAP_BPF", "families",
                        "AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET", "calls", " bpf", "runtime", "hacp", "realtime",
                        "no", "limits", REAL_TIME));
    }

    /// A hardened unit of the balancer alone.
    public static String balanceSystemd(List<String> arguments, Path java, Path jar, String version) {
        return Template.fill("systemd.service",
                Map.of("version", version, "command", command(java, javaOptions(), jar, "balance", arguments),
                        "capabilities",
                        "CAP_NET_BIND_SERVICE", "families", "AF_UNIX AF_INET AF_INET6", "calls", "", "runtime",
                        "hacp-balance", "realtime", "yes", "limits", ""));
    }

    /// The part of a kubeadm ClusterConfiguration that concerns the VIP.
    public static String kubeadm(AgentConfig config) {
        List<VipTarget> vips = config.address().vips();
        // kubeadm takes one endpoint; a name covers a dual-stack pair, else the first address is it.
        VipTarget first = vips.stream().filter(vip -> vip.literal().isEmpty()).findFirst().orElse(vips.getFirst());
        return Template.fill("kubeadm.yaml",
                Map.of("endpoint", new HostPort(first.text(), config.address().port()).toString(), "sans",
                        vips.stream().map(vip -> "  - \"" + vip + "\"\n").collect(Collectors.joining())));
    }

    /// What the JVM is told wherever hacp is installed; the image adds where its own things are.
    public static List<String> javaOptions() {
        return Template.fill("java.options", Map.of()).lines().toList();
    }

    private static String command(Path java, List<String> options, Path jar, String command,
            List<String> arguments) {
        // systemd.service(5): $ is a variable, also between quotes, but not in the path of the program.
        StringBuilder line = new StringBuilder(unitWord(java.toString()));
        options.forEach(option -> line.append(' ').append(unitWord(option.replace("$", "$$"))));
        line.append(" -jar ").append(unitWord(jar.toString().replace("$", "$$"))).append(' ').append(command);
        arguments.forEach(argument -> line.append(" \\\n    ").append(unitWord(argument.replace("$", "$$"))));
        return line.toString();
    }

    /// One word of a command line in a unit, quoted when it has to be; % is a specifier there.
    private static String unitWord(String word) {
        String escaped = word.replace("\\", "\\\\").replace("%", "%%");
        return escaped.matches("[\\w.:/,=@%+\\[\\]-]+") ? escaped : '"' + escaped.replace("\"", "\\\"") + '"';
    }

    private static String arguments(List<String> arguments, int indent) {
        return arguments.stream().map(argument -> " ".repeat(indent) + "- " + quoted(argument) + "\n")
                .collect(Collectors.joining());
    }

    /// YAML double-quoted when it has to be.
    private static String quoted(String text) {
        boolean plain = text.matches("[A-Za-z0-9/-][\\w./=@-]*(:[\\w./=@-]+)*");
        return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String probes(Optional<HostPort> admin, int indent) {
        if (admin.isEmpty()) {
            return "";
        }
        String host = switch (admin.get().host()) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "::1";
            case String named -> named;
        };
        return """
                startupProbe:
                  httpGet: {host: "%1$s", port: %2$d, path: /healthz}
                  periodSeconds: 1
                  failureThreshold: 60
                livenessProbe:
                  httpGet: {host: "%1$s", port: %2$d, path: /healthz}
                  periodSeconds: 10
                  timeoutSeconds: 5
                  failureThreshold: 6
                readinessProbe:
                  httpGet: {host: "%1$s", port: %2$d, path: /readyz}
                  periodSeconds: 2
                  timeoutSeconds: 2
                """.formatted(host, admin.get().port()).indent(indent);
    }

    /// The root file system is read-only.
    private static Optional<Path> controlFolder(AgentConfig.Admin admin) {
        return admin.controlSocket().map(Path::toAbsolutePath).map(Path::getParent)
                .filter(folder -> folder != null && folder.getNameCount() > 0);
    }

    private static String controlMount(AgentConfig.Admin admin, int indent) {
        return controlFolder(admin).map(folder -> """
                - name: control
                  mountPath: %s
                """.formatted(quoted(folder.toString())).indent(indent)).orElse("");
    }

    private static String controlVolume(AgentConfig.Admin admin, int indent) {
        return controlFolder(admin).map(folder -> """
                # The socket of 'hacp handover', 'hacp connections' and 'hacp backend', for kubectl exec.
                - name: control
                  emptyDir:
                    medium: Memory
                    sizeLimit: 1Mi
                """.indent(indent)).orElse("");
    }

    private static String headed(String heading, String lines) {
        return lines.isEmpty() ? "" : heading + lines;
    }

    private static List<Path> credentialFolders(AgentConfig.Cluster cluster) {
        return allFolders(cluster).stream().filter(folder -> !folder.startsWith(KUBERNETES)).toList();
    }

    private static List<Path> allFolders(AgentConfig.Cluster cluster) {
        return cluster.kubeconfigs().stream().map(file -> file.toAbsolutePath().getParent())
                .filter(folder -> folder != null && folder.getNameCount() > 0).distinct().toList();
    }

    private static String mounts(List<Path> folders, int indent) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < folders.size(); i++) {
            text.append("""
                    - name: credentials-%d
                      mountPath: %s
                      readOnly: true
                    """.formatted(i + 1, quoted(folders.get(i).toString())));
        }
        return text.toString().indent(indent);
    }

    private static String volumes(List<Path> folders, int indent) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < folders.size(); i++) {
            text.append("""
                    - name: credentials-%d
                      hostPath:
                        path: %s
                        type: DirectoryOrCreate
                    """.formatted(i + 1, quoted(folders.get(i).toString())));
        }
        return text.toString().indent(indent);
    }
}
