package dev.hacp.leader.election;

import static dev.hacp.leader.election.SimulatedWorld.MILLI;

import dev.hacp.core.Fitness;
import dev.hacp.core.StandDown;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One history: a settled world, some faults that overlap, all healed, and a settled world again within its bound.
final class Chaos {

    /// From the last repair to one owner that everybody knows: a back-off after a failed address is the longest part.
    static final long PROGRESS = 16_000 * MILLI;

    /// The longest time in which two nodes that run may both have the address, whatever the faults: docs/adr/0003 has the worst of
    /// each. An address whose removal fails is left to the kernel's fence and not counted.
    static final long OVERLAP = 300 * MILLI;

    final SimulatedWorld world;
    int faults;
    boolean everDutiesFail;

    Chaos(long seed, int nodes, double @Nullable [] rates) {
        this(seed, SimulatedWorld.sized(nodes), rates);
    }

    Chaos(long seed, List<ElectorConfig> configs, double @Nullable [] rates) {
        this.world = new SimulatedWorld(seed, configs, rates);
    }

    void run() {
        if (world.random.nextBoolean()) {
            world.api.members = new TreeSet<>();
        }
        world.runUntil(world::isSettled, PROGRESS, "one owner at the start");
        world.dutiesFail = world.random.nextInt(3) == 0;
        everDutiesFail = world.dutiesFail;
        int rounds = world.random.nextInt(1, 4);
        for (int i = 0; i < rounds; i++) {
            int overlapping = world.random.nextInt(1, 4);
            for (int j = 0; j < overlapping; j++) {
                faults++;
                fault();
                world.runFor(world.random.nextLong(1_200) * MILLI);
            }
            if (world.random.nextInt(3) == 0) {
                world.runFor(world.random.nextLong(5_000) * MILLI);
            }
            if (world.random.nextBoolean()) {
                heal(world);
                world.runFor(world.random.nextLong(1_500) * MILLI);
            }
        }
        world.dutiesFail = false;
        heal(world);
        world.runUntil(world::isSettled, PROGRESS, "one owner that all know after everything healed");
        world.network.calm = true;
        world.runFor(1_000 * MILLI);
        world.runUntil(world::isSettled, PROGRESS, "the settled world settled again");
        if (!everDutiesFail) {
            world.overlaps.all().stream().filter(Chaos::isTooLong).findFirst().ifPresent(overlap -> {
                throw world.violation("two nodes had the address for " + overlap.nanos() / MILLI + " ms, " + overlap);
            });
        }
    }

    static boolean isTooLong(Overlaps.Overlap overlap) {
        return switch (overlap.excuse()) {
            case "firewall" -> false;
            case "renewDeadline" -> overlap.nanos() > SimulatedWorld.CONFIG.renewDeadline().toNanos() + OVERLAP;
            default -> overlap.nanos() > OVERLAP;
        };
    }

    private SimulatedNode any() {
        return world.nodes().get(world.random.nextInt(world.nodes().size()));
    }

    private SimulatedNode mostlyOwner() {
        SimulatedNode owner = world.hasHolder() ? world.owner() : any();
        return world.random.nextInt(3) == 0 ? any() : owner;
    }

