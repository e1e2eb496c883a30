package dev.hacp.agent.composition;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.metrics.ElectionView;
import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.NodeName;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.leader.channel.NettyMemberChannel;
import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.election.Elector;
import dev.hacp.leader.kube.ApiServers;
import dev.hacp.leader.kube.EventPublisher;
import dev.hacp.leader.kube.KubeLeaseApi;
import dev.hacp.leader.members.MemberChannel.Loss;
import dev.hacp.leader.members.MemberStatus;
import dev.hacp.leader.probe.KernelProbe;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This node among the others: the election on the Lease, the channel to the other members, and the Events that tell
/// about both.
final class Membership {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    private final NettyMemberChannel channel;
    private final Elector elector;
    private final KernelProbe probe;
    private final EventPublisher events;

    /// @param joining has the agent's name
    Membership(AgentConfig config, ApiServers servers, Joining joining, Journal journal, Ticker ticker, DutyOf duty,
            Supplier<Fitness> fitness) {
        AgentConfig.Lease lease = config.lease();
        NodeName self = config.node();
        channel = joining.channel();
        elector = new Elector(config.election(), self,
                new KubeLeaseApi(servers, lease.namespace(), lease.name(), self,
                        config.election().leaseDuration(), ticker),
                Optional.of(channel), duty.with(channel), () -> fitness.get().and(joining.fitness()), ticker, journal);
        probe = new KernelProbe(KernelProbe.Timing.of(config.election().peerTimeout()), ticker, elector::kernel);
        channel.onAddresses(probe::members);
        events = new EventPublisher(servers, lease.namespace(), lease.name(), self, journal);
    }

    /// What an owner does needs the channel.
    interface DutyOf {
        LeaderDuty with(NettyMemberChannel channel);
    }

    void start() {
        probe.start();
        elector.start();
    }

    /// What the other members' kernels answer.
    KernelProbe probe() {
        return probe;
    }

    Elector elector() {
        return elector;
    }

    NettyMemberChannel channel() {
        return channel;
    }

    /// For metrics; blocks for a moment.
    ElectionView view() {
        return new ElectionView(elector.status(), elector.counters(), peers(), probe.snapshot(), probe.realTime(),
                events.published(), events.dropped());
    }

    /// Blocks for a moment.
    List<PeerStatus> peers() {
        List<PeerStatus> peers = channel.peers();
        return peers == null ? List.of() : peers;
    }

    /// Of the election, of the channel and of the probes.
    List<Pulse> pulses() {
        return List.of(elector.pulse(), channel.pulse(), probe.pulse());
    }

    /// Which member is at which address; blocks for a moment.
    Map<InetAddress, String> peerNames() {
        Map<InetAddress, String> names = new HashMap<>();
        peers().forEach(peer -> peer.address().literal().ifPresent(at -> names.put(at, peer.node().value())));
        return names;
    }

    /// Where members are that have fallen silent: that said no goodbye, and whose hosts do not refuse connections;
    /// blocks for a moment.
    Set<InetAddress> silentHosts() {
        Set<NodeName> silent = elector.status().others().stream()
                .filter(member -> !member.heard() && member.silentMillis() >= 0)
                .filter(member -> member.loss() != Loss.REFUSED && member.loss() != Loss.LEFT)
                .map(MemberStatus::name).collect(Collectors.toSet());
        Set<InetAddress> hosts = new HashSet<>();
        peers().stream().filter(peer -> silent.contains(peer.node()))
                .forEach(peer -> peer.address().literal().ifPresent(hosts::add));
        return hosts;
    }

    /// Stands down, hands over or releases, and leaves, within that time.
    void stop(Duration within) {
        try {
            elector.stop().get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.warn("the Lease was not released in time; it will expire");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            log.warn("the election had failed before: {}", String.valueOf(e.getCause()));
        }
        probe.close();
        events.close();
        channel.close();
    }
}
