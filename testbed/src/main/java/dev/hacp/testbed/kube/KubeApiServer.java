package dev.hacp.testbed.kube;

import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A real kube-apiserver with RBAC, set up as kubeadm does: wildcard address, port 6443, only its own etcd member.
public final class KubeApiServer implements ApiServer {

    private static final String AUDIT = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: Metadata
              userGroups: ["system:serviceaccounts"]
            - level: None
            """;

    private final Path program;
    private final Host host;
    private final Path certificates;
    private final Path logFile;
    private @Nullable Daemon daemon;

    KubeApiServer(Path program, Host host, Pki pki, List<InetAddress> vips, Path certificates, Path logFile) {
        this.program = program;
        this.host = host;
        this.certificates = certificates;
        this.logFile = logFile;
        pki.write(certificates, commonName(), certificate(pki, host, commonName(), vips));
        try {
            Files.writeString(auditPolicy(), AUDIT);
            Files.deleteIfExists(auditLog());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path auditPolicy() {
        return certificates.resolve("audit-policy.yaml");
    }

    /// What service accounts asked for, one JSON object a line, written before each is answered.
    public Path auditLog() {
        return logFile.resolveSibling("audit-" + host.name() + ".log");
    }

    /// The names of kubeadm's certificate: the node, the service, the VIPs as `certSANs`.
    static Pki.Credential certificate(Pki pki, Host host, String commonName, List<InetAddress> vips) {
        List<InetAddress> addresses = new ArrayList<>(List.of(host.ipv4(), host.ipv6(),
                IpAddresses.parse("10.96.0.1").orElseThrow()));
        addresses.addAll(vips);
        return pki.server(commonName, List.of("kubernetes", "kubernetes.default", "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local", "localhost", host.name()), addresses);
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public void start() {
        if (isRunning()) {
            return;
        }
        daemon = Daemon.start(host.namespace(), logFile, Map.of(),
                List.of(program.toString(), "--etcd-servers=http://127.0.0.1:2379", "--secure-port=" + PORT,
                        "--advertise-address=" + IpAddresses.text(host.ipv4()),
                        "--tls-cert-file=" + certificates.resolve(commonName() + ".crt"),
                        "--tls-private-key-file=" + certificates.resolve(commonName() + ".key"),
                        "--client-ca-file=" + certificates.resolve("ca.crt"), "--authorization-mode=Node,RBAC",
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                        "--service-account-key-file=" + certificates.resolve("sa.pub"),
                        "--service-account-signing-key-file=" + certificates.resolve("sa.key"),
                        // No controller-manager here makes the default service accounts that pods would need.
                        "--disable-admission-plugins=ServiceAccount", "--profiling=false",
                        "--audit-policy-file=" + auditPolicy(), "--audit-log-path=" + auditLog(),
                        "--audit-log-mode=blocking"));
    }

    @Override
    public void kill() {
        if (daemon != null) {
            daemon.kill();
        }
    }

    @Override
    public void terminate() {
        running().signal("TERM");
        running().awaitExit(Duration.ofSeconds(70));
    }

    /// SIGTERM without waiting for the end: its graceful shutdown begins.
    public void beginTerminate() {
        running().signal("TERM");
    }

    @Override
    public void pause() {
        running().signal("STOP");
    }

    @Override
    public void resume() {
        running().signal("CONT");
    }

    @Override
    public boolean isRunning() {
        return daemon != null && daemon.isAlive();
    }

    @Override
    public String logTail() {
        return daemon == null ? commonName() + " was never started" : daemon.logTail(30);
    }

    private Daemon running() {
        if (daemon == null || !daemon.isAlive()) {
            throw new IllegalStateException(commonName() + " does not run");
        }
        return daemon;
    }
}
