package dev.hacp.testbed.agent;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// The whole main job on one LAN: three nodes `cp1` to `cp3`, each with an API server (and etcd) and an agent, and a machine
/// `client`. Like kubeadm's, every node's kubeconfig names the VIP as server.
public final class Cluster implements AutoCloseable {

    // SIGTERM promises 5 s; more only for a machine that is very busy.
    private static final Duration STOP = Duration.ofSeconds(15);

    private final HacpJar jar;
    private final Path folder;
    private final Lan lan;
    private final List<Host> nodes;
    private final Host client;
    private final ControlPlane plane;
    private final Map<Host, HacpProcess> agents = new LinkedHashMap<>();
    private List<VirtualIp> vips;

    /// Nothing runs yet; the LAN is there.
    ///
    /// @param folder    for logs, certificates and kubeconfig files
    /// @param arguments of `hacp run` beside `--vip`, `--kubeconfig` and `--node-name`
    public Cluster(Path folder, List<VirtualIp> vips, List<String> arguments) {
        this.folder = folder;
        this.vips = List.copyOf(vips);
        jar = HacpJar.require();
        lan = Lan.create();
        try {
            Files.createDirectories(folder);
            removeLogs(folder);
            nodes = lan.hosts("cp1", "cp2", "cp3");
            client = lan.host("client");
            plane = ControlPlane.prepare(nodes, folder, served());
            configure(vips, arguments);
        } catch (IOException e) {
            lan.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            lan.close();
            throw e;
        }
    }

    /// The VIPs that an API server's certificate names: the agents', and those of other products beside them.
    private static List<InetAddress> served() {
        return Stream.concat(Stream.of(Lan.vip4(), Lan.vip6()), IntStream.rangeClosed(1, 9).mapToObj(Lan::peerVip4))
                .map(VirtualIp::address).toList();
    }

    /// Those of an earlier run would be read as this one's: logs are appended to.
    private static void removeLogs(Path folder) throws IOException {
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
            for (Path log : logs) {
                Files.delete(log);
            }
        }
    }

    /// Other agents: those that run are stopped as an operator would, the new ones are not started.
    public void configure(List<VirtualIp> newVips, List<String> arguments) {
        agents.values().stream().filter(HacpProcess::isAlive).forEach(HacpProcess::beginTerminate);
        agents.values().stream().filter(HacpProcess::isAlive).forEach(agent -> agent.awaitExit(STOP));
        agents.clear();
        vips = List.copyOf(newVips);
        for (Host node : nodes) {
            Path kubeconfig = plane.pki().kubeconfig(folder.resolve(node.name() + ".conf"), vipUrl(),
                    plane.pki().admin());
            List<String> all = new ArrayList<>();
            vips.forEach(vip -> all.addAll(List.of("--vip", vip.toString())));
            all.addAll(List.of("--kubeconfig", kubeconfig.toString(), "--node-name", node.name()));
            all.addAll(arguments);
            agents.put(node, new HacpProcess(jar, node, folder.resolve("hacp-" + node.name() + ".log"), all));
        }
    }

    /// Starts API servers and agents and waits until one agent owns the VIP and clients are served.
    public void start() {
        plane.start();
        startAgents();
        awaitSettled(Duration.ofMinutes(1));
    }

    /// Starts the agents that do not run.
    public void startAgents() {
        agents.values().forEach(HacpProcess::start);
    }

    /// After whatever a test did: cables in, what died runs again, one owner, and it has all backends.
    public void repair() {
        nodes.forEach(lan::heal);
        plane.start();
        startAgents();
        Host owner = awaitSettled(Duration.ofMinutes(1));
        awaitBackends(owner, "up");
    }

    /// Waits until the agent on `node` sees every API server in the state.
    public void awaitBackends(Host node, String state) {
        Await.until("all backends are " + state + " for " + node, Duration.ofSeconds(30),
                () -> plane.apiServers().stream()
                        .allMatch(server -> agent(node).backend(server.address().toString()).equals(state)),
                this::evidence);
    }

    /// Waits until every agent hears every other one: only then can they agree that an owner is lost.
    public void awaitMembers() {
        Await.until("all members hear each other", Duration.ofSeconds(30),
                () -> agents.values().stream().allMatch(agent -> hears(agent.status()) == nodes.size() - 1),
                this::evidence);
    }

    private static long hears(JsonNode status) {
        return StreamSupport.stream(status.path("members").spliterator(), false)
                .filter(member -> member.path("reachable").asBoolean()).count();
    }

    public Lan lan() {
        return lan;
    }

    public List<Host> nodes() {
        return nodes;
    }

    public Host client() {
        return client;
    }

    public ControlPlane plane() {
        return plane;
    }

    public List<HacpProcess> agents() {
        return List.copyOf(agents.values());
    }

    public HacpProcess agent(Host node) {
        HacpProcess agent = agents.get(node);
        if (agent == null) {
            throw new IllegalArgumentException("no agent on " + node);
        }
        return agent;
    }

    /// `https://VIP:6443`
    public String vipUrl() {
        return vipUrl(vips.getFirst());
    }

    private static String vipUrl(VirtualIp vip) {
        return "https://" + (vip.isIpv6() ? "[" + vip + "]" : vip.toString()) + ":" + ApiServer.PORT;
    }

    /// Whole TLS connections from the client machine to the VIP.
    public Dialer dialer(VirtualIp vip) {
        return new Dialer(client, plane.pki(), vip.address(), ApiServer.PORT, Duration.ofSeconds(3));
    }

    /// A probe from the client machine to the first VIP.
    public Probe probe() {
        return Probe.start(client, vips.getFirst().address(), ApiServer.PORT, Probe.Kind.TLS_HELLO);
    }

    /// The node that has all VIPs, while no other node has any.
    ///
    /// @throws AssertionError naming who has what when there is no such node
    public Host holder() {
        Host holder = null;
        for (VirtualIp vip : vips) {
            List<Host> holders = lan.holders(vip);
            if (holders.size() != 1 || (holder != null && !holder.equals(holders.getFirst()))) {
                throw new AssertionError("holders of " + vip + ": " + holders);
            }
            holder = holders.getFirst();
        }
        if (holder == null) {
            throw new IllegalStateException("a cluster without a VIP");
        }
        return holder;
    }

    /// Waits until exactly one node has the VIPs, every running agent says that this is the owner, the owner says so of
    /// itself, and clients are served through each VIP.
    ///
    /// @return the owner
    public Host awaitSettled(Duration within) {
        List<Dialer> dialers = vips.stream().map(this::dialer).toList();
        Await.until("one owner, agreed on by all, no stale address, clients served", within, () -> {
            Host holder = holder();
            return agents.values().stream().filter(HacpProcess::isAlive)
                    .allMatch(agent -> agent.leader().equals(holder.name()))
                    && agent(holder).role().equals("leader") && dialers.stream().allMatch(Dialer::isServed)
                    && holder().equals(holder);
        }, this::evidence);
        return holder();
    }

    /// Who has the VIPs, what every agent says, and the ends of the logs: the end of a failed test's message.
    public String evidence() {
        StringBuilder text = new StringBuilder();
        vips.forEach(vip -> text.append("holders of ").append(vip).append(": ").append(lan.holders(vip)).append('\n'));
        agents.values().forEach(agent -> text.append(agent).append(agent.isAlive() ? "" : " (ended)").append(": ")
                .append(agent.status()).append('\n').append(agent.logTail(25)).append('\n'));
        return text.toString();
    }

    @Override
    public void close() {
        agents.values().forEach(HacpProcess::close);
        plane.close();
        lan.close();
    }
}
