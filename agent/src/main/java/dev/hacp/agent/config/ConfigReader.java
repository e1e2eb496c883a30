package dev.hacp.agent.config;

import dev.hacp.agent.config.Option.Scope;
import dev.hacp.agent.config.Option.Shape;
import dev.hacp.core.NodeName;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.leader.channel.ChannelConfig;
import dev.hacp.leader.election.ElectorConfig;
import dev.hacp.vip.address.VipConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Reads flags, environment and file into the modules' own records. A flag beats a variable beats the file beats the default; all
/// problems are reported together.
public final class ConfigReader {

    /// Names the file; a variable like the others, but no key of the file itself.
    public static final String CONFIG_VARIABLE = "HACP_CONFIG";

    /// The command line as far as it was understood.
    ///
    /// @param values   by option, each occurrence
    /// @param config   the file of `--config`
    /// @param problems what was not understood
    public record Flags(Map<Option<?>, List<String>> values, Optional<Path> config, List<String> problems) {

        public Flags {
            values = Map.copyOf(values);
            problems = List.copyOf(problems);
        }

        public static final Flags NONE = new Flags(Map.of(), Optional.empty(), List.of());
    }

    private final Scope scope;
    private final Flags flags;
    private final Surroundings surroundings;
    private final Optional<Path> file;
    private final List<String> problems = new ArrayList<>();

    private ConfigReader(Scope scope, Flags flags, Surroundings surroundings) {
        this.scope = scope;
        this.flags = flags;
        this.surroundings = surroundings;
        this.file = flags.config().or(() -> Optional.ofNullable(surroundings.environment().get(CONFIG_VARIABLE))
                .filter(path -> !path.isEmpty()).map(Path::of));
    }

    /// One setting alone, for commands that need no more: they work with any file and environment that an agent reads.
    ///
    /// @throws dev.hacp.core.ConfigurationException when it cannot be read
    public static <T> T only(Option<T> option, Flags flags, Surroundings surroundings) {
        ConfigReader reader = new ConfigReader(Scope.RUN, flags, surroundings);
        Values.Given given = reader.given().get(option);
        boolean unreadable = reader.file.filter(file -> !Files.isReadable(file)).isPresent();
        Values values = new Values(Scope.RUN, Map.of(option, Objects.requireNonNull(given)),
                unreadable ? reader.problems : flags.problems());
        values.throwProblems();
        return values.get(option);
    }

    /// @throws dev.hacp.core.ConfigurationException with every problem
    public static AgentConfig agent(Flags flags, Surroundings surroundings) {
        Values values = new ConfigReader(Scope.RUN, flags, surroundings).values();
        values.require(Options.VIP, "--vip 10.0.0.10");
        Supplier<VipConfig> address = values.make(() -> VipConfig.of(vip -> {
            vip.vips = values.get(Options.VIP);
            vip.interfaceName = values.get(Options.INTERFACE_NAME);
            vip.port = values.get(Options.PORT);
            vip.fence = values.get(Options.VIP_FENCE);
            vip.garpInterval = values.get(Options.GARP_INTERVAL);
        }));
        Supplier<ElectorConfig> election = values.make(() -> ElectorConfig.DEFAULT.with(elector -> {
            elector.leaseDuration = values.get(Options.LEASE_DURATION);
            elector.renewDeadline = values.get(Options.RENEW_DEADLINE);
            elector.retryPeriod = values.get(Options.RETRY_PERIOD);
            elector.heartbeat = values.get(Options.HEARTBEAT);
            elector.peerTimeout = values.get(Options.PEER_TIMEOUT);
            elector.priority = values.get(Options.PRIORITY);
            elector.preempt = values.get(Options.PREEMPT);
        }));
        Supplier<BalancerSettings> balancer = balancer(values);
        checkPorts(values);
        values.throwProblems();
        NodeName node = values.get(Options.NODE_NAME).orElseThrow();
        AgentConfig.Lease lease = new AgentConfig.Lease(values.get(Options.LEASE_NAMESPACE),
                values.get(Options.LEASE_NAME));
        return new AgentConfig(node, address.get(), lease, election.get(),
                new ChannelConfig(node, lease.toString(), values.get(Options.PEER_ADDRESS), values.get(Options.PEER)),
                new AgentConfig.Cluster(values.get(Options.KUBECONFIG), !values.isGiven(Options.KUBECONFIG)),
                balancer.get(), admin(values), log(values));
    }

