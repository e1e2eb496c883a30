package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import dev.hacp.leader.pki.TestAuthority;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// A real etcd and a real kube-apiserver on 127.0.0.1, with RBAC, for tests of this package. Its certificate names
/// `kubernetes` and not 127.0.0.1, as kubeadm's does.
final class LoopbackCluster implements AutoCloseable {

    private static final Path ETCD = Path.of("/usr/bin/etcd");

    private final Path directory;
    private final TestAuthority authority = new TestAuthority("kubernetes");
    private final int etcdPort = freePort();
    private final List<Process> processes = new ArrayList<>();
    private final HostPort server = new HostPort("127.0.0.1", freePort());
    private Process apiServer;
    private final ApiServers admin;

    LoopbackCluster() throws IOException {
        directory = Files.createTempDirectory("hacp-loopback-cluster");
        write("ca.crt", authority.certificatePem());
        TestAuthority.Issued serving = authority.server("kubernetes", "kubernetes.default.svc", "10.96.0.1");
        write("server.crt", serving.certificatePem());
        write("server.key", serving.keyPem());
        TestAuthority.Issued accounts = authority.client("RSA", "accounts", "", Duration.ofDays(1));
        write("sa.key", accounts.keyPem());
        write("sa.crt", accounts.certificatePem());
        write("tokens.csv", "token-of-robot,robot,1\n");
        String etcd = "http://127.0.0.1:" + etcdPort;
        start(ETCD.toString(), "--data-dir", directory.resolve("etcd").toString(), "--listen-client-urls", etcd,
                "--advertise-client-urls", etcd, "--listen-peer-urls", "http://127.0.0.1:" + freePort(),
                "--unsafe-no-fsync");
        startApiServer();
        admin = servers(adminKubeconfig());
        Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200)).until(this::ready);
    }

    /// Where the API server's binary is, by the convention of envtest or in the cache of `bin/test`.
    static Optional<Path> binary() {
        List<Path> places = new ArrayList<>();
        String assets = System.getenv("KUBEBUILDER_ASSETS");
        if (assets != null) {
            places.add(Path.of(assets, "kube-apiserver"));
        }
        Path cache = Path.of(System.getProperty("user.home"), ".cache", "hacp", "kube");
        try (Stream<Path> versions = Files.isDirectory(cache) ? Files.list(cache) : Stream.empty()) {
            versions.sorted(Comparator.reverseOrder()).forEach(v -> places.add(v.resolve("kube-apiserver")));
        } catch (IOException e) {
            return Optional.empty();
        }
        return Files.isExecutable(ETCD) ? places.stream().filter(Files::isExecutable).findFirst() : Optional.empty();
    }

    void startApiServer() throws IOException {
        apiServer = start(binary().orElseThrow().toString(), "--etcd-servers=http://127.0.0.1:" + etcdPort,
                "--bind-address=127.0.0.1", "--secure-port=" + server.port(), "--cert-dir=" + directory,
                "--advertise-address=192.0.2.1", "--tls-cert-file=" + directory.resolve("server.crt"),
                "--tls-private-key-file=" + directory.resolve("server.key"),
                "--client-ca-file=" + directory.resolve("ca.crt"),
                "--token-auth-file=" + directory.resolve("tokens.csv"), "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + directory.resolve("sa.crt"),
                "--service-account-signing-key-file=" + directory.resolve("sa.key"),
                "--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount");
    }

    void killApiServer() {
        apiServer.destroyForcibly().onExit().join();
    }

    HostPort server() {
        return server;
    }

    /// Of etcd, for its JSON gateway.
    int etcdPort() {
        return etcdPort;
    }

    TestAuthority authority() {
        return authority;
    }

    Path directory() {
        return directory;
    }

    Path adminKubeconfig() {
        return kubeconfig("admin.conf", "EC", "admin", "system:masters");
    }

    Path kubeconfig(String file, String algorithm, String user, String group) {
        return Kubeconfigs.write(directory.resolve(file), "https://" + server, authority,
                authority.client(algorithm, user, group, Duration.ofDays(1)));
    }

    ApiServers servers(Path... kubeconfigs) {
        return servers(List.of(server), kubeconfigs);
    }

    ApiServers servers(List<HostPort> own, Path... kubeconfigs) {
        return new ApiServers(new Credentials(CredentialSource.of(List.of(kubeconfigs), java.util.Map.of())), own,
                List.of(), ApiTiming.DEFAULT, Ticker.system());
    }

    interface Work<T> {
        T with(KubernetesClient client);
    }

    <T> T asAdmin(Work<T> work) {
        try {
            return admin.call(ApiRequest.read("do", "anything", ""), (client, at) -> work.with(client));
        } catch (ApiException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean ready() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(server.host(), server.port()), 1000);
        } catch (IOException e) {
            return false;
        }
        try {
            // Ready means, among others, that the default roles exist.
            return admin.call(ApiRequest.read("get", "/readyz", ""),
                    (client, at) -> "ok".equals(client.raw("/readyz"))
                            && client.namespaces().withName("kube-system").get() != null);
        } catch (ApiException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory.resolve("log." + processes.size()).toFile()).start();
        processes.add(process);
        return process;
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        admin.close();
        for (Process process : processes) {
            process.destroyForcibly();
        }
        for (Process process : processes) {
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
