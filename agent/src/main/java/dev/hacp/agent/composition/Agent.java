package dev.hacp.agent.composition;

import dev.hacp.agent.Version;
import dev.hacp.agent.admin.AdminServer;
import dev.hacp.agent.admin.AdminViews;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.control.ControlServer;
import dev.hacp.agent.metrics.AgentMetrics;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.Pulse;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.leader.kube.ApiServers;
import dev.hacp.leader.kube.ApiTiming;
import dev.hacp.leader.kube.Credential;
import dev.hacp.leader.kube.CredentialSource;
import dev.hacp.leader.kube.Credentials;
import dev.hacp.leader.kube.EndpointDiscovery;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.address.AddressKeeper;
import dev.hacp.vip.address.VipPreflight;
import dev.hacp.vip.address.VipStatus;
import dev.hacp.vip.wake.IdleClientWaker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `hacp run` starts. First what needs nobody (listeners, steering, the address keeper, the admin pages), then the
/// Kubernetes API as soon as it is there, then the election. Everything stops in the reverse order.
public final class Agent {

    private static final Logger log = LoggerFactory.getLogger("hacp");
    /// A whole table of 5,000 idle clients is awake within half a second, and no switch is flooded.
    private static final int WAKE_PER_SECOND = 10_000;
    /// SIGTERM promises five seconds for all.
    private static final Duration LEAVE = Duration.ofSeconds(4);
    private static final Duration GRACE = Duration.ofMillis(100);
    private static final Duration REHEARSAL = Duration.ofMillis(500);
    /// Until the election has published what its step found.
    private static final long A_MOMENT = 5;
    /// Rounds of the upkeep; the kernel's own reports come first.
    private static final int LOOK_AT_ADDRESSES = 10;

    private final AgentConfig config;
    private final Ticker ticker = Ticker.system();
    private final FaultGuard guard = new FaultGuard("the upkeep", ticker);
    private final Journal journal = new Journal();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ScheduledThreadPoolExecutor upkeep;
    private final ApiServers servers;
    private final ApiGate gate;
    private final VipPort port;
    private final BalancerPart balancer;
    private final AddressKeeper address;
    private final NodeAddressWatch nodeAddress;
    private final IdleClientWaker waker;
    private final ClientSharing sharing;
    private final @Nullable EndpointDiscovery discovery;
    private final ApiServerFollowing following;
    private final LoopWatch watch = new LoopWatch(this::pulses);

    private volatile @Nullable Joining joining;
    private volatile @Nullable Membership membership;
    private volatile Map<InetAddress, String> members = Map.of();
    private volatile Set<VirtualIp> vips = Set.of();
    /// Of the upkeep's thread.
    private int rounds;
    private Set<InetAddress> doubted = Set.of();

    // Guarded by this.
    private @Nullable AdminServer admin;
    private @Nullable ControlServer control;
    private boolean stopping;

    private Agent(AgentConfig config, VipPort port) {
        this.config = config;
        this.port = port;
        // Tasks submitted after shutdown are dropped.
        upkeep = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("hacp-upkeep").daemon(true).factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        List<HostPort> fixed = config.balancer().backends();
        Credentials credentials = new Credentials(CredentialSource.of(
                config.cluster().inCluster() ? List.of() : config.cluster().kubeconfigs(), System.getenv()));
        servers = new ApiServers(credentials, List.of(), fixed, ApiTiming.DEFAULT, ticker);
        gate = new ApiGate(servers, config.lease().namespace(), fixed.isEmpty(), journal, ticker);
        balancer = new BalancerPart(config.balancer(), port.listen(),
                new KubeHealthCredentials(credentials), journal, ticker);
        following = new ApiServerFollowing(servers, balancer, config.cluster().kubeconfigs(), () -> vips,
                ServerMemory.ofThisProcess(System.getenv()), ticker);
        discovery = fixed.isEmpty() ? new EndpointDiscovery(servers, this::discovered) : null;
        address = new AddressKeeper(config.address(), new AddressKeeper.Surroundings(this::leadership,
                () -> members, this::relinquish, this::serve, ThreadStarter.PLATFORM), journal, ticker);
        nodeAddress = new NodeAddressWatch(config.members().listen(), address::status, () -> vips, this::reachable,
                journal, ticker);
        waker = new IdleClientWaker(WAKE_PER_SECOND, ticker, ThreadStarter.PLATFORM);
        sharing = new ClientSharing(ticker, upkeep);
    }