    /// @throws dev.hacp.core.ConfigurationException with every problem
    public static BalanceConfig balance(Flags flags, Surroundings surroundings) {
        Values values = new ConfigReader(Scope.BALANCE, flags, surroundings).values();
        values.require(Options.LISTEN, "--listen 127.0.0.1:7445");
        values.require(Options.BACKEND, "--backend 10.0.0.1:6443");
        Supplier<BalancerSettings> balancer = balancer(values);
        values.throwProblems();
        return new BalanceConfig(values.get(Options.LISTEN), balancer.get(),
                new AgentConfig.Cluster(values.get(Options.KUBECONFIG), false),
                admin(values), log(values));
    }

    /// What is given, by whichever source, as flags in the order of the table: `--vip=10.0.0.10`. Not checked here.
    public static List<String> arguments(Scope scope, Flags flags, Surroundings surroundings) {
        Map<Option<?>, Values.Given> given = new ConfigReader(scope, flags, surroundings).given();
        List<String> arguments = new ArrayList<>();
        for (Option<?> option : Options.of(scope)) {
            Values.Given value = Objects.requireNonNull(given.get(option));
            if (!(value.source() instanceof Source.Default)) {
                value.texts().forEach(text -> arguments.add(option.flag() + "=" + text));
            }
        }
        return arguments;
    }

    private static void checkPorts(Values values) {
        values.find(Options.ADMIN_ADDRESS).flatMap(admin -> admin).ifPresent(admin -> {
            values.check(Options.PEER_ADDRESS, peer -> peer.port() != admin.port(),
                    "a port other than that of admin-address " + admin);
            values.check(Options.PORT, port -> port != admin.port(),
                    "a port other than that of admin-address " + admin);
        });
        values.find(Options.PEER_ADDRESS).ifPresent(peer -> values.check(Options.PORT, port -> port != peer.port(),
                "a port other than that of peer-address " + peer));
    }

    private static Supplier<BalancerSettings> balancer(Values values) {
        Supplier<BackendConfig> spread = values.make(() -> BackendConfig.DEFAULT.with(backends -> {
            backends.policy = values.get(Options.POLICY);
            backends.preferLocal = values.get(Options.PREFER_LOCAL);
            backends.slowStart = values.get(Options.SLOW_START);
            backends.drainTimeout = values.get(Options.DRAIN_TIMEOUT);
            backends.rebalance = values.get(Options.REBALANCE);
        }));
        Supplier<HealthConfig> health = values.make(() -> HealthConfig.DEFAULT.with(checks -> {
            checks.mode = values.get(Options.HEALTH);
            checks.interval = values.get(Options.HEALTH_INTERVAL);
            checks.timeout = values.get(Options.HEALTH_TIMEOUT);
            checks.fall = values.get(Options.FALL);
            checks.rise = values.get(Options.RISE);
        }));
        Supplier<Limits> limits = values.make(() -> Limits.NONE.with(most -> {
            most.connections = values.get(Options.MAX_CONNECTIONS);
            most.connectionsPerSource = values.get(Options.MAX_CONNECTIONS_PER_SOURCE);
            most.acceptRate = values.get(Options.ACCEPT_RATE);
            most.allow = values.get(Options.ALLOW);
        }));
        // In one step: what is wrong with it is reported together.
        Supplier<RelayConfig> relay = values.make(() -> new RelayConfig(values.get(Options.CONNECT_TIMEOUT),
                RelayConfig.DEFAULT.attempts(), RelayConfig.DEFAULT.keepAlive(),
                new ProxyProtocol(values.get(Options.SEND_PROXY_V2), values.get(Options.ACCEPT_PROXY_FROM)),
                values.get(Options.ACCESS_LOG), RelayConfig.DEFAULT.splice(),
                values.get(Options.HALF_CLOSED_TIMEOUT)));
        return () -> new BalancerSettings(values.get(Options.BACKEND), spread.get(), health.get(), limits.get(),
                relay.get());
    }

