package dev.hacp.agent.metrics;

import dev.hacp.core.StandDown;
import dev.hacp.leader.channel.PeerStatus;
import dev.hacp.leader.election.ElectorCounters;
import dev.hacp.leader.election.ElectorStatus;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import dev.hacp.leader.members.MemberStatus;
import dev.hacp.leader.probe.PeerProbes;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// Who owns the VIP, and the members.
final class ElectionSource implements Sheet.Source {

    private final Supplier<Optional<ElectionView>> view;

    /// @param view empty before this node takes part
    ElectionSource(Supplier<Optional<ElectionView>> view) {
        this.view = view;
    }

    @Override
    public void write(Sheet sheet) {
        view.get().ifPresent(now -> {
            status(sheet, now.status());
            counters(sheet, now.counters());
            now.peers().forEach(peer -> peer(sheet, peer));
            now.probes().forEach((peer, probes) -> probes(sheet, peer.value(), probes));
            sheet.put(Metrics.PROBE_REAL_TIME, now.realTime());
            sheet.put(Metrics.SKEWED, now.peers().stream().filter(peer -> !peer.difference().isNone()).count());
            sheet.put(Metrics.UNABLE,
                    now.peers().stream().filter(peer -> !peer.difference().unable().isEmpty()).count());
            sheet.put(Metrics.EVENTS_PUBLISHED, now.eventsPublished());
            sheet.put(Metrics.EVENTS_DROPPED, now.eventsDropped());
        });
    }

    private static void status(Sheet sheet, ElectorStatus status) {
        status.leader().ifPresent(leader -> sheet.put(Metrics.KNOWN_LEADER, 1, leader.value()));
        for (Role role : Role.values()) {
            sheet.put(Metrics.ROLE, role == status.role(), role.name().toLowerCase(Locale.ROOT));
        }
        if (status.term() >= 0) {
            sheet.put(Metrics.TERM, status.term());
        }
        sheet.put(Metrics.OWNED, status.since());
        sheet.put(Metrics.REMAINING, status.remaining());
        status.renewedAgo().ifPresent(ago -> sheet.put(Metrics.RENEWED, ago));
        sheet.put(Metrics.BY_MAJORITY, status.holding());
        sheet.put(Metrics.BACKED, status.backed());
        sheet.put(Metrics.API_REACHABLE, status.apiProblem().isEmpty());
        sheet.put(Metrics.FIT, status.standing().fit());
        sheet.put(Metrics.MEMBERS, status.members());
        sheet.put(Metrics.QUORUM, status.quorum());
        sheet.put(Metrics.LATENESS, status.lateness());
        sheet.put(Metrics.HEARD, 1 + status.others().stream().filter(MemberStatus::heard).count());
        for (MemberStatus member : status.others()) {
            sheet.put(Metrics.PEER_HEARD, member.heard(), member.name().value());
            sheet.put(Metrics.PEER_FIT, member.fit(), member.name().value());
            for (KernelState state : KernelState.values()) {
                sheet.put(Metrics.PEER_KERNEL, state == member.kernel(), member.name().value(),
                        state.name().toLowerCase(Locale.ROOT));
            }
        }
    }

    private static void counters(Sheet sheet, ElectorCounters counters) {
        sheet.put(Metrics.LEADER_CHANGES, counters.leaderChanges());
        sheet.put(Metrics.TAKEOVERS, counters.takeovers() - counters.provisional(), "lease");
        sheet.put(Metrics.TAKEOVERS, counters.provisional(), "vote");
        sheet.put(Metrics.TAKEOVER_LAST, counters.lastTakeoverNanos() / 1e9);
        for (StandDown reason : StandDown.values()) {
            sheet.put(Metrics.STAND_DOWNS, counters.standDowns().getOrDefault(reason, 0L),
                    reason.name().toLowerCase(Locale.ROOT));
        }
        sheet.put(Metrics.RENEWALS, counters.renewals());
        sheet.put(Metrics.RENEW_SUM, counters.renewNanos() / 1e9);
        sheet.put(Metrics.RENEW_LAST, counters.lastRenewNanos() / 1e9);
        sheet.put(Metrics.RENEW_MAX, counters.longestRenewNanos() / 1e9);
        sheet.put(Metrics.LEASE_CONFLICTS, counters.conflicts());
        sheet.put(Metrics.LEASE_FAILURES, counters.failures());
        sheet.put(Metrics.PAUSES, counters.pauses());
        sheet.put(Metrics.PAUSE_MAX, counters.longestPauseNanos() / 1e9);
        sheet.put(Metrics.BEATS_SENT, counters.heartbeatsSent());
        sheet.put(Metrics.BEATS_RECEIVED, counters.heartbeatsReceived());
    }

    private static void peer(Sheet sheet, PeerStatus peer) {
        String name = peer.node().value();
        sheet.put(Metrics.PEER_CONNECTED, peer.connected(), name);
        if (!peer.roundTrip().isZero()) {
            sheet.put(Metrics.PEER_ROUND_TRIP, peer.roundTrip(), name);
        }
        sheet.put(Metrics.PEER_CLIENTS, peer.clients(), name);
    }

    private static void probes(Sheet sheet, String peer, PeerProbes probes) {
        sheet.put(Metrics.PEER_PROBES_SENT, probes.sent(), peer);
        sheet.put(Metrics.PEER_PROBES_ANSWERED, probes.answered(), peer);
        if (!probes.roundTrip().isZero()) {
            sheet.put(Metrics.PEER_PROBE_ROUND_TRIP, probes.roundTrip(), peer);
        }
    }
}
