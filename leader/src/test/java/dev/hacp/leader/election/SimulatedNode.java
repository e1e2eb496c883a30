package dev.hacp.leader.election;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Role;
import dev.hacp.leader.members.KernelState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One member of the [SimulatedWorld]: its state machine, its ticker with an origin and a rate of its own, its address.
final class SimulatedNode implements Effects {

    /// From a frozen guest's going on to the first heartbeat, or to the first probes that nobody answers.
    private static final long THAW = 130 * SimulatedWorld.MILLI;

    final NodeName name;
    final int index;
    private final SimulatedWorld world;
    private final RandomGenerator random;
    private final ElectorConfig config;
    private final double rate;
    private final long origin;

    private final List<Consumer<Election>> waiting = new ArrayList<>();
    private @Nullable Election election;
    private long process;
    private long timer;
    private long dutyOrder;
    private boolean paused;
    private boolean frozen;
    private long stoodStill;
    private long stillSince;
    private boolean clockStands;
    /// When its clock went on after it had stopped.
    long thawedAt = Long.MIN_VALUE / 2;
    private Fitness fitness = Fitness.FIT;
    /// Whether the VIP is on this node.
    boolean address;
    /// Grows with everything that ends a time of undisturbed running.
    int disturbance;
    /// When it last ran again after a pause.
    long resumedAt = Long.MIN_VALUE / 2;
    /// What its probes say of the other machines, and what they are about to.
    final KernelState[] kernels;
    final boolean[] answering;

    SimulatedNode(SimulatedWorld world, int index, ElectorConfig config, double rate, RandomGenerator random) {
        this.world = world;
        this.index = index;
        this.name = new NodeName("node-" + (char) ('a' + index));
        this.config = config;
        this.rate = rate;
        this.random = random;
        this.origin = random.nextLong(-1L << 62, 1L << 62);
        this.kernels = new KernelState[world.size()];
        this.answering = new boolean[world.size()];
        Arrays.fill(kernels, KernelState.UNPROVEN);
    }

    long local(long worldNanos) {
        long ran = (clockStands ? stillSince : worldNanos) - stoodStill;
        return origin + (long) (ran * rate);
    }

    private long now() {
        return local(world.now());
    }

    void boot() {
        process = world.unique();
        thaw();
        election = new Election(config, name, process, this, bound -> random.nextLong(bound), now());
        paused = false;
        frozen = false;
        disturbance++;
        Arrays.fill(kernels, KernelState.UNPROVEN);
        Arrays.fill(answering, false);
        world.api.join(this);
        world.network.kernelsChanged();
    }

    /// SIGKILL. The kernel's fence takes the address away.
    void crash() {
        election = null;
        waiting.clear();
        process = world.unique();
        address = false;
        disturbance++;
    }

    void pause() {
        paused = true;
        disturbance++;
    }

    void resume() {
        paused = false;
        resumedAt = world.now();
        thaw();
        if (frozen) {
            frozen = false;
            world.network.kernelsChanged();
        }
        disturbance++;
        List<Consumer<Election>> late = List.copyOf(waiting);
        waiting.clear();
        boolean timerFirst = random.nextInt(4) == 0;
        if (timerFirst) {
            run(this::tick);
        }
        late.forEach(this::run);
        run(this::tick);
    }

    /// The whole machine is paused, its kernel as well.
    ///
    /// @param clock whether its clock stops as well, as a guest's does that the hypervisor froze
    void freeze(boolean clock) {
        pause();
        frozen = true;
        if (clock && !clockStands) {
            clockStands = true;
            stillSince = world.now();
        }
        world.network.kernelsChanged();
    }

    private void thaw() {
        if (clockStands) {
            stoodStill += world.now() - stillSince;
            clockStands = false;
            thawedAt = world.now();
        }
    }

    boolean isFrozen() {
        return frozen;
    }

    /// Whether it may announce and repair, by what it tells its duties.
    boolean isValid() {
        Election current = election;
        return current != null && current.leadership() instanceof Leadership.Leader leader
                && now() - leader.validUntilNanos() < 0;
    }

    boolean isUp() {
        return election != null;
    }

