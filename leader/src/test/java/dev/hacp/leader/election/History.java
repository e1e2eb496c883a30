package dev.hacp.leader.election;

import static dev.hacp.leader.election.SimulatedWorld.MILLI;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/// One history of three members without chance: a settled world, faults at instants, everything healed, and a settled world.
///
/// @param faults  in the order of their instants
/// @param eighths how far into their ranges all delays lie
/// @param others  the questions of [Choices] after the first fault that get the other answer
record History(List<Placed> faults, int eighths, List<Integer> others) {

    /// Longer than any history lasts.
    static final int UNTIL_THE_END = 1_000_000;

    /// @param atMillis     after the world has settled
    /// @param lengthMillis [#UNTIL_THE_END] when only the end of all heals it
    record Placed(Fault fault, int atMillis, int lengthMillis) {

        @Override
        public String toString() {
            String length = !fault.lasts()
                    ? ""
                    : lengthMillis == UNTIL_THE_END ? " to the end" : " for " + lengthMillis;
            return "[" + fault + " at " + atMillis + length + "]";
        }
    }

    /// What was seen; all in nanoseconds.
    ///
    /// @param overlaps   in which two nodes had the address
    /// @param gap        the longest in which it was nowhere, as [ServiceGaps] says
    /// @param gapByLease the longest that only the Lease could end
    /// @param settling   from the end of all faults to one owner that all know
    /// @param questions  that [Choices] was asked within `WINDOW` from the first fault on
    record Seen(List<Overlaps.Overlap> overlaps, long gap, long gapByLease, long settling, int questions) {

        /// The longest that nothing excuses.
        long overlap() {
            return overlaps.stream().filter(it -> it.excuse().isEmpty()).mapToLong(Overlaps.Overlap::nanos).max()
                    .orElse(0);
        }

        long excused() {
            return overlaps.stream().filter(it -> !it.excuse().isEmpty()).mapToLong(Overlaps.Overlap::nanos).max()
                    .orElse(0);
        }

        long heard() {
            return overlaps.stream().filter(it -> it.excuse().isEmpty()).mapToLong(Overlaps.Overlap::heard).max()
                    .orElse(0);
        }
    }

    /// From the first fault on, in which questions count.
    private static final long WINDOW = 800 * MILLI;
    /// After the last fault began, until all is healed: longer than the Lease keeps anybody waiting.
    private static final long TAIL = 6_000 * MILLI;

    static History of(int eighths, Placed... faults) {
        return new History(List.of(faults), eighths, List.of());
    }

    History with(List<Integer> answers) {
        return new History(faults, eighths, List.copyOf(answers));
    }

    /// @param rates of the nodes' clocks
    /// @throws SimulatedWorld.Violation when a rule is broken
    Seen run(double[] rates) {
        Choices choices = new Choices(eighths, others.stream().mapToInt(Integer::intValue).toArray());
        SimulatedWorld world = new SimulatedWorld(toString(), choices, SimulatedWorld.sized(3), rates);
        world.api.members = new TreeSet<>();
        world.runUntil(world::isSettled, Chaos.PROGRESS, "one owner at the start");
        world.runFor(500 * MILLI);
        if (!world.isSettled()) {
            throw world.violation("the world does not stay settled by itself");
        }
        List<SimulatedNode> parts = new ArrayList<>(List.of(world.owner()));
        world.nodes().stream().filter(node -> node != world.owner()).forEach(parts::add);
        Fault.Scene scene = new Fault.Scene(world, List.copyOf(parts));
        ServiceGaps gaps = new ServiceGaps(world);
        world.watcher = gaps::look;
        long start = world.now();
        world.runFor(faults.getFirst().atMillis() * MILLI);
        choices.count(true);
        world.after(WINDOW, () -> choices.count(false));
        for (Placed placed : faults) {
            world.runFor(start + placed.atMillis() * MILLI - world.now());
            begin(scene, placed);
            gaps.look();
        }
        world.runFor(TAIL);
        world.tell(null, "HEALED");
        world.api.stallsUntil = 0;
        Chaos.heal(world);
        long healed = world.now();
        world.runUntil(world::isSettled, Chaos.PROGRESS, "one owner that all know after everything healed");
        long settling = world.now() - healed;
        SimulatedNode owner = world.owner();
        world.runFor(500 * MILLI);
        if (world.owner() != owner && !world.isSettled()) {
            throw world.violation("the settled world did not stay settled");
        }
        Seen seen = new Seen(world.overlaps.all(), gaps.worst(), gaps.worstByLease(), settling, choices.asked());
        judge(world, seen);
        return seen;
    }

    private static void begin(Fault.Scene scene, Placed placed) {
        scene.world().tell(null, "FAULT", placed);
        placed.fault().begin().accept(scene);
        if (placed.fault().lasts() && placed.lengthMillis() < UNTIL_THE_END) {
            scene.world().after(placed.lengthMillis() * MILLI, () -> {
                scene.world().tell(null, "ENDS", placed);
                placed.fault().end().accept(scene);
            });
        }
    }

    private void judge(SimulatedWorld world, Seen seen) {
        for (Overlaps.Overlap overlap : seen.overlaps()) {
            if (Chaos.isTooLong(overlap)) {
                throw world.violation("two nodes had the address for " + overlap.nanos() / MILLI + " ms, " + overlap);
            }
        }
        if (seen.heard() > ExhaustiveModel.HEARD) {
            throw world.violation("two nodes had the address and heard each other for " + seen.heard() / MILLI + " ms, "
                    + seen.overlaps());
        }
        if (seen.gap() > ExhaustiveModel.gapBound(this)) {
            throw world.violation("nobody had the address for " + seen.gap() / MILLI + " ms");
        }
        if (seen.gapByLease() > ExhaustiveModel.GAP_BY_LEASE) {
            throw world.violation("nobody had the address, not by the Lease either, for " + seen.gapByLease() / MILLI
                    + " ms");
        }
    }

    @Override
    public String toString() {
        return faults.size() + " faults, delays at " + eighths + "/8, other answers " + others + ", "
                + Arrays.toString(faults.toArray());
    }
}
