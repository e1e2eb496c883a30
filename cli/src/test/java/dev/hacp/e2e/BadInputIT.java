package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.agent.HacpJar;
import dev.hacp.testbed.agent.HacpProcess;
import dev.hacp.testbed.kube.ApiServer;
import dev.hacp.testbed.kube.ControlPlane;
import dev.hacp.testbed.kube.Pki;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What an operator gets wrong: the agent ends, or waits where that can be put right while it runs, with one sentence that
/// names the remedy, and never with a stack trace.
@RequiresRoot(programs = {"setpriv", "unshare"})
class BadInputIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path FOLDER = Path.of("target", "e2e", "BadInputIT").toAbsolutePath();

    private static final List<String> WITHOUT_BPF = List.of("setpriv", "--bounding-set", "-bpf,-sys_admin");

    private static Lan lan;
    private static Host node;
    private static ControlPlane plane;

    private Path log;

    @BeforeAll
    static void build() throws Exception {
        Files.createDirectories(FOLDER);
        lan = Lan.create();
        node = lan.host("cp1");
        plane = ControlPlane.prepare(List.of(node), FOLDER, List.of(Lan.vip4().address()));
        plane.start();
    }

    @AfterAll
    static void remove() {
        if (plane != null) {
            plane.close();
        }
        if (lan != null) {
            lan.close();
        }
    }

    @BeforeEach
    void nameTheLog(TestInfo test) throws Exception {
        log = FOLDER.resolve(test.getTestMethod().orElseThrow().getName() + ".log");
        Files.deleteIfExists(log);
    }

    private static Path kubeconfig(String name, Pki.Credential credential) {
        return plane.pki().kubeconfig(FOLDER.resolve(name + ".conf"),
                plane.apiServer(node).url(), credential);
    }

    private static Path admin() {
        return kubeconfig("admin", plane.pki().admin());
    }

    private static List<String> run(String vip, Path kubeconfig, String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "--vip", vip, "--kubeconfig", kubeconfig.toString(),
                "--node-name", node.name()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    /// @param wrapper a command that runs the rest
    private void endsWith(int code, String sentence, List<String> wrapper, List<String> arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(HacpJar.require().command(arguments));
        try (Daemon agent = Daemon.start(node.namespace(), log, Map.of(), command)) {
            assertThat(agent.awaitExit(PATIENCE)).as(agent.log()).isEqualTo(code);
            saysOnce(agent.log(), sentence);
        }
    }

    private void waitsWith(String sentence, List<String> arguments) {
        try (HacpProcess agent = new HacpProcess(HacpJar.require(), node, log,
                arguments.subList(1, arguments.size()))) {
            agent.start();
            Await.until("the agent waits with: " + sentence, PATIENCE,
                    () -> agent.status().path("waiting").asText().contains(sentence),
                    () -> agent.status() + "\n" + agent.logTail(20));
            Await.until("the log says it too", PATIENCE, () -> agent.log().contains(sentence), () -> agent.logTail(20));
            saysOnce(agent.log(), sentence);
            assertThat(node.holds(Lan.vip4().address())).isFalse();
            assertThat(agent.terminate(Duration.ofSeconds(5))).isZero();
        }
    }

    private static void saysOnce(String output, String sentence) {
        assertThat(output).contains(sentence).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(output.lines().filter(line -> line.contains(sentence))).hasSize(1);
    }

    @Test
    void aVipOutsideEverySubnetOfTheNode() {
        waitsWith("the VIP 192.0.2.1 is in no subnet of this node: choose an address of the nodes' subnet",
                run("192.0.2.1", admin()));
    }

    @Test
    void aVipThatIsTheNodesOwnAddress() {
        endsWith(2, "vip: 10.77.0.1 is this node's own address (10.77.0.1/24 on eth0)", List.of(),
                run("10.77.0.1", admin()));
    }

    @Test
    void aVipThatASubnetKeepsForItself() {
        endsWith(2, "vip: 10.77.0.255 is the broadcast address of the subnet of 10.77.0.1/24 on eth0", List.of(),
                run("10.77.0.255", admin()));
        endsWith(2, "vip: 224.0.0.18 (expected: a unicast address", List.of(), run("224.0.0.18", admin()));
    }

    @Test
    void aVipThatIsABackend() {
        endsWith(2, "backend: 10.77.0.100:6443 is the VIP", List.of(),
                run("10.77.0.100", admin(), "--backend", "10.77.0.100:6443"));
    }

    @Test
    void aVipByANameThatDoesNotResolve() {
        waitsWith("the VIP nowhere.invalid cannot be resolved: add it to DNS or to /etc/hosts",
                run("nowhere.invalid", admin()));
    }

    @Test
    void anInterfaceThatDoesNotExist() {
        waitsWith("interface eth7 does not exist on this node (there are: ",
                run("10.77.0.100", admin(), "--interface", "eth7"));
    }

    @Test
    void aKubeconfigThatIsNone() throws Exception {
        Path file = Files.writeString(FOLDER.resolve("garbage.conf"), "no: kubeconfig\n");
        waitsWith(file + ": it is not a kubeconfig", run("10.77.0.100", file));
    }

    @Test
    void aKubeconfigThatCannotBeRead() throws Exception {
        // Root reads every file, but no folder.
        Path folder = Files.createDirectories(FOLDER.resolve("folder.conf"));
        waitsWith(folder + " cannot be read: it is a directory", run("10.77.0.100", folder));
    }

    @Test
    void aClientCertificateThatExpired() {
        waitsWith("its client certificate expired at ", run("10.77.0.100",
                kubeconfig("expired", plane.pki().expiredClient("kubernetes-admin", "system:masters"))));
    }

    @Test
    void aUserWhoMayReadTheLeaseButNotWriteItIsToldTheVerb() {
        assumeThat(plane.isReal()).as("only a real API server has RBAC").isTrue();
        var api = plane.client(node, plane.apiServer(node));
        assertThat(api.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", """
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"},
                 "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]}
                """).code()).isEqualTo(201);
        assertThat(api.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                 "metadata": {"name": "reader"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
                 "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}]}
                """).code()).isEqualTo(201);
        waitsWith("the credential may not create, update", run("10.77.0.100",
                kubeconfig("reader", plane.pki().client("reader"))));
    }

    @Test
    void anAdminPortThatIsTaken() throws Exception {
        try (ServerSocket taken = node.call(() -> new ServerSocket(9643))) {
            assertThat(taken.isBound()).isTrue();
            endsWith(1, "--admin-address 0.0.0.0:9643: cannot listen there", List.of(), run("10.77.0.100", admin()));
        }
    }

    @Test
    void aPeerPortThatIsTaken() throws Exception {
        try (ServerSocket taken = node.call(() -> new ServerSocket(9644))) {
            assertThat(taken.isBound()).isTrue();
            endsWith(1, "--peer-address 0.0.0.0:9644", List.of(), run("10.77.0.100", admin()));
        }
    }

    @Test
    void aRenewDeadlineThatIsNotBelowTheLeaseDuration() {
        endsWith(2, "renew-deadline: 20s (expected: < lease-duration 15s)", List.of(),
                run("10.77.0.100", admin(), "--renew-deadline", "20s"));
    }

    @Test
    void noCapabilityToAnnounce() {
        endsWith(1, "the capability CAP_NET_RAW is missing, so the VIP cannot be announced: run as root, or grant it",
                List.of("setpriv", "--bounding-set", "-net_raw"), run("10.77.0.100", admin()));
    }

    @Test
    void noCapabilityToPutTheAddress() {
        endsWith(1, "the capability CAP_NET_ADMIN is missing, so the VIP cannot be added to an interface: run as root",
                List.of("setpriv", "--bounding-set", "-net_admin"), run("10.77.0.100", admin()));
    }

    @Test
    void noCapabilityToSteerThePortThatTheApiServerHas() {
        endsWith(1,
                "VIP:6443 belongs to the API server as long as it listens on every address: steering the VIP's port needs "
                        + "the capabilities CAP_BPF and CAP_NET_ADMIN (bpf map create: operation not permitted): grant them",
                WITHOUT_BPF, run("10.77.0.100", admin()));
    }

    @Test
    void withoutThatCapabilityAnotherPortIsServed() {
        List<String> command = new ArrayList<>(WITHOUT_BPF);
        command.addAll(HacpJar.require().command(run("10.77.0.100", admin(), "--port", "7443")));
        Dialer dialer = new Dialer(node, plane.pki(), Lan.vip4().address(), 7443, Duration.ofSeconds(2));
        try (Daemon agent = Daemon.start(node.namespace(), log, Map.of(), command)) {
            Await.until("the VIP is held", PATIENCE, () -> node.holds(Lan.vip4().address()), () -> agent.logTail(20));
            Await.until("an API server answers at VIP:7443", PATIENCE, dialer::isServed, () -> agent.logTail(20));
            assertThat(agent.log()).contains("VIP:7443 is bound, not steered: ");
            agent.signal("TERM");
            assertThat(agent.awaitExit(PATIENCE)).as(agent.log()).isZero();
        }
        assertThat(node.holds(Lan.vip4().address())).isFalse();
    }

    @Test
    void noLibpcap() {
        List<String> libraries = Shell.run("sh", "-c", "PATH=$PATH:/sbin ldconfig -p").lines()
                .filter(line -> line.contains("libpcap.so")).map(line -> line.replaceFirst(".*=> ", "")).toList();
        assumeThat(libraries).as("this machine's libpcap").isNotEmpty();
        StringBuilder hide = new StringBuilder();
        libraries.forEach(library -> hide.append("mount --bind /dev/null ").append(library).append(" && "));
        endsWith(1, "libpcap cannot be loaded: install it (Debian: apt-get install libpcap0.8",
                List.of("unshare", "--mount", "sh", "-c", hide + "exec \"$@\"", "sh"), run("10.77.0.100", admin()));
    }

    /// The API server's port on every node is the port that clients dial on the VIP: that it is taken is no error.
    @Test
    void thePortOfTheApiServerIsNoProblem() {
        assertThat(plane.apiServer(node).address().port()).isEqualTo(ApiServer.PORT);
        List<String> arguments = run("10.77.0.100", admin());
        try (HacpProcess agent = new HacpProcess(HacpJar.require(), node, log,
                arguments.subList(1, arguments.size()))) {
            agent.start();
            Await.until("the only member owns the VIP", PATIENCE, () -> agent.role().equals("leader")
                    && node.holds(Lan.vip4().address()), () -> agent.status() + "\n" + agent.logTail(20));
            assertThat(agent.terminate(Duration.ofSeconds(5))).isZero();
            assertThat(node.holds(Lan.vip4().address())).isFalse();
        }
    }
}
