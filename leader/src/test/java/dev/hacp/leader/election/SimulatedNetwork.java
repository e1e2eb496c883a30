package dev.hacp.leader.election;

import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.MemberChannel.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// The members' connections in the [SimulatedWorld]: in order, late now and then; what is sent into a cut is lost or, like
/// TCP does, delivered after it.
final class SimulatedNetwork {

    private static final long MICRO = 1_000L;

    private record Held(SimulatedNode from, SimulatedNode to, long process, Heartbeat heartbeat) {}

    private final SimulatedWorld world;
    private final RandomGenerator random;
    private final boolean[][] cut;
    private final boolean[][] keeps;
    private final long[][] lastArrival;
    private List<Held> held = new ArrayList<>();
    boolean calm;

    SimulatedNetwork(SimulatedWorld world, int nodes, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.cut = new boolean[nodes][nodes];
        this.keeps = new boolean[nodes][nodes];
        this.lastArrival = new long[nodes][nodes];
    }

    void cut(int from, int to) {
        cut[from][to] = true;
        keeps[from][to] = random.nextBoolean();
    }

    boolean isCut(int from, int to) {
        return cut[from][to];
    }

    void heal() {
        for (boolean[] row : cut) {
            java.util.Arrays.fill(row, false);
        }
        List<Held> late = held;
        held = new ArrayList<>();
        late.forEach(message -> transmit(message.from, message.to, message.process, message.heartbeat));
    }

    void send(SimulatedNode from, SimulatedNode to, Heartbeat heartbeat) {
        if (cut[from.index][to.index]) {
            if (keeps[from.index][to.index]) {
                held.add(new Held(from, to, to.process(), heartbeat));
            }
            return;
        }
        transmit(from, to, to.process(), heartbeat);
    }

    private void transmit(SimulatedNode from, SimulatedNode to, long process, Heartbeat heartbeat) {
        long delay = MICRO * (!calm && random.nextInt(200) == 0
                ? random.nextLong(1_000, 300_000)
                : random.nextLong(50, 3_000));
        long arrival = Math.max(world.now() + delay, lastArrival[from.index][to.index] + 1);
        lastArrival[from.index][to.index] = arrival;
        world.after(arrival - world.now(), () -> {
            if (process == to.process()) { // a connection ends with either process
                to.hear(from, heartbeat);
            }
        });
    }

    /// The process of `dead` has ended: whoever can dial its host is refused, and what it sent before comes first.
    void refused(SimulatedNode dead) {
        held.removeIf(message -> message.from == dead || message.to == dead);
        for (SimulatedNode other : world.nodes()) {
            if (other != dead && !cut[dead.index][other.index] && !cut[other.index][dead.index]) {
                long asked = other.process();
                long arrival = Math.max(world.now() + MICRO * random.nextLong(200, 5_000),
                        lastArrival[dead.index][other.index] + 1);
                lastArrival[dead.index][other.index] = arrival;
                world.after(arrival - world.now(), () -> {
                    if (asked == other.process() && !dead.isUp()) {
                        other.run(e -> e.lost(dead.name, Loss.REFUSED, other.local(world.now())));
                    }
                });
            }
        }
    }
}
