package dev.hacp.leader.election;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// For how long two nodes of the [SimulatedWorld] had the address at the same time, both running. This is what hurts, and not
/// what either believes. While a process is paused nothing of it can act; its kernel's fence ends that, which is not
/// simulated.
final class Overlaps {

    /// @param paused   whether either was paused within the two seconds before, or during it
    /// @param heard    for how long both heard each other in the meantime
    /// @param bothAct  for how long both might announce and repair
    /// @param excuse   why it may last: empty when nothing does
    record Overlap(long begin, long end, String one, String other, boolean paused, long heard, long bothAct,
            String excuse,
            String roles) {

        long nanos() {
            return end - begin;
        }
    }

    private static final class Open {
        final long begin;
        final boolean paused;
        long heard;
        long bothAct;
        String excuse = "";
        String roles = "";

        Open(long begin, boolean paused) {
            this.begin = begin;
            this.paused = paused;
        }
    }

    private static final long LATELY = 2_000 * SimulatedWorld.MILLI;

    private final SimulatedWorld world;
    private final Map<Integer, Open> open = new HashMap<>();
    private final List<Overlap> ended = new ArrayList<>();
    private long lookedAt;

    Overlaps(SimulatedWorld world) {
        this.world = world;
    }

    /// After every event of any node.
    void look() {
        long now = world.now();
        long passed = now - lookedAt;
        lookedAt = now;
        List<SimulatedNode> nodes = world.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = i + 1; j < nodes.size(); j++) {
                look(nodes.get(i), nodes.get(j), now, passed);
            }
        }
    }

    private void look(SimulatedNode one, SimulatedNode other, long now, long passed) {
        int pair = one.index * nodes() + other.index;
        Open before = open.get(pair);
        if (acts(one) && acts(other)) {
            if (before == null) {
                before = new Open(now, now - one.resumedAt < LATELY || now - other.resumedAt < LATELY);
                open.put(pair, before);
            } else {
                before.heard += hears(one, other) && hears(other, one) ? passed : 0;
                before.bothAct += one.isValid() && other.isValid() ? passed : 0;
            }
            before.excuse = before.excuse.isEmpty() ? excuse(one, other, now) : before.excuse;
            before.roles = role(one) + " " + role(other);
        } else if (before != null) {
            open.remove(pair);
            ended.add(new Overlap(before.begin, now, one.name.value(), other.name.value(),
                    before.paused || one.isPaused() || other.isPaused(), before.heard, before.bothAct, before.excuse,
                    before.roles));
        }
    }

    private int nodes() {
        return world.size();
    }

    private static boolean acts(SimulatedNode node) {
        return node.address && node.isUp() && !node.isPaused();
    }

    private boolean hears(SimulatedNode one, SimulatedNode other) {
        Election election = one.election();
        return election != null && election.evidence().roster().isHolding(other.name, election.now());
    }

    /// Kinds of fault that no rule of the members can see through, all in docs/adr/0003: a firewall that refuses the member
    /// port while the machines answer and only one side reaches the API; somebody who writes another holder into the Lease while
    /// the owner does not reach it, and a guest that was frozen with its clock and is cut off when it goes on, which both end
    /// with the owner's renewDeadline.
    private String excuse(SimulatedNode one, SimulatedNode other, long now) {
        if (world.network.isRefused(one, other) && world.api.isReachedBySome()) {
            return "firewall";
        }
        long lease = SimulatedWorld.CONFIG.leaseDuration().toNanos();
        boolean frozen = now - one.thawedAt < lease || now - other.thawedAt < lease;
        boolean cut = world.network.isCut(one.index, other.index) || world.network.isCut(other.index, one.index);
        return now - world.api.editedAt < lease || (frozen && cut) ? "renewDeadline" : "";
    }

    private static String role(SimulatedNode node) {
        Election election = node.election();
        OwnershipTerm term = election == null ? null : election.ownershipTerm();
        return node.name + "=" + (election == null ? "down" : election.role())
                + (term == null
                        ? ""
                        : "/" + term.term + (term.isLeased() ? " leased" : "") + (term.isWatched() ? " watched" : ""));
    }

    /// All that have ended, and those that have not, until now.
    List<Overlap> all() {
        look();
        List<Overlap> all = new ArrayList<>(ended);
        open.forEach((pair, it) -> {
            String one = world.nodes().get(pair / nodes()).name.value();
            String other = world.nodes().get(pair % nodes()).name.value();
            all.add(new Overlap(it.begin, world.now(), one, other, it.paused, it.heard, it.bothAct, it.excuse,
                    it.roles));
        });
        return all;
    }
}
