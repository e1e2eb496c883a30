package dev.hacp.agent.metrics;

import dev.hacp.core.NodeName;
import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.election.ElectorCounters;
import dev.hacp.leader.election.ElectorStatus;
import dev.hacp.leader.probe.PeerProbes;
import java.util.List;
import java.util.Map;

/// This node among the others at one moment, for a scrape.
///
/// @param probes          how each member's kernel answers
/// @param realTime        whether the thread that asks them has real-time scheduling
/// @param eventsPublished Kubernetes Events written since the start; `eventsDropped` were given up
public record ElectionView(ElectorStatus status, ElectorCounters counters, List<PeerStatus> peers,
        Map<NodeName, PeerProbes> probes, boolean realTime, long eventsPublished, long eventsDropped) {

    public ElectionView {
        peers = List.copyOf(peers);
        probes = Map.copyOf(probes);
    }
}