    private void fault() {
        SimulatedNode node = mostlyOwner();
        switch (world.random.nextInt(30)) {
            case 0, 1 -> {
                world.tell(node, "FAULT isolated");
                isolate(world, node);
                expectGone(node);
            }
            case 2 -> {
                world.tell(node, "FAULT members cut, API kept");
                cutMembers(world, node);
            }
            case 3 -> {
                SimulatedNode other = any();
                world.tell(node, "FAULT one-way cut to", other.name);
                world.network.cut(node.index, other.index);
            }
            case 4 -> {
                world.tell(node, "FAULT killed");
                if (node.isUp()) {
                    node.crash();
                    world.network.refused(node);
                }
            }
            case 5, 6 -> {
                world.tell(node, "FAULT paused");
                node.pause();
                long length = world.random.nextLong(50, 4_000) * MILLI;
                world.after(length, () -> {
                    if (node.isPaused()) {
                        node.resume();
                    }
                });
            }
            case 7 -> {
                world.tell(null, "FAULT every API server down");
                world.api.down = true;
            }
            case 8 -> {
                world.tell(null, "FAULT API slow");
                world.api.slow = true;
            }
            case 9 -> {
                world.tell(node, "FAULT API cut");
                world.api.cut[node.index] = true;
            }
            case 10 -> {
                world.tell(node, "FAULT unfit");
                node.fitness(Fitness.unfit("no healthy backend"));
            }
            case 11 -> {
                SimulatedNode other = any();
                boolean named = world.random.nextBoolean();
                world.tell(node, "handover asked");
                node.run(e -> e.handover(named ? Optional.of(other.name) : Optional.empty(),
                        node.local(world.now())));
            }
            case 12 -> {
                world.tell(null, "FAULT the Lease can be read and not written");
                world.api.readOnly = true;
            }
            case 13 -> {
                SimulatedNode one = any();
                one.disturbance++;
                world.tell(one, "FAULT it alone reaches the API");
                Arrays.fill(world.api.cut, true);
                world.api.cut[one.index] = false;
            }
            case 14 -> {
                world.tell(null, "FAULT some do not reach the API");
                for (int i = 0; i < world.size(); i++) {
                    world.api.cut[i] |= world.random.nextBoolean();
                }
            }
            case 15 -> {
                world.tell(null, "FAULT the Lease is deleted");
                world.api.deleteLease();
            }
            case 16 -> {
                long transitions = Math.max(0, world.storedTerm() + world.random.nextInt(-1, 3));
                String holder = switch (world.random.nextInt(3)) {
                    case 0 -> "";
                    case 1 -> any().name.value();
                    default -> "somebody else";
                };
                world.tell(null, "FAULT the Lease is edited", holder, transitions);
                world.api.edit(holder, transitions);
            }
            case 17 -> {
                world.tell(null, "FAULT etcd is restored from a backup");
                world.api.restore();
            }
            case 18 -> {
                SimulatedNode other = any();
                if (other != node) {
                    world.tell(node, "FAULT a firewall refuses", other.name);
                    world.network.refuse(node, other);
                }
            }
            case 19 -> {
                world.tell(node, "FAULT a firewall refuses everybody");
                world.nodes().stream().filter(other -> other != node)
                        .forEach(other -> world.network.refuse(node, other));
            }
            case 20 -> {
                SimulatedNode other = any();
                long late = world.random.nextLong(100, 2_000);
                world.tell(node, "FAULT heartbeats late by ms", late, other.name);
                world.network.slow[node.index][other.index] = late * MILLI;
            }
            case 21 -> {
                long late = world.random.nextLong(20, 200);
                world.tell(null, "FAULT API slow for all, one way ms", late);
                Arrays.fill(world.api.extra, late * MILLI);
            }
            case 22 -> {
                world.tell(node, "FAULT its member Lease is deleted");
                world.api.removeMember(node);
            }
            case 23 -> {
                world.tell(null, "FAULT watches tell from an old cache");
                world.api.cachesTell = true;
            }
            case 24, 25 -> {
                boolean clock = world.random.nextBoolean();
                long length = world.random.nextLong(50, 4_000);
                world.tell(node, clock ? "FAULT frozen with its clock" : "FAULT suspended", length);
                node.freeze(clock);
                world.after(length * MILLI, () -> {
                    if (node.isPaused()) {
                        node.resume();
                    }
                });
            }
            case 26 -> {
                SimulatedNode other = any();
                world.tell(node, "FAULT probes lost to", other.name);
                world.network.loseProbes(node.index, other.index);
            }
            case 27 -> {
                world.tell(null, "FAULT two agents are stopped");
                SimulatedNode other = any();
                node.run(e -> e.stop(node.local(world.now())));
                other.run(e -> e.stop(other.local(world.now())));
            }
            default -> {
                world.tell(node, "stop or relinquish asked");
                boolean stop = world.random.nextBoolean();
                node.run(e -> {
                    if (stop) {
                        e.stop(node.local(world.now()));
                    } else {
                        e.relinquish(StandDown.LINK_DOWN, 1_000 * MILLI, node.local(world.now()));
                    }
                });
            }
        }
    }

    static void isolate(SimulatedWorld world, SimulatedNode node) {
        cutMembers(world, node);
        world.api.cut[node.index] = true;
    }

    static void cutMembers(SimulatedWorld world, SimulatedNode node) {
        for (SimulatedNode other : world.nodes()) {
            world.network.cut(node.index, other.index);
            world.network.cut(other.index, node.index);
        }
    }

    /// An owner that is cut off from everybody is gone within its bound: what was under way when the cut came may still
    /// arrive, then 13/8 of the peer timeout, then the removal; without a majority behind it, the renewDeadline.
    private void expectGone(SimulatedNode node) {
        OwnershipTerm ownershipTerm = node.election() == null ? null : node.election().ownershipTerm();
        if (ownershipTerm == null || world.dutiesFail || node.isPaused()) {
            return;
        }
        // One of two need not let go early: the other can do nothing without it before the Lease expires.
        boolean watched = ownershipTerm.isWatched() && ownershipTerm.isLeased()
                && node.election().evidence().roster().canOvertake();
        long underWay = 300 * MILLI;
        long peerTimeout = SimulatedWorld.CONFIG.peerTimeout().toNanos();
        long bound = underWay + (watched
                ? peerTimeout * 13 / 8 + 2 * peerTimeout
                : SimulatedWorld.CONFIG.renewDeadline().toNanos() + underWay) + 200 * MILLI;
        node.disturbance++;
        int then = node.disturbance;
        world.after(bound, () -> {
            if (node.disturbance == then && node.address) {
                throw world.violation(node.name + " is cut off and still has the address");
            }
        });
    }

    static void heal(SimulatedWorld world) {
        world.tell(null, "HEALED");
        world.network.heal();
        world.api.down = false;
        world.api.slow = false;
        world.api.readOnly = false;
        world.api.cachesTell = false;
        Arrays.fill(world.api.extra, 0);
        Arrays.fill(world.api.cut, false);
        for (SimulatedNode node : world.nodes()) {
            node.disturbance++;
            node.fitness(Fitness.FIT);
            if (node.isPaused()) {
                node.resume();
            }
            if (!node.isUp()) {
                node.boot();
            }
        }
    }
}