    boolean isPaused() {
        return paused;
    }

    long process() {
        return process;
    }

    @Nullable
    Election election() {
        return election;
    }

    void fitness(Fitness newest) {
        fitness = newest;
    }

    boolean isFit() {
        return fitness.fit();
    }

    private void tick(Election e) {
        e.tick(now(), fitness);
    }

    /// Hands an event to the state machine, now or when the process runs again.
    void run(Consumer<Election> event) {
        Election current = election;
        if (current == null) {
            return;
        }
        if (paused) {
            waiting.add(event);
            return;
        }
        event.accept(current);
        world.check();
        if (election == current) {
            schedule(current);
        }
    }

    private void schedule(Election current) {
        long mine = ++timer;
        long wait = Math.max(0, (long) ((current.nextNanos() - now()) / rate)) + 1 + random.nextLong(500_000);
        world.after(wait, () -> {
            if (mine == timer && election == current) {
                run(this::tick);
            }
        });
    }

    /// An event for the process that asked, unless it has died since.
    private void later(long delay, Consumer<Election> event) {
        long asked = process;
        world.after(delay, () -> {
            if (asked == process) {
                run(event);
            }
        });
    }

    boolean isOwner() {
        Election current = election;
        return current != null && (current.role() == Role.OWNER || current.role() == Role.PROVISIONAL);
    }

    /// Whether it believes, by its own clock, to be the owner that a majority attests to. A clock that stopped cannot
    /// know: the first heartbeat tells.
    boolean believesBacked() {
        if (clockStands || world.now() - thawedAt < THAW) {
            return false;
        }
        Election current = election;
        OwnershipTerm ownershipTerm = current == null ? null : current.ownershipTerm();
        return isOwner() && ownershipTerm != null && ownershipTerm.isBacked(current.corrected(now()));
    }

    // ---- effects

    @Override
    public void call(long number, LeaseCall call) {
        world.api.call(this, call, new SimulatedApi.Answer() {
            @Override
            public void succeeded(long delay, @Nullable LeaseRecord record) {
                later(delay, e -> e.succeeded(number, record, now()));
            }

            @Override
            public void conflicted(long delay) {
                later(delay, e -> e.conflicted(number, now()));
            }

            @Override
            public void failed(long delay, String reason) {
                later(delay, e -> e.failed(number, reason, now()));
            }
        });
    }

    @Override
    public void takeOver(long number, Leadership.Leader leadership) {
        long order = ++dutyOrder;
        long asked = process;
        world.after(world.dutyDelay(), () -> {
            if (order != dutyOrder || asked != process) {
                return;
            }
            boolean fails = world.dutyFails();
            whenRunning(() -> address = !fails);
            later(0, e -> e.tookOver(number, fails ? new IllegalStateException("address refused") : null, now()));
        });
    }

    /// The duty's thread is stopped with its process.
    private void whenRunning(Runnable change) {
        run(_ -> change.run());
    }

    @Override
    public void standDown(long number, StandDown reason) {
        dutyOrder++;
        long asked = process;
        world.after(world.dutyDelay(), () -> {
            if (asked != process) {
                return;
            }
            boolean fails = world.dutyFails();
            whenRunning(() -> address &= fails);
            later(0, e -> e.stoodDown(number, fails ? new IllegalStateException("not removed") : null, now()));
        });
    }

    @Override
    public void send(NodeName peer, Heartbeat heartbeat) {
        world.network.send(this, world.node(peer), heartbeat);
    }

    void hear(SimulatedNode from, Heartbeat heartbeat) {
        run(e -> e.heard(from.name, heartbeat, now(), now()));
    }

    @Override
    public void journal(Journal.Kind kind, String message, Object... keysAndValues) {
        world.tell(this, kind + " " + message, keysAndValues);
    }

    @Override
    public void handoverEnded(NodeName successor, String problem) {
        world.tell(this, "handover to " + successor + " ended", problem);
    }

    @Override
    public void stopped() {
        world.tell(this, "stopped");
        world.network.left(this);
        crash();
        world.after(500 * SimulatedWorld.MILLI, () -> {
            if (election == null) {
                boot();
            }
        });
    }
}