    /// Runs until it is told to stop.
    ///
    /// @return the exit code
    /// @throws ConfigurationException when a VIP is the address of a machine or of a subnet
    public static int run(AgentConfig config) {
        List<String> problems = VipPreflight.problems();
        if (!problems.isEmpty()) {
            problems.forEach(log::error);
            return 1;
        }
        List<String> unusable = UnusableVips.of(config);
        if (!unusable.isEmpty()) {
            throw new ConfigurationException(unusable);
        }
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, fault) -> log.error("thread {} died of an uncaught exception", thread.getName(), fault));
        VipPort port;
        try {
            port = VipPort.choose(config.address());
        } catch (IOException e) {
            log.error(e.getMessage());
            return 1;
        }
        Agent agent = new Agent(config, port);
        // A JVM that ends by SIGTERM says 143, unless the hook itself ends it.
        Thread hook = Thread.ofPlatform().name("hacp-stop").unstarted(() -> Runtime.getRuntime().halt(agent.stop()));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            agent.start();
            agent.takePart();
            agent.ended.await();
        } catch (IOException e) {
            log.error(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // An internal error: the reader needs the stack trace.
            log.error("unexpected failure", e);
        }
        agent.stop();
        // With a failure; an agent that was told to stop was ended by the hook.
        Runtime.getRuntime().halt(1);
        return 1;
    }

    /// What needs nobody else.
    ///
    /// @throws IOException one sentence that names what cannot be had and the remedy
    private synchronized void start() throws IOException {
        requireFree(config.members().listen());
        openPort();
        AgentReport report = new AgentReport(config.node(), journal, address, balancer, port, gate, watch,
                this::nameProblem, () -> membership);
        if (config.admin().listen().isPresent()) {
            AgentMetrics metrics = metrics();
            metrics.ready(() -> report.notReady().isEmpty());
            admin = AdminServer.start(config.admin().listen().get(),
                    new AdminViews(report::status, metrics::scrape, report::stuck, report::notReady));
        }
        control = ControlServer
                .open(config.admin().controlSocket(),
                        new AgentActions(config.node().value(), balancer, () -> membership))
                .orElse(null);
        balancer.balancer().follow(sharing);
        balancer.backends(config.balancer().backends());
        if (discovery != null) {
            following.start();
        }
        address.start();
        watch.start();
        journal.record(Journal.Kind.AGENT_STARTED, "hacp starts", "version", Version.number(), "node", config.node(),
                "vip", String.join(",", config.address().texts()), "port", config.address().port());
    }

    private AgentMetrics metrics() {
        AgentMetrics metrics = new AgentMetrics(Version.number());
        metrics.role(() -> AgentReport.leads(membership));
        metrics.name(() -> {
            Joining named = joining;
            return named != null && named.isNameTaken();
        });
        metrics.election(() -> Optional.ofNullable(membership).map(Membership::view));
        metrics.memberPort(() -> Optional.ofNullable(membership).map(joined -> joined.channel().counters()));
        metrics.clientCertificate(() -> servers.credentials().current().flatMap(Credential::notAfter));
        metrics.vip(address::status, address.counters(), balancer.clients());
        metrics.waker(waker);
        metrics.balancer(balancer.balancer()::status);
        metrics.health(balancer.health()::snapshots);
        return metrics;
    }

    private List<Pulse> pulses() {
        List<Pulse> pulses = new ArrayList<>(balancer.pulses());
        pulses.add(address.pulse());
        Membership joined = membership;
        if (joined != null) {
            pulses.addAll(joined.pulses());
        }
        return pulses;
    }

    private void openPort() throws IOException {
        try {
            balancer.start();
        } catch (IOException e) {
            throw port.explain(e);
        }
        port.open(balancer.balancer().listeners());
    }

    /// The election comes much later: a port that is taken is reported at once.
    private static void requireFree(HostPort listen) throws IOException {
        InetSocketAddress socket = new InetSocketAddress(listen.host(), listen.port());
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(socket);
        } catch (IOException e) {
            throw new IOException("--peer-address " + listen + ": cannot listen there (" + e.getMessage()
                    + "); give a free port on an address of this node", e);
        }
    }

    /// Waits for the Kubernetes API and joins the election.
    private void takePart() throws InterruptedException {
        nodeAddress.await();
        upkeep.scheduleWithFixedDelay(guard.around(this::upkeep), 0, 500, TimeUnit.MILLISECONDS);
        address.onKernelChange(() -> upkeep.execute(guard.around(nodeAddress::look)));
        gate.await();
        Joining named = prepare();
        if (named != null) {
            named.awaitName();
            join(named);
        }
    }

    /// @return null when the agent stops
    private synchronized @Nullable Joining prepare() {
        if (stopping) {
            return null;
        }
        if (discovery != null) {
            discovery.start();
        }
        Joining named = new Joining(config, servers, nodeAddress.reachable().advertised(), sharing::table, journal,
                ticker);
        joining = named;
        // It may have changed just before anybody could be told.
        named.moved(nodeAddress.reachable().advertised());
        return named;
    }

    private synchronized void join(Joining named) {
        if (stopping) {
            return;
        }
        Membership joined = new Membership(config, servers, named, journal, ticker,
                channel -> new OwnerDuty(address, balancer.balancer(), sharing, waker, channel::clientsOfPeers,
                        () -> upkeep.schedule(guard.around(this::doubtSilent), A_MOMENT, TimeUnit.MILLISECONDS)),
                () -> address.fitness().and(balancer.fitness()));
        sharing.shareWith(joined.channel()::shareClients);
        if (discovery != null) {
            joined.channel().onApiServers(told -> upkeep.execute(guard.around(() -> following.heard(told))));
            following.shareWith(joined.channel()::shareApiServers);
        }
        membership = joined;
        joined.start();
        joined.elector().ended().whenComplete((_, failure) -> {
            if (failure != null) {
                log.error("the election has ended: {}", failure.getMessage());
                ended.countDown();
            }
        });
        // While it follows: clients that come with the VIP all at once should not find a cold balancer.
        Thread.ofPlatform().name("hacp-rehearsal").daemon().start(() -> balancer.rehearse(REHEARSAL));
        journal.record(Journal.Kind.MEMBER, "joined the election", "node", config.node(), "address",
                nodeAddress.reachable().advertised(),
                "lease", config.lease());
    }

    // ---- what the parts ask of each other

    private Leadership leadership() {
        Membership joined = membership;
        return joined == null ? Leadership.Follower.OF_NOBODY : joined.elector().leadership();
    }

    private void relinquish(StandDown reason, Duration holdDown) {
        Membership joined = membership;
        if (joined != null) {
            joined.elector().relinquish(reason, holdDown);
        }
    }

    private void serve(Set<VirtualIp> meant) {
        vips = Set.copyOf(meant);
        port.serve(meant);
    }

    private void discovered(List<HostPort> found) {
        following.named(found);
        // Before the first takeover: an agent that was restarted may be the owner in the Lease already.
        refreshMembers();
    }

    /// Machines whose kernels may answer for the VIP without being strangers: the members' and the API servers'.
    private void refreshMembers() {
        Membership joined = membership;
        Map<InetAddress, String> known = new HashMap<>(joined == null ? Map.of() : joined.peerNames());
        servers.known().forEach(server -> server.literal().ifPresent(address -> known.putIfAbsent(address, "")));
        vips.forEach(vip -> known.remove(vip.address()));
        members = Map.copyOf(known);
    }

    private void upkeep() {
        refreshMembers();
        doubtSilent();
        if (discovery != null) {
            following.follow();
        }
        if (++rounds % LOOK_AT_ADDRESSES == 0) {
            nodeAddress.look();
            following.own(nodeAddress.reachable());
        }
        if (AgentReport.leads(membership) && !nameProblem().isEmpty()) {
            // Any other agent with our name counts as this member from now on.
            relinquish(StandDown.UNFIT, Duration.ZERO);
        }
    }

    private String nameProblem() {
        Joining named = joining;
        return named == null ? "" : named.problem();
    }

    private void reachable(Reachable here) {
        following.own(here);
        Joining named = joining;
        if (named != null) {
            named.moved(here.advertised());
        }
    }

    /// Where an agent has fallen silent, the API server may be dead as well: seconds may pass before its health checks
    /// know.
    private void doubtSilent() {
        Membership joined = membership;
        Set<InetAddress> silent = joined == null ? Set.of() : joined.silentHosts();
        silent.stream().filter(host -> !doubted.contains(host))
                .forEach(host -> balancer.doubt(host, "the agent there is silent"));
        doubted = silent;
    }

    // ---- the end

    /// Hands over or releases, and leaves nothing behind.
    ///
    /// @return the exit code: 0 when no VIP is left on this node
    private synchronized int stop() {
        if (!stopping) {
            stopping = true;
            if (control != null) {
                control.close();
            }
            journal.record(Journal.Kind.AGENT_STOPPED, "hacp stops", "node", config.node());
            Membership joined = membership;
            Joining named = joining;
            if (joined != null) {
                orderly(() -> joined.stop(LEAVE));
            } else if (named != null) {
                orderly(named::stop);
            }
            orderly(address::close);
            if (discovery != null) {
                orderly(discovery::close);
            }
            orderly(() -> balancer.stop(GRACE));
            orderly(port::close);
            orderly(waker::close);
            if (admin != null) {
                orderly(admin::close);
            }
            orderly(servers::close);
            upkeep.shutdownNow();
            watch.close();
        }
        return address.status().vips().stream().anyMatch(VipStatus.Vip::held) ? 1 : 0;
    }

    /// One part that does not stop as it should keeps no other from it: the address above all must go.
    private static void orderly(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            log.error("while stopping", e);
        }
    }
}
