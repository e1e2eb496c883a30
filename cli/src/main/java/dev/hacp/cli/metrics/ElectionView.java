package dev.hacp.cli.metrics;

import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.election.ElectorCounters;
import dev.hacp.leader.election.ElectorStatus;
import java.util.List;

/// This node among the others at one moment, for a scrape.
///
/// @param eventsPublished Kubernetes Events written since the start; `eventsDropped` were given up
public record ElectionView(ElectorStatus status, ElectorCounters counters, List<PeerStatus> peers,
        long eventsPublished, long eventsDropped) {

    public ElectionView {
        peers = List.copyOf(peers);
    }
}
