package dev.hacp.testbed.image;

import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.agent.HacpJar;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.agent.Probe;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One node `cp1` with an embedded API server, which runs, and a machine `client`: enough for an agent to own the VIP
/// and to serve a client.
public final class LoneNode implements AutoCloseable {

    private static final Duration REQUEST = Duration.ofSeconds(3);

    private final Lan lan;
    private final Host host;
    private final Host client;
    private final ControlPlane plane;
    private final Path folder;

    private LoneNode(Lan lan, Path folder) {
        this.lan = lan;
        this.folder = folder;
        host = lan.host("cp1");
        client = lan.host("client");
        plane = ControlPlane.embedded(List.of(host), folder, List.of(Lan.vip4().address()));
        // As kubeadm leaves it on the first node: that name is looked for in /etc/kubernetes.
        plane.pki().kubeconfig(kubeconfig(), plane.apiServer(host).url(), plane.pki().admin());
        plane.start();
    }

    /// @param folder for logs and certificates; made when it is not there
    public static LoneNode create(Path folder) {
        Lan lan = Lan.create();
        try {
            return new LoneNode(lan, Files.createDirectories(folder));
        } catch (IOException e) {
            lan.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            lan.close();
            throw e;
        }
    }

    public Host host() {
        return host;
    }

    public Path kubeconfig() {
        return folder.resolve("super-admin.conf");
    }

    /// The arguments after the jar.
    public List<String> run() {
        return List.of("run", "--vip", Lan.vip4().toString(), "--kubeconfig", kubeconfig().toString(), "--node-name",
                host.name(), "--control-socket", HacpProcess.controlSocket(host).toString());
    }

    /// The agent by a whole command line, not started.
    public HacpProcess agent(String log, List<String> command) throws IOException {
        Path file = folder.resolve(log);
        Files.deleteIfExists(file);
        return new HacpProcess(HacpJar.clean(command), host, file);
    }

    /// Whole TLS connections from the client to the VIP.
    public Dialer dialer() {
        return new Dialer(client, plane.pki(), Lan.vip4().address(), ApiServer.PORT, REQUEST);
    }

    /// A probe from the client to the VIP.
    public Probe probe() {
        return Probe.start(client, Lan.vip4().address(), ApiServer.PORT, Probe.Kind.TLS_HELLO);
    }

    @Override
    public void close() {
        plane.close();
        lan.close();
    }
}
