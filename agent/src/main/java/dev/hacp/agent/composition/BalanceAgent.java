package dev.hacp.agent.composition;

import dev.hacp.agent.Version;
import dev.hacp.agent.admin.AdminServer;
import dev.hacp.agent.admin.AdminViews;
import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.BalanceConfig;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.agent.control.ControlServer;
import dev.hacp.agent.metrics.AgentMetrics;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.agent.status.StatusParts;
import dev.hacp.core.Fitness;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.leader.kube.CredentialSource;
import dev.hacp.leader.kube.Credentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `hacp balance` starts: the balancer alone, without VIP and election.
public final class BalanceAgent {

    private static final Logger log = LoggerFactory.getLogger("hacp");
    /// Short requests end by themselves; a watch would never.
    private static final Duration GRACE = Duration.ofSeconds(2);
    /// Clients that were refused until now can wait that much longer for a balancer that is warm.
    private static final Duration REHEARSAL = Duration.ofMillis(150);

    private final BalanceConfig config;
    private final Journal journal = new Journal();
    private final BalancerPart balancer;
    private final LoopWatch watch;
    private @Nullable AdminServer admin;
    private @Nullable ControlServer control;
    private boolean stopped;

    private BalanceAgent(BalanceConfig config) {
        this.config = config;
        List<Listen> listen = config.listen().stream()
                .map(each -> Listen.at(new InetSocketAddress(each.host(), each.port()))).toList();
        balancer = new BalancerPart(config.balancer(), listen, credentials(config.cluster()), journal,
                Ticker.system());
        watch = new LoopWatch(balancer::pulses);
    }

    private static HealthCredentials credentials(AgentConfig.Cluster cluster) {
        return cluster.kubeconfigs().isEmpty()
                ? HealthCredentials.NONE
                : new KubeHealthCredentials(new Credentials(CredentialSource.of(cluster.kubeconfigs(), Map.of())));
    }

    /// Runs until it is told to stop.
    ///
    /// @return the exit code
    public static int run(BalanceConfig config) {
        BalanceAgent agent = new BalanceAgent(config);
        try {
            agent.start();
            // A JVM that ends by SIGTERM says 143, unless the hook itself ends it.
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("hacp-stop").unstarted(() -> {
                agent.stop();
                Runtime.getRuntime().halt(0);
            }));
            new CountDownLatch(1).await();
        } catch (IOException e) {
            log.error(e.getMessage());
            agent.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            agent.stop();
        }
        return 1;
    }

    private synchronized void start() throws IOException {
        balancer.backends(config.balancer().backends());
        balancer.rehearse(REHEARSAL);
        balancer.start();
        if (config.admin().listen().isPresent()) {
            AgentMetrics metrics = new AgentMetrics(Version.number());
            metrics.ready(() -> notReady().isEmpty());
            metrics.balancer(balancer.balancer()::status);
            metrics.health(balancer.health()::snapshots);
            admin = AdminServer.start(config.admin().listen().get(),
                    new AdminViews(this::status, metrics::scrape, watch::hung, this::notReady));
        }
        control = ControlServer
                .open(config.admin().controlSocket(),
                        new AgentActions(Surroundings.ofThisProcess().hostName(), balancer, () -> null))
                .orElse(null);
        watch.start();
        journal.record(Journal.Kind.AGENT_STARTED, "hacp balances", "version", Version.number(), "listen",
                String.join(",", config.listen().stream().map(HostPort::toString).toList()));
    }

    private List<String> notReady() {
        Fitness fitness = balancer.fitness();
        return fitness.fit() ? List.of() : List.of(fitness.reason());
    }

    private AgentStatus status() {
        BalancerStatus lb = balancer.balancer().status();
        List<String> problems = notReady();
        return new AgentStatus(Surroundings.ofThisProcess().hostName(), Version.number(), "balancer", null, null, null,
                problems.isEmpty() ? null : String.join("; ", problems),
                new AgentStatus.Connections(lb.relay().connections(), lb.relay().total()), null, null, List.of(),
                StatusParts.backends(lb.backends(), balancer.health().snapshots()), List.of(), List.of(),
                StatusParts.timeline(journal.entries()));
    }

    private synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        journal.record(Journal.Kind.AGENT_STOPPED, "hacp stops");
        if (control != null) {
            control.close();
        }
        balancer.stop(GRACE);
        watch.close();
        if (admin != null) {
            admin.close();
        }
    }
}
