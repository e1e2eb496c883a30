package dev.hacp.agent.composition;

import dev.hacp.agent.Version;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.agent.status.StatusParts;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.election.ElectorStatus;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberStatus;
import dev.hacp.leader.members.Ownership;
import dev.hacp.leader.probe.PeerProbes;
import dev.hacp.vip.address.AddressKeeper;
import dev.hacp.vip.address.VipStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What this agent tells about itself, computed from live snapshots each time it is asked.
final class AgentReport {

    private final NodeName node;
    private final Journal journal;
    private final AddressKeeper address;
    private final BalancerPart balancer;
    private final VipPort port;
    private final ApiGate gate;
    private final LoopWatch watch;
    private final Supplier<@Nullable Membership> membership;
    private final Supplier<String> nameProblem;

    /// @param nameProblem why this agent does not have its node name; empty when it has, or has not asked yet
    /// @param membership  null before this node takes part
    AgentReport(NodeName node, Journal journal, AddressKeeper address, BalancerPart balancer, VipPort port,
            ApiGate gate, LoopWatch watch, Supplier<String> nameProblem, Supplier<@Nullable Membership> membership) {
        this.node = node;
        this.journal = journal;
        this.address = address;
        this.balancer = balancer;
        this.port = port;
        this.gate = gate;
        this.watch = watch;
        this.nameProblem = nameProblem;
        this.membership = membership;
    }

    AgentStatus status() {
        Membership members = membership.get();
        ElectorStatus election = members == null ? null : members.elector().status();
        VipStatus vips = address.status();
        List<Journal.Entry> entries = journal.entries();
        var lb = balancer.balancer().status();
        boolean leads = leads(members);
        List<String> problems = notReady();
        return new AgentStatus(node.value(), Version.number(), leads ? "leader" : "follower",
                election == null ? null : election.leader().map(NodeName::value).orElse(null),
                election == null || election.term() < 0 ? null : election.term(), since(election, leads, entries),
                problems.isEmpty() ? null : String.join("; ", problems),
                new AgentStatus.Connections(lb.relay().connections(), lb.relay().total()),
                election == null ? null : lease(election, leads),
                members == null || election == null
                        ? null
                        : new AgentStatus.Detector(members.probe().realTime(), election.lateness().toMillis()),
                vips(vips),
                StatusParts.backends(lb.backends(), balancer.health().snapshots()),
                members == null || election == null ? List.of() : members(election, members),
                StatusParts.moves(entries), StatusParts.timeline(entries));
    }

    /// One sentence per reason why this node could not serve the VIP now; empty = ready.
    List<String> notReady() {
        List<String> reasons = new ArrayList<>();
        Membership members = membership.get();
        String name = nameProblem.get();
        if (!name.isEmpty()) {
            reasons.add(name);
        } else if (members == null) {
            reasons.add(gate.reason().isEmpty() ? "starting" : gate.reason());
        } else if (!members.elector().status().apiProblem().isEmpty()) {
            reasons.add(members.elector().status().apiProblem());
        }
        if (!address.fitness().fit()) {
            reasons.add(address.fitness().reason());
        }
        if (!balancer.fitness().fit()) {
            reasons.add(balancer.fitness().reason());
        }
        return reasons;
    }

    /// One sentence per loop that does not turn; empty = alive.
    List<String> stuck() {
        List<String> reasons = new ArrayList<>(watch.hung());
        Membership members = membership.get();
        if (members != null && members.elector().ended().toCompletableFuture().isCompletedExceptionally()) {
            reasons.add("the election has ended");
        }
        return reasons;
    }

    static boolean leads(@Nullable Membership members) {
        return members != null && members.elector().leadership() instanceof Leadership.Leader;
    }

    private List<AgentStatus.Vip> vips(VipStatus status) {
        return status.vips().stream()
                .flatMap(vip -> StatusParts.vips(new VipStatus(status.interfaceName(), "", List.of(vip)),
                        port.served().contains(vip.address()), balancer.clients()).stream())
                .toList();
    }

    /// Of an owner exactly; of another one as it wrote into the Lease, else since this node learnt of it.
    static @Nullable String since(@Nullable ElectorStatus election, boolean leads,
            List<Journal.Entry> entries) {
        if (election != null && leads) {
            return Instant.now().minus(election.since()).toString();
        }
        Optional<Instant> acquired = election == null ? Optional.empty() : election.acquired();
        if (acquired.isPresent()) {
            return acquired.get().toString();
        }
        return entries.reversed().stream().filter(entry -> entry.kind() == Journal.Kind.LEADER_CHANGED).findFirst()
                .map(entry -> entry.at().toString()).orElse(null);
    }

    private static AgentStatus.Lease lease(ElectorStatus election, boolean leads) {
        return new AgentStatus.Lease(election.leader().map(NodeName::value).orElse(null),
                election.renewedAgo().map(Duration::toMillis).orElse(null),
                leads ? election.remaining().toMillis() : null, leads ? election.backed() : null);
    }

    private static Optional<NodeName> takesForOwner(MemberStatus member) {
        boolean owns = member.role() == Role.OWNER || member.role() == Role.PROVISIONAL;
        return owns ? Optional.of(member.name()) : member.attests().map(Ownership::owner);
    }

    private static List<AgentStatus.Member> members(ElectorStatus election, Membership members) {
        Map<NodeName, PeerStatus> byNode = members.peers().stream()
                .collect(Collectors.toMap(PeerStatus::node, Function.identity()));
        Map<NodeName, PeerProbes> probes = members.probe().snapshot();
        return election.others().stream()
                .map(member -> member(member, byNode.get(member.name()), probes.get(member.name()))).toList();
    }

    static AgentStatus.Member member(MemberStatus member, @Nullable PeerStatus peer, @Nullable PeerProbes probes) {
        boolean measured = peer != null && !peer.roundTrip().isZero();
        return new AgentStatus.Member(member.name().value(), peer == null ? null : peer.address().toString(),
                machine(member.kernel(), probes), member.heard(),
                measured && peer != null ? StatusParts.millis(peer.roundTrip()) : null,
                takesForOwner(member).map(NodeName::value).orElse(null),
                member.silentMillis() < 0 ? null : member.silentMillis(), member.latenessMillis(),
                member.fit() ? "" : member.reason(), peer == null ? "" : peer.difference().toString());
    }

    /// The state is the one that the election acts on.
    private static AgentStatus.Machine machine(KernelState state, @Nullable PeerProbes probes) {
        return new AgentStatus.Machine(state.name().toLowerCase(Locale.ROOT),
                probes == null ? null : probes.method().toString(),
                probes == null || probes.roundTrip().isZero() ? null : StatusParts.millis(probes.roundTrip()));
    }
}