    private static AgentConfig.Admin admin(Values values) {
        return new AgentConfig.Admin(values.get(Options.ADMIN_ADDRESS), values.get(Options.CONTROL_SOCKET));
    }

    private static LogConfig log(Values values) {
        return new LogConfig(values.get(Options.LOG_FORMAT), values.get(Options.LOG_LEVEL));
    }

    private Values values() {
        Map<Option<?>, Values.Given> given = given();
        return new Values(scope, given, problems);
    }

    private Map<Option<?>, Values.Given> given() {
        problems.addAll(flags.problems());
        Map<Option<?>, Values.Given> given = new HashMap<>();
        for (Option<?> option : Options.of(scope)) {
            given.put(option, defaultOf(option));
        }
        file.ifPresent(path -> readFile(path, given));
        readEnvironment(given);
        flags.values().forEach((option, texts) -> given.put(option,
                new Values.Given(split(option, texts), new Source.Flag(option.flag()))));
        return given;
    }

    private Values.Given defaultOf(Option<?> option) {
        if (option == Options.NODE_NAME) {
            String fromPod = surroundings.environment().getOrDefault("NODE_NAME", "");
            return fromPod.isEmpty()
                    ? new Values.Given(List.of(surroundings.hostName()), new Source.Default("the host name"))
                    : new Values.Given(List.of(fromPod), new Source.Default("the variable NODE_NAME"));
        }
        return new Values.Given(option.defaultIn(scope).texts(), new Source.Default("the default"));
    }

    private void readFile(Path path, Map<Option<?>, Values.Given> given) {
        ConfigFile read = ConfigFile.read(path);
        problems.addAll(read.problems());
        for (ConfigFile.Entry entry : read.entries()) {
            Optional<Option<?>> option = byKey(entry.key());
            if (option.isEmpty()) {
                problems.add(entry.key() + ": unknown key"
                        + Suggestion.hint(entry.key(), keys()) + " from " + entry.source().text());
            } else if (option.get().shape() != Shape.MANY && entry.texts().size() != 1) {
                problems.add(entry.key() + ": " + entry.texts() + " (expected: one value) from "
                        + entry.source().text());
            } else {
                given.put(option.get(), new Values.Given(entry.texts(), entry.source()));
            }
        }
    }

    private void readEnvironment(Map<Option<?>, Values.Given> given) {
        List<String> known = Stream.concat(Stream.of(CONFIG_VARIABLE),
                Options.of(scope).stream().map(Option::variable)).toList();
        new TreeMap<>(surroundings.environment()).forEach((variable, text) -> {
            if (!variable.startsWith("HACP_") || variable.equals(CONFIG_VARIABLE)) {
                return;
            }
            Optional<Option<?>> option = Options.of(scope).stream()
                    .filter(candidate -> candidate.variable().equals(variable)).findFirst();
            if (isServiceLink(variable, text)) {
                problems.add(variable + ": a link to a Service (expected: enableServiceLinks: false in the pod, or a"
                        + " Service not named hacp) from the environment");
            } else if (option.isEmpty()) {
                problems.add(variable + ": unknown variable" + Suggestion.hint(variable, known)
                        + " from the environment");
            } else if (!text.isEmpty()) {
                given.put(option.get(),
                        new Values.Given(split(option.get(), List.of(text)), new Source.Variable(variable)));
            }
        });
    }

    /// Kubernetes sets HACP_SERVICE_HOST, HACP_PORT=tcp://… and the like for a Service called hacp.
    private static boolean isServiceLink(String variable, String text) {
        return variable.matches("HACP(_.*)?_SERVICE_(HOST|PORT.*)") || variable.matches("HACP_PORT_\\d+_(TCP|UDP).*")
                || (variable.equals(Options.PORT.variable()) && text.matches("(tcp|udp)://.*"));
    }

    private Optional<Option<?>> byKey(String key) {
        return Options.of(scope).stream().filter(option -> option.key().equals(key)).findFirst();
    }

    private List<String> keys() {
        return Options.of(scope).stream().map(Option::key).toList();
    }

    private static List<String> split(Option<?> option, List<String> texts) {
        return option.shape() != Shape.MANY
                ? texts
                : texts.stream().flatMap(text -> Arrays.stream(text.split(",", -1))).map(String::strip).toList();
    }
}
