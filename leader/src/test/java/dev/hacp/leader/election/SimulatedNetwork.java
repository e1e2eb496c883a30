package dev.hacp.leader.election;

import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.KernelState;
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
    final boolean[][] keeps;
    /// Probes and their answers are lost in this direction, heartbeats are not.
    final boolean[][] probesLost;
    /// Heartbeats are later by that.
    final long[][] slow;
    private final long[][] probing;
    private final long[][] lastArrival;
    /// Connections are refused in this direction, everything else passes.
    private final boolean[][] blocked;
    private List<Held> held = new ArrayList<>();
    boolean calm;
    /// Nobody is told how long the others count on an attestation: broken, to see the checker fail.
    boolean hidesPromise;

    SimulatedNetwork(SimulatedWorld world, int nodes, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.cut = new boolean[nodes][nodes];
        this.blocked = new boolean[nodes][nodes];
        this.keeps = new boolean[nodes][nodes];
        this.probesLost = new boolean[nodes][nodes];
        this.slow = new long[nodes][nodes];
        this.probing = new long[nodes][nodes];
        this.lastArrival = new long[nodes][nodes];
    }

    void cut(int from, int to) {
        cut[from][to] = true;
        keeps[from][to] = random.nextBoolean();
        kernelsChanged();
    }

    /// Ends one [#cut]; what TCP kept arrives now.
    void mend(int from, int to) {
        cut[from][to] = false;
        kernelsChanged();
        List<Held> late = held.stream().filter(it -> it.from.index == from && it.to.index == to).toList();
        held.removeAll(late);
        late.forEach(message -> transmit(message.from, message.to, message.process, message.heartbeat));
    }

    /// Ends one [#refuse].
    void admit(SimulatedNode one, SimulatedNode other) {
        blocked[one.index][other.index] = false;
        blocked[other.index][one.index] = false;
    }

    void loseProbes(int from, int to) {
        probesLost[from][to] = true;
        kernelsChanged();
    }

    /// A firewall refuses the member port, in both directions: both processes live, and each is told that nobody listens.
    void refuse(SimulatedNode one, SimulatedNode other) {
        for (SimulatedNode[] pair : new SimulatedNode[][]{{one, other}, {other, one}}) {
            blocked[pair[0].index][pair[1].index] = true;
            long asked = pair[0].process();
            world.after(MICRO * random.nextLong(20_000, 50_000), () -> {
                if (asked == pair[0].process() && blocked[pair[1].index][pair[0].index]) {
                    pair[0].run(e -> e.lost(pair[1].name, Loss.REFUSED, pair[0].local(world.now())));
                }
            });
        }
    }

    /// It says goodbye, in order.
    void left(SimulatedNode node) {
        for (SimulatedNode other : world.nodes()) {
            if (other != node && !isBlocked(node.index, other.index)) {
                tell(node, other, Loss.LEFT);
            }
        }
    }

    // ---- the kernels' answers to probes

    private boolean answers(SimulatedNode asking, SimulatedNode asked) {
        int i = asking.index;
        int j = asked.index;
        return !cut[i][j] && !cut[j][i] && !probesLost[i][j] && !probesLost[j][i] && !asked.isFrozen();
    }

    /// The way between two machines, or a machine, has changed: a member that probes sees it within its thresholds.
    void kernelsChanged() {
        for (SimulatedNode asking : world.nodes()) {
            for (SimulatedNode asked : world.nodes()) {
                if (asking != asked && asking.isUp()) {
                    probe(asking, asked);
                }
            }
        }
    }

    private void probe(SimulatedNode asking, SimulatedNode asked) {
        boolean answers = answers(asking, asked);
        KernelState seen = asking.kernels[asked.index];
        if (answers == asking.answering[asked.index] && (answers || seen != KernelState.UNPROVEN)) {
            return;
        }
        asking.answering[asked.index] = answers;
        long mine = ++probing[asking.index][asked.index];
        if (answers) {
            see(asking, asked, mine, KernelState.ANSWERING, random.nextLong(200, 25_000));
        } else if (seen != KernelState.UNPROVEN) {
            long lastAnswered = random.nextLong(0, 20_000);
            see(asking, asked, mine, KernelState.LATE, 80_000 - lastAnswered + random.nextLong(0, 5_000));
            see(asking, asked, mine, KernelState.SILENT, 110_000 - lastAnswered + random.nextLong(0, 10_000));
        }
    }

    private void see(SimulatedNode asking, SimulatedNode asked, long mine, KernelState state, long micros) {
        long process = asking.process();
        world.after(MICRO * micros, () -> {
            if (mine == probing[asking.index][asked.index] && process == asking.process()) {
                asking.kernels[asked.index] = state;
                asking.run(e -> e.kernel(asked.name, state, asking.local(world.now())));
            }
        });
    }

    boolean isCut(int from, int to) {
        return cut[from][to];
    }

    /// Whether a firewall refuses the member port between these two.
    boolean isRefused(SimulatedNode one, SimulatedNode other) {
        return blocked[one.index][other.index] || blocked[other.index][one.index];
    }

    private boolean isBlocked(int from, int to) {
        return cut[from][to] || blocked[from][to];
    }

    void heal() {
        for (boolean[][] all : List.of(cut, blocked, probesLost)) {
            for (boolean[] row : all) {
                java.util.Arrays.fill(row, false);
            }
        }
        for (long[] row : slow) {
            java.util.Arrays.fill(row, 0);
        }
        kernelsChanged();
        List<Held> late = held;
        held = new ArrayList<>();
        late.forEach(message -> transmit(message.from, message.to, message.process, message.heartbeat));
    }

    void send(SimulatedNode from, SimulatedNode to, Heartbeat said) {
        Heartbeat heartbeat = hidesPromise ? withoutPromise(said) : said;
        if (isBlocked(from.index, to.index)) {
            if (keeps[from.index][to.index]) {
                held.add(new Held(from, to, to.process(), heartbeat));
            }
            return;
        }
        transmit(from, to, to.process(), heartbeat);
    }

    private static Heartbeat withoutPromise(Heartbeat said) {
        Heartbeat.Pace pace = said.pace();
        return new Heartbeat(said.stamp(), said.claim(), said.view(), said.standing(), said.grant(),
                new Heartbeat.Pace(0, pace.patience(), pace.lateness(), pace.connected(), pace.clock()));
    }

    private void transmit(SimulatedNode from, SimulatedNode to, long process, Heartbeat heartbeat) {
        long delay = MICRO * (!calm && random.nextInt(200) == 0
                ? random.nextLong(1_000, 300_000)
                : random.nextLong(50, 3_000)) + slow[from.index][to.index];
        long arrival = Math.max(world.now() + delay, lastArrival[from.index][to.index] + 1);
        lastArrival[from.index][to.index] = arrival;
        world.after(arrival - world.now(), () -> {
            if (process == to.process()) { // a connection ends with either process
                to.hear(from, heartbeat);
            }
        });
    }

    /// The process of `dead` has ended: anyone who can dial its host is refused, and what it sent before comes first.
    void refused(SimulatedNode dead) {
        held.removeIf(message -> message.from == dead || message.to == dead);
        for (SimulatedNode other : world.nodes()) {
            if (other != dead && !cut[dead.index][other.index] && !cut[other.index][dead.index]) {
                tell(dead, other, Loss.REFUSED);
            }
        }
    }

    private void tell(SimulatedNode of, SimulatedNode other, Loss loss) {
        long asked = other.process();
        long ended = of.process();
        long arrival = Math.max(world.now() + MICRO * random.nextLong(200, 5_000),
                lastArrival[of.index][other.index] + 1);
        lastArrival[of.index][other.index] = arrival;
        world.after(arrival - world.now(), () -> {
            if (asked == other.process() && (loss == Loss.LEFT || ended == of.process())) {
                other.run(e -> e.lost(of.name, loss, other.local(world.now())));
            }
        });
    }
}
