package dev.hacp.agent.config;

import static dev.hacp.agent.config.Option.many;
import static dev.hacp.agent.config.Option.one;
import static dev.hacp.agent.config.Option.optional;
import static dev.hacp.agent.config.Option.toggle;
import static dev.hacp.agent.config.ValueType.integer;
import static dev.hacp.agent.config.ValueType.matching;
import static dev.hacp.agent.config.ValueType.oneOf;

import dev.hacp.agent.config.Option.Default;
import dev.hacp.agent.config.Option.Group;
import dev.hacp.agent.config.Option.Scope;
import dev.hacp.core.Cidr;
import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.VipTarget;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.Policy;
import dev.hacp.lb.health.HealthConfig;
import dev.hacp.lb.health.HealthMode;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.leader.election.ElectorConfig;
import dev.hacp.vip.address.VipConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.event.Level;

/// Every setting of hacp, once. Flags, variables, file keys, help and docs/configuration.md come from here. Which values fit
/// is said by the module's record that takes them, and so is the default where the module has one.
public final class Options {

    private static final Pattern DNS_LABELS = Pattern
            .compile("(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final Pattern DNS_LABEL = Pattern.compile("(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final List<Option<?>> TABLE = new ArrayList<>();

    private Options() {}

    // Address
    public static final Option<List<VipTarget>> VIP = add(many("vip", Group.ADDRESS, "ADDR", VipTarget::new,
            "Virtual IP that clients dial: IPv4, IPv6, or a DNS name that is resolved and watched. Repeat it for dual stack or several VIPs.")
            .only(Scope.RUN));
    public static final Option<Optional<String>> INTERFACE_NAME = add(optional("interface", Group.ADDRESS, "NAME",
            ValueType.TEXT,
            "Interface that carries and announces the VIP.")
            .only(Scope.RUN).defaultsTo("the one whose subnet holds the VIP"));
    public static final Option<Integer> PORT = add(one("port", Group.ADDRESS, "PORT", ValueType.INTEGER,
            text(VipConfig.DEFAULT_PORT),
            "Port that clients dial on the VIP.").only(Scope.RUN));
    public static final Option<List<HostPort>> LISTEN = add(many("listen", Group.ADDRESS, "ADDR:PORT", ValueType.LISTEN,
            "Address and port that clients dial.").only(Scope.BALANCE));
    public static final Option<Duration> VIP_FENCE = add(one("vip-fence", Group.ADDRESS, "DURATION", ValueType.DURATION,
            text(VipConfig.DEFAULT_FENCE),
            "Lifetime the kernel gives the VIP, re-armed every second: a killed or frozen agent loses the address by itself. Whole seconds from 2s; 0s: no fence.")
            .only(Scope.RUN));
    public static final Option<Duration> GARP_INTERVAL = add(one("garp-interval", Group.ADDRESS, "DURATION",
            ValueType.DURATION, text(VipConfig.DEFAULT_GARP_INTERVAL),
            "Interval between gratuitous ARP and unsolicited NA announcements of a held VIP.").only(Scope.RUN));

    // Backends
    public static final Option<List<HostPort>> BACKEND = add(many("backend", Group.BACKENDS, "HOST:PORT",
            ValueType.HOST_PORT, "API server to balance over.")
            .with(Scope.RUN, new Default(List.of(), "followed from the EndpointSlices of default/kubernetes")));
    public static final Option<Policy> POLICY = add(one("policy", Group.BACKENDS, "NAME", oneOf(Policy.class),
            text(BackendConfig.DEFAULT.policy()),
            "Which healthy backend a new connection gets: least-connections, round-robin, random-two or source-hash."));
    public static final Option<Boolean> PREFER_LOCAL = add(toggle("prefer-local", Group.BACKENDS,
            BackendConfig.DEFAULT.preferLocal(),
            "Prefer the API server on this node while it is healthy and not overloaded."));
    public static final Option<Boolean> REBALANCE = add(toggle("rebalance", Group.BACKENDS,
            BackendConfig.DEFAULT.rebalance(),
            "After a recovery, close excess HTTP/2 connections gently until the spread is even again; others could not resume."));
    public static final Option<Duration> SLOW_START = add(one("slow-start", Group.BACKENDS, "DURATION",
            ValueType.DURATION, "10s",
            "Time over which a recovered backend ramps up to its full share; 0s: at once."));

    // Health
    public static final Option<HealthMode> HEALTH = add(one("health", Group.HEALTH, "KIND", oneOf(HealthMode.class),
            text(HealthConfig.DEFAULT.mode()),
            "Health check: https (GET /readyz, with the agent's credential if it has one), tcp (connect) or none."));
    public static final Option<Duration> HEALTH_INTERVAL = add(one("health-interval", Group.HEALTH, "DURATION",
            ValueType.DURATION, text(HealthConfig.DEFAULT.interval()), "Interval between checks of a backend."));
    public static final Option<Duration> HEALTH_TIMEOUT = add(one("health-timeout", Group.HEALTH, "DURATION",
            ValueType.DURATION, text(HealthConfig.DEFAULT.timeout()), "Timeout of one check."));
    public static final Option<Integer> FALL = add(one("fall", Group.HEALTH, "N", ValueType.INTEGER,
            text(HealthConfig.DEFAULT.fall()),
            "Consecutive failed checks until a backend is down."));
    public static final Option<Integer> RISE = add(one("rise", Group.HEALTH, "N", ValueType.INTEGER,
            text(HealthConfig.DEFAULT.rise()),
            "Consecutive passed checks until it is up again."));
    public static final Option<Duration> DRAIN_TIMEOUT = add(one("drain-timeout", Group.HEALTH, "DURATION",
            ValueType.DURATION, "0s",
            "How long connections of a draining backend may continue; 0s: until the server closes them."));

    // Connections
    public static final Option<Duration> CONNECT_TIMEOUT = add(one("connect-timeout", Group.CONNECTIONS, "DURATION",
            ValueType.DURATION, text(RelayConfig.DEFAULT.connectTimeout()),
            "Timeout of one connection attempt; then the next backend is tried, three at most."));
    public static final Option<Duration> HALF_CLOSED_TIMEOUT = add(one("half-closed-timeout", Group.CONNECTIONS,
            "DURATION", ValueType.DURATION, text(RelayConfig.DEFAULT.halfClosed()),
            "How long one side of a connection may stay silent after the other has ended its direction; then both are reset."));
    public static final Option<Integer> MAX_CONNECTIONS = add(one("max-connections", Group.CONNECTIONS, "N",
            ValueType.INTEGER, "20000",
            "Maximum concurrent client connections; further ones are reset. 0: limited by open files only."));
    public static final Option<Integer> MAX_CONNECTIONS_PER_SOURCE = add(one("max-connections-per-source",
            Group.CONNECTIONS, "N", ValueType.INTEGER, "0",
            "Maximum concurrent client connections from one address; 0: no limit."));
    public static final Option<Integer> ACCEPT_RATE = add(one("accept-rate", Group.CONNECTIONS, "N",
            ValueType.INTEGER, "0", "Maximum new connections per second; further ones are reset. 0: no limit."));
    public static final Option<List<Cidr>> ALLOW = add(many("allow", Group.CONNECTIONS, "CIDR", Cidr::parse,
            "Network that may connect; others are reset.").defaultsTo("everybody"));
    public static final Option<Boolean> SEND_PROXY_V2 = add(toggle("send-proxy-v2", Group.CONNECTIONS, false,
            "Send a PROXY protocol v2 header on each backend connection. kube-apiserver does not read it: only for backends that do."));
    public static final Option<List<Cidr>> ACCEPT_PROXY_FROM = add(many("accept-proxy-from", Group.CONNECTIONS, "CIDR",
            Cidr::parse, "Network whose connections begin with a PROXY header, v1 or v2.").defaultsTo("nobody"));
    public static final Option<Boolean> ACCESS_LOG = add(toggle("access-log", Group.CONNECTIONS,
            RelayConfig.DEFAULT.accessLog(),
            "One log line per connection: client, backend, local port, bytes, duration and why it ended."));

    // Cluster and election
    public static final Option<List<Path>> KUBECONFIG = add(many("kubeconfig", Group.CLUSTER, "FILE", ValueType.PATH,
            "Kubeconfig file; several are tried in order, also after a 401 or 403. It may appear later.")
            .with(Scope.RUN,
                    new Default(List.of("/etc/kubernetes/super-admin.conf", "/etc/kubernetes/admin.conf"),
                            "/etc/kubernetes/super-admin.conf, /etc/kubernetes/admin.conf, then the pod's service account")));
    public static final Option<Optional<NodeName>> NODE_NAME = add(optional("node-name", Group.CLUSTER, "NAME",
            NodeName::new, "Name of this node, the holder in the Lease.").only(Scope.RUN)
            .defaultsTo("the variable NODE_NAME, else the host name"));
    public static final Option<String> LEASE_NAMESPACE = add(one("lease-namespace", Group.CLUSTER, "NAME",
            matching(DNS_LABEL, "a namespace: lower-case letters, digits and '-'"), "kube-system",
            "Namespace of the Lease.").only(Scope.RUN));
    public static final Option<String> LEASE_NAME = add(one("lease-name", Group.CLUSTER, "NAME",
            matching(DNS_LABELS, "an object name: lower-case letters, digits, '-' and '.'"), "hacp",
            "Name of the Lease: one per set of VIPs.").only(Scope.RUN));
    public static final Option<Duration> LEASE_DURATION = add(one("lease-duration", Group.CLUSTER, "DURATION",
            ValueType.DURATION, text(ElectorConfig.DEFAULT.leaseDuration()),
            "How long the Lease is valid without renewal. Failover does not wait for it while the members reach each other.")
            .only(Scope.RUN));
    public static final Option<Duration> RENEW_DEADLINE = add(one("renew-deadline", Group.CLUSTER, "DURATION",
            ValueType.DURATION, text(ElectorConfig.DEFAULT.renewDeadline()),
            "How long an owner that cannot renew stays owner. Less than lease-duration.").only(Scope.RUN));
    public static final Option<Duration> RETRY_PERIOD = add(one("retry-period", Group.CLUSTER, "DURATION",
            ValueType.DURATION, text(ElectorConfig.DEFAULT.retryPeriod()),
            "Interval between renewals. Less than renew-deadline.")
            .only(Scope.RUN));

    // Members
    public static final Option<HostPort> PEER_ADDRESS = add(one("peer-address", Group.MEMBERS, "ADDR:PORT",
            ValueType.LISTEN, "0.0.0.0:9644", "Where this agent listens for the other members.").only(Scope.RUN));
    public static final Option<List<HostPort>> PEER = add(many("peer", Group.MEMBERS, "HOST:PORT", ValueType.HOST_PORT,
            "Another member's peer-address.").only(Scope.RUN).defaultsTo("found through the Kubernetes API"));
    public static final Option<Duration> HEARTBEAT = add(one("heartbeat", Group.MEMBERS, "DURATION",
            ValueType.DURATION, text(ElectorConfig.DEFAULT.heartbeat()),
            "Interval between heartbeats to each member. At most an eighth of peer-timeout.")
            .only(Scope.RUN));
    public static final Option<Duration> PEER_TIMEOUT = add(one("peer-timeout", Group.MEMBERS, "DURATION",
            ValueType.DURATION, text(ElectorConfig.DEFAULT.peerTimeout()),
            "How long a member's agent may be silent while its machine answers. A machine that is silent itself is given"
                    + " up after about a quarter of it.")
            .only(Scope.RUN));
    public static final Option<Integer> PRIORITY = add(one("priority", Group.MEMBERS, "N", integer(0, 1000), "100",
            "The highest is preferred when a new owner is needed.").only(Scope.RUN));
    public static final Option<Boolean> PREEMPT = add(toggle("preempt", Group.MEMBERS,
            ElectorConfig.DEFAULT.preempt(),
            "Move a healthy VIP to a member of higher priority.").only(Scope.RUN));

    // Observability and control
    public static final Option<Optional<HostPort>> ADMIN_ADDRESS = add(one("admin-address", Group.OUTSIDE, "ADDR:PORT",
            ValueType.LISTEN_OR_NONE, "0.0.0.0:9643",
            "Where the page, /metrics, /healthz, /readyz and /status are served; none: off.")
            .with(Scope.BALANCE, Default.of("none")));
    public static final Option<Optional<Path>> CONTROL_SOCKET = add(one("control-socket", Group.OUTSIDE, "PATH",
            ValueType.SOCKET_OR_NONE, "/run/hacp/control.sock",
            "Unix socket for 'hacp handover', 'hacp connections' and 'hacp backend', open to the agent's own user only; none: off.")
            .with(Scope.BALANCE, Default.of("none")));
    public static final Option<LogConfig.Format> LOG_FORMAT = add(one("log-format", Group.OUTSIDE, "FORMAT",
            oneOf(LogConfig.Format.class), "text", "text for people, json for machines."));
    public static final Option<Level> LOG_LEVEL = add(
            one("log-level", Group.OUTSIDE, "LEVEL", oneOf(Level.class), "info",
                    "error, warn, info, debug or trace."));

    /// In the order of help and documentation.
    public static final List<Option<?>> ALL = List.copyOf(TABLE);

    /// Those that a command takes, in the same order.
    public static List<Option<?>> of(Scope scope) {
        return ALL.stream().filter(option -> option.scopes().contains(scope)).toList();
    }

    private static <T> Option<T> add(Option<T> option) {
        TABLE.add(option);
        return option;
    }

    private static String text(Duration value) {
        return Durations.format(value);
    }

    private static String text(int value) {
        return Integer.toString(value);
    }

    private static String text(Enum<?> value) {
        return ValueType.name(value);
    }
}
