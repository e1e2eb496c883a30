package dev.hacp.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hacp.core.Cidr;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.VipTarget;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.frontend.KeepAlive;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.leader.channel.ChannelConfig;
import dev.hacp.leader.election.ElectorConfig;
import dev.hacp.vip.address.VipConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

class ConfigReaderTest {

    @TempDir
    private Path folder;

    @Test
    void everyDefaultOfRunIsPinned() {
        assertThat(ConfigReader.agent(flags(Map.of(Options.VIP, List.of("10.0.0.10"))), environment(Map.of())))
                .isEqualTo(new AgentConfig(new NodeName("cp1"),
                        new VipConfig(List.of(new VipTarget("10.0.0.10")), Optional.empty(), 6443,
                                Duration.ofSeconds(3), Duration.ofSeconds(10)),
                        new AgentConfig.Lease("kube-system", "hacp"),
                        new ElectorConfig(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2),
                                Duration.ofMillis(50), Duration.ofMillis(400), 100, false),
                        new ChannelConfig(new NodeName("cp1"), "kube-system/hacp", new HostPort("0.0.0.0", 9644),
                                List.of()),
                        new AgentConfig.Cluster(List.of(Path.of("/etc/kubernetes/super-admin.conf"),
                                Path.of("/etc/kubernetes/admin.conf")), true),
                        balancer(List.of(), HealthMode.HTTPS),
                        new AgentConfig.Admin(Optional.of(new HostPort("0.0.0.0", 9643)),
                                Optional.of(Path.of("/run/hacp/control.sock"))),
                        new LogConfig(LogConfig.Format.TEXT, Level.INFO)));
    }

    @Test
    void everyDefaultOfBalanceIsPinned() {
        assertThat(ConfigReader.balance(flags(Map.of(Options.LISTEN, List.of("127.0.0.1:7445"), Options.BACKEND,
                List.of("10.0.0.1:6443"))), environment(Map.of())))
                .isEqualTo(new BalanceConfig(List.of(new HostPort("127.0.0.1", 7445)),
                        balancer(List.of(new HostPort("10.0.0.1", 6443)), HealthMode.HTTPS),
                        new AgentConfig.Cluster(List.of(), false),
                        new AgentConfig.Admin(Optional.empty(), Optional.empty()),
                        new LogConfig(LogConfig.Format.TEXT, Level.INFO)));
    }

    private static BalancerSettings balancer(List<HostPort> backends, HealthMode mode) {
        return new BalancerSettings(backends,
                new BackendConfig(Policy.LEAST_CONNECTIONS, false, 1000, Duration.ofSeconds(10), Duration.ZERO, true,
                        5, Duration.ofSeconds(30)),
                new HealthConfig(mode, Duration.ofSeconds(1), 3, 2, Duration.ofSeconds(1)),
                new Limits(20000, 0, 0, List.of()),
                new RelayConfig(Duration.ofSeconds(1), 3, KeepAlive.DEFAULT, ProxyProtocol.NONE, false, true,
                        Duration.ofSeconds(30)));
    }

    @Test
    void everyKeyIsReadFromTheFileIntoItsPlace() throws IOException {
        Path file = file("""
                vip: [10.0.0.10, api.example.org]
                interface: eth1
                port: 8443
                vip-fence: 4s
                garp-interval: 11s
                backend:
                - 10.0.0.1:6443
                - "[fd00::2]:6443"
                policy: random-two
                prefer-local: true
                rebalance: false
                slow-start: 5s
                health: tcp
                health-interval: 2s
                health-timeout: 900ms
                fall: 4
                rise: 5
                drain-timeout: 1m
                connect-timeout: 800ms
                half-closed-timeout: 45s
                max-connections: 100
                max-connections-per-source: 10
                accept-rate: 50
                allow: 10.0.0.0/8
                send-proxy-v2: true
                accept-proxy-from: [192.168.0.0/16]
                access-log: true
                kubeconfig: /root/.kube/config
                node-name: cp7
                lease-namespace: hacp
                lease-name: vip-a
                lease-duration: 30s
                renew-deadline: 20s
                retry-period: 3s
                peer-address: 10.0.0.1:9000
                peer: 10.0.0.2:9000
                heartbeat: 40ms
                peer-timeout: 320ms
                priority: 200
                preempt: true
                admin-address: 127.0.0.1:9001
                control-socket: /run/other/hacp.sock
                log-format: json
                log-level: debug
                """);
        AgentConfig config = ConfigReader.agent(new ConfigReader.Flags(Map.of(), Optional.of(file), List.of()),
                environment(Map.of()));
        assertThat(config).isEqualTo(new AgentConfig(new NodeName("cp7"),
                new VipConfig(List.of(new VipTarget("10.0.0.10"), new VipTarget("api.example.org")),
                        Optional.of("eth1"), 8443, Duration.ofSeconds(4), Duration.ofSeconds(11)),
                new AgentConfig.Lease("hacp", "vip-a"),
                new ElectorConfig(Duration.ofSeconds(30), Duration.ofSeconds(20), Duration.ofSeconds(3),
                        Duration.ofMillis(40), Duration.ofMillis(320), 200, true),
                new ChannelConfig(new NodeName("cp7"), "hacp/vip-a", new HostPort("10.0.0.1", 9000),
                        List.of(new HostPort("10.0.0.2", 9000))),
                new AgentConfig.Cluster(List.of(Path.of("/root/.kube/config")), false),
                new BalancerSettings(List.of(new HostPort("10.0.0.1", 6443), new HostPort("fd00::2", 6443)),
                        new BackendConfig(Policy.RANDOM_TWO, true, 1000, Duration.ofSeconds(5), Duration.ofMinutes(1),
                                false, 5, Duration.ofSeconds(30)),
                        new HealthConfig(HealthMode.TCP, Duration.ofSeconds(2), 4, 5, Duration.ofMillis(900)),
                        new Limits(100, 10, 50, List.of(Cidr.parse("10.0.0.0/8"))),
                        new RelayConfig(Duration.ofMillis(800), 3, KeepAlive.DEFAULT,
                                new ProxyProtocol(true, List.of(Cidr.parse("192.168.0.0/16"))), true, true,
                                Duration.ofSeconds(45))),
                new AgentConfig.Admin(Optional.of(new HostPort("127.0.0.1", 9001)),
                        Optional.of(Path.of("/run/other/hacp.sock"))),
                new LogConfig(LogConfig.Format.JSON, Level.DEBUG)));
        assertThat(Files.readAllLines(file).stream().filter(line -> line.contains(":") && !line.startsWith("-"))
                .map(line -> line.substring(0, line.indexOf(':'))))
                .as("this test names every key").containsExactlyInAnyOrderElementsOf(
                        Options.of(Option.Scope.RUN).stream().map(Option::key).toList());
    }

    @Test
    void aFlagBeatsAVariableBeatsTheFileBeatsTheDefault() throws IOException {
        Path file = file("vip: 10.0.0.1\nport: 1001\nrise: 9\nfall: 9\n");
        AgentConfig config = ConfigReader.agent(
                new ConfigReader.Flags(Map.of(Options.PORT, List.of("1003")), Optional.of(file), List.of()),
                environment(Map.of("HACP_PORT", "1002", "HACP_RISE", "8")));
        assertThat(config.address().port()).isEqualTo(1003);
        assertThat(config.balancer().health().rise()).isEqualTo(8);
        assertThat(config.balancer().health().fall()).isEqualTo(9);
        assertThat(config.address().garpInterval()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void aListComesWholeFromThePlaceThatWins() throws IOException {
        Path file = file("vip: [10.0.0.1, 10.0.0.2]\n");
        AgentConfig config = ConfigReader.agent(
                new ConfigReader.Flags(Map.of(), Optional.of(file), List.of()),
                environment(Map.of("HACP_VIP", "10.0.0.3, fd00::3")));
        assertThat(config.address().vips()).extracting(VipTarget::text).containsExactly("10.0.0.3", "fd00::3");
    }

    @Test
    void allProblemsAreToldAtOnceEachWithItsSource() throws IOException {
        Path file = file("""
                lease-duraton: 20s
                port: 70000
                heartbeat: 100
                rise: [1, 2]
                fall:
                port: 1
                """);
        assertThat(problems(new ConfigReader.Flags(Map.of(Options.RENEW_DEADLINE, List.of("20s"), Options.VIP,
                List.of("10.0.0.10/32", "127.0.0.1")), Optional.of(file), List.of()),
                Map.of("HACP_VPI", "10.0.0.1", "HACP_ALLOW", "10.0.0.1/8", "HACP_POLICY", "fastest")))
                .containsExactlyInAnyOrder(
                        "port: given twice (expected: once; also in line 2) from " + file + ":6 port",
                        "fall: (expected: a value or a list of values) from " + file + ":5 fall",
                        "lease-duraton: unknown key (did you mean lease-duration?) from " + file + ":1 lease-duraton",
                        "rise: [1, 2] (expected: one value) from " + file + ":4 rise",
                        "HACP_VPI: unknown variable (did you mean HACP_VIP?) from the environment",
                        "vip: 10.0.0.10/32 (expected: an IPv4 or IPv6 address without prefix length, or a DNS name) from"
                                + " --vip",
                        "vip: 127.0.0.1 (expected: a unicast address of the node's subnet, not loopback, link-local or"
                                + " multicast) from --vip",
                        "port: 70000 (expected: a number from 1 to 65535) from " + file + ":2 port",
                        "heartbeat: 100 (expected: a duration with a unit, such as 15s or 250ms) from " + file
                                + ":3 heartbeat",
                        "allow: 10.0.0.1/8 (expected: 10.0.0.0/8, without host bits) from HACP_ALLOW",
                        "policy: fastest (expected: least-connections, round-robin, random-two, source-hash) from"
                                + " HACP_POLICY",
                        "renew-deadline: 20s (expected: < lease-duration 15s) from --renew-deadline");
    }

    @Test
    void timesThatDoNotFitEachOtherAreNamed() {
        assertThat(problems(flags(Map.of(Options.VIP, List.of("10.0.0.1", "10.0.0.1"), Options.RETRY_PERIOD,
                List.of("6s"), Options.HEARTBEAT, List.of("200ms"), Options.VIP_FENCE, List.of("1500ms"),
                Options.PEER_ADDRESS, List.of(":9643"))), Map.of("HACP_PORT", "9643")))
                .containsExactlyInAnyOrder(
                        "vip: 10.0.0.1,10.0.0.1 (expected: each VIP once) from --vip",
                        "retry-period: 6s (expected: at most half of renew-deadline 10s) from --retry-period",
                        "peer-timeout: 400ms (expected: >= 1s600ms, eight heartbeats) from the default",
                        "vip-fence: 1500ms (expected: whole seconds from 2s to 1h, or 0s for no fence) from --vip-fence",
                        "peer-address: :9643 (expected: a port other than that of admin-address 0.0.0.0:9643) from"
                                + " --peer-address",
                        "port: 9643 (expected: a port other than that of admin-address 0.0.0.0:9643) from HACP_PORT",
                        "port: 9643 (expected: a port other than that of peer-address 0.0.0.0:9643) from HACP_PORT");
    }

    @Test
    void whatAModuleDoesNotTakeIsToldWithItsSourceBeforeAnythingStarts() {
        assertThat(problems(flags(Map.of(Options.VIP, List.of("10.0.0.1"), Options.INTERFACE_NAME, List.of("a b"),
                Options.LEASE_DURATION, List.of("15500ms"), Options.FALL, List.of("0"), Options.SLOW_START,
                List.of("2h"), Options.CONNECT_TIMEOUT, List.of("2m"), Options.HALF_CLOSED_TIMEOUT,
                List.of("500ms"), Options.ACCEPT_RATE, List.of("-1"))),
                Map.of("HACP_HEALTH_INTERVAL", "10m"))).containsExactlyInAnyOrder(
                        "interface: a b (expected: an interface name of at most 15 characters) from --interface",
                        "lease-duration: 15500ms (expected: whole seconds from 1s to 1h) from --lease-duration",
                        "fall: 0 (expected: a number from 1 to 100) from --fall",
                        "slow-start: 2h (expected: 0s to 1h) from --slow-start",
                        "connect-timeout: 2m (expected: 1ms to 1m) from --connect-timeout",
                        "half-closed-timeout: 500ms (expected: 1s to 24h) from --half-closed-timeout",
                        "accept-rate: -1 (expected: a number from 0 to 1000000) from --accept-rate",
                        "health-interval: 10m (expected: 50ms to 5m) from HACP_HEALTH_INTERVAL");
    }

    @Test
    void whatFollowsFromAValueThatCannotBeReadIsNotToldAsWell() {
        assertThat(problems(flags(Map.of(Options.VIP, List.of("10.0.0.1"), Options.LEASE_DURATION, List.of("60"),
                Options.RENEW_DEADLINE, List.of("40s"))), Map.of())).singleElement().asString()
                .startsWith("lease-duration: 60 (expected: a duration with a unit");
    }

    @Test
    void aMissingVipIsAskedFor() {
        assertThat(problems(ConfigReader.Flags.NONE, Map.of()))
                .containsExactly("vip: none given (expected: at least one, such as --vip 10.0.0.10)");
    }

    @Test
    void theLinksOfAServiceNamedHacpAreExplained() {
        assertThat(problems(flags(Map.of(Options.VIP, List.of("10.0.0.1"))),
                Map.of("HACP_PORT", "tcp://10.96.0.7:9643", "HACP_SERVICE_HOST", "10.96.0.7")))
                .hasSize(2).allMatch(problem -> problem.contains("enableServiceLinks: false"));
    }

    @Test
    void anEmptyVariableCountsAsNotGiven() {
        AgentConfig config = ConfigReader.agent(flags(Map.of(Options.VIP, List.of("10.0.0.1"))),
                environment(Map.of("HACP_INTERFACE", "", "HACP_PORT", "")));
        assertThat(config.address().interfaceName()).isEmpty();
        assertThat(config.address().port()).isEqualTo(6443);
    }

    @Test
    void theNodeIsNamedByThePodElseByTheHost() {
        ConfigReader.Flags flags = flags(Map.of(Options.VIP, List.of("10.0.0.1")));
        assertThat(ConfigReader.agent(flags, environment(Map.of("NODE_NAME", "node-a"))).node())
                .isEqualTo(new NodeName("node-a"));
        assertThat(problems(flags, Map.of("NODE_NAME", "Node_A"))).singleElement().asString()
                .startsWith("node-name: Node_A (expected: a node name").endsWith("from the variable NODE_NAME");
    }

    @Test
    void aFileThatIsMissingOrNoMappingOrNoYamlIsNamed() throws IOException {
        ConfigReader.Flags missing = new ConfigReader.Flags(Map.of(Options.VIP, List.of("10.0.0.1")),
                Optional.of(folder.resolve("absent.yaml")), List.of());
        assertThat(problems(missing, Map.of())).containsExactly(
                "config: " + folder.resolve("absent.yaml") + " (expected: a YAML file; there is none)");
        for (String text : List.of("- 10.0.0.1\n", "vip: [10.0.0.1\nport: 3\n")) {
            Path file = file(text);
            assertThat(problems(new ConfigReader.Flags(Map.of(Options.VIP, List.of("10.0.0.1")), Optional.of(file),
                    List.of()), Map.of())).singleElement().asString().startsWith(file + ":").contains("(expected: ");
        }
        assertThat(ConfigReader.agent(new ConfigReader.Flags(Map.of(Options.VIP, List.of("10.0.0.1")),
                Optional.of(file("# nothing yet\n")), List.of()), environment(Map.of())).address().port())
                .isEqualTo(6443);
    }

    @Test
    void oneSettingAloneIsReadFromAnyEnvironmentOfAnAgent() {
        assertThat(ConfigReader.only(Options.ADMIN_ADDRESS, ConfigReader.Flags.NONE,
                environment(Map.of("HACP_ADMIN_ADDRESS", "none", "HACP_UNKNOWN", "1")))).isEmpty();
        assertThatThrownBy(() -> ConfigReader.only(Options.ADMIN_ADDRESS, ConfigReader.Flags.NONE,
                environment(Map.of("HACP_ADMIN_ADDRESS", "9643")))).isInstanceOf(ConfigurationException.class)
                .hasMessage("admin-address: 9643 (expected: HOST:PORT) from HACP_ADMIN_ADDRESS");
    }

    @Test
    void argumentsCarryWhatIsGivenAndNoMore() throws IOException {
        Path file = file("port: 7443\nkubeconfig: [/a, /b]\n");
        assertThat(ConfigReader.arguments(Option.Scope.RUN,
                new ConfigReader.Flags(Map.of(Options.VIP, List.of("10.0.0.1,fd00::1"), Options.PREEMPT,
                        List.of("true")), Optional.of(file), List.of()),
                environment(Map.of("HACP_LOG_FORMAT", "json", "NODE_NAME", "cp9"))))
                .containsExactly("--vip=10.0.0.1", "--vip=fd00::1", "--port=7443", "--kubeconfig=/a",
                        "--kubeconfig=/b", "--preempt=true", "--log-format=json");
    }

    private static ConfigReader.Flags flags(Map<Option<?>, List<String>> values) {
        return new ConfigReader.Flags(values, Optional.empty(), List.of());
    }

    private static Surroundings environment(Map<String, String> variables) {
        return new Surroundings(variables, "cp1");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("hacp.yaml"), text);
    }

    private static List<String> problems(ConfigReader.Flags flags, Map<String, String> variables) {
        ConfigurationException e = catchThrowableOfType(ConfigurationException.class,
                () -> ConfigReader.agent(flags, environment(variables)));
        assertThat(e).as("an error").isNotNull();
        return e.problems();
    }
}
