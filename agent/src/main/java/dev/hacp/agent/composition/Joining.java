package dev.hacp.agent.composition;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.ClientConnection;
import dev.hacp.core.Fitness;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.MemberDirectory;
import dev.hacp.leader.channel.NettyMemberChannel;
import dev.hacp.leader.kube.ApiServers;
import java.util.Collection;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This agent's name and address among the members. It comes before the [Membership]: an agent that shares its name with
/// another one must not even look at the Lease, whose holder would seem to be itself.
final class Joining {

    private static final Logger log = LoggerFactory.getLogger(Joining.class);

    private final MemberDirectory directory;
    private final NettyMemberChannel channel;

    /// @param advertised where the others reach this agent
    Joining(AgentConfig config, ApiServers servers, HostPort advertised,
            Supplier<? extends Collection<ClientConnection>> clients, Journal journal, Ticker ticker) {
        AgentConfig.Lease lease = config.lease();
        directory = new MemberDirectory(servers, lease.namespace(), lease.name(), config.node(), advertised,
                AgentSettings.of(config), journal, ticker);
        channel = new NettyMemberChannel(config.members(), directory, clients, ticker);
    }

    /// Waits until this agent has its node name to itself.
    void awaitName() throws InterruptedException {
        try {
            directory.claim(channel.fingerprint()).toCompletableFuture().get();
        } catch (CancellationException e) {
            log.debug("stopped before it had its name");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /// The peers reach this agent there from now on.
    void moved(HostPort advertised) {
        directory.moved(advertised);
    }

    /// Why this agent does not have its node name, or not yet; empty when it has.
    String problem() {
        return directory.nameProblem();
    }

    boolean isNameTaken() {
        return directory.isNameTaken();
    }

    Fitness fitness() {
        String problem = problem();
        return problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem);
    }

    NettyMemberChannel channel() {
        return channel;
    }

    /// Without having been a member of the election.
    void stop() {
        directory.leave();
        channel.close();
    }
}
