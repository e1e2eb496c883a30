package dev.hacp.testbed.kube;

import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// etcd and kube-apiserver, one of each per host.
final class RealControlPlane implements ControlPlane {

    private static final Path MEMORY = Path.of("/dev/shm");
    // Three of each start in about 13 s on two idle cores; a noisy machine takes several times that.
    private static final Duration START = Duration.ofMinutes(2);

    private final KubeBinaries binaries;
    private final Pki pki = Pki.create();
    private final List<EtcdMember> etcd;
    private final List<ApiServer> servers;
    private final Path data;

    RealControlPlane(KubeBinaries binaries, List<Host> hosts, Path folder, List<InetAddress> vips) {
        this.binaries = binaries;
        try {
            Path certificates = Files.createDirectories(folder.resolve("pki"));
            // In memory: etcd of Debian 12 (3.4) cannot be told to leave out fsync.
            data = Files.isWritable(MEMORY)
                    ? Files.createTempDirectory(MEMORY, "hacp-etcd-")
                    : Files.createTempDirectory("hacp-etcd-");
            pki.writeShared(certificates);
            etcd = hosts.stream().map(host -> new EtcdMember(binaries.etcd(), host, hosts, data.resolve(host.name()),
                    folder.resolve("etcd-" + host.name() + ".log"))).toList();
            servers = hosts.stream().<ApiServer>map(host -> new KubeApiServer(binaries.apiServer(), host, pki, vips,
                    certificates, folder.resolve("kube-apiserver-" + host.name() + ".log"))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String description() {
        return "real kube-apiserver and etcd (" + binaries.apiServer() + ", " + binaries.etcd() + ")";
    }

    @Override
    public boolean isReal() {
        return true;
    }

    @Override
    public Pki pki() {
        return pki;
    }

    @Override
    public List<ApiServer> apiServers() {
        return servers;
    }

    @Override
    public List<EtcdMember> etcd() {
        return etcd;
    }

    @Override
    public void start() {
        etcd.forEach(EtcdMember::start);
        servers.forEach(ApiServer::start);
        awaitReady(START);
    }

    @Override
    public void close() {
        servers.forEach(ApiServer::kill);
        etcd.forEach(EtcdMember::kill);
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
