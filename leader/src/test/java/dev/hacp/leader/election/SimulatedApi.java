package dev.hacp.leader.election;

import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The Lease in the [SimulatedWorld]: linearizable, slow now and then, and not always answering. A request that is not
/// answered may have been carried out, or be carried out long after its sender has given up.
final class SimulatedApi {

    private static final long MILLI = 1_000_000L;

    private final SimulatedWorld world;
    private final RandomGenerator random;
    private @Nullable LeaseRecord stored;
    private long version = 100;

    /// Which nodes cannot reach it.
    final boolean[] cut;
    boolean down;
    boolean slow;
    /// A broken arbiter, to see the checker fail.
    boolean ignoresPreconditions;

    interface Answer {

        void succeeded(long delay, @Nullable LeaseRecord record);

        void conflicted(long delay);

        void failed(long delay, String reason);
    }

    SimulatedApi(SimulatedWorld world, int nodes, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.cut = new boolean[nodes];
    }

    @Nullable
    LeaseRecord stored() {
        return stored;
    }

    private long latency() {
        return switch (random.nextInt(slow ? 4 : 40)) {
            case 0 -> MILLI * random.nextLong(100, 1500);
            default -> MILLI / 10 * random.nextLong(5, 120);
        };
    }

    private boolean reaches(SimulatedNode node) {
        return !down && !cut[node.index];
    }

    void call(SimulatedNode node, LeaseCall call, Answer answer) {
        if (!reaches(node)) {
            boolean refused = random.nextBoolean();
            answer.failed(refused ? MILLI : 1000 * MILLI, refused ? "refused" : "timed out");
            return;
        }
        long there = latency();
        world.after(there, () -> {
            boolean arrived = reaches(node) || random.nextInt(4) == 0;
            if (!arrived) {
                answer.failed(1000 * MILLI, "timed out");
                return;
            }
            boolean conflict = call instanceof LeaseCall.Write write && !store(write);
            LeaseRecord result = stored;
            long back = latency();
            if (!reaches(node)) {
                answer.failed(1000 * MILLI, "the answer was lost");
            } else if (conflict) {
                answer.conflicted(back);
            } else {
                answer.succeeded(back, result);
            }
        });
    }

    private boolean store(LeaseCall.Write write) {
        LeaseRecord current = stored;
        String expected = current == null ? "" : current.resourceVersion();
        if (!ignoresPreconditions && !expected.equals(write.resourceVersion())) {
            return false;
        }
        LeaseRecord next = new LeaseRecord(write.holder(), world.leaseSeconds(), Instant.EPOCH, Instant.EPOCH,
                write.transitions(), Long.toString(++version), write.annotations());
        stored = next;
        for (SimulatedNode node : world.nodes()) {
            if (reaches(node) && random.nextInt(20) != 0) {
                long asked = node.process();
                world.after(latency(), () -> {
                    if (asked == node.process()) {
                        node.run(e -> e.observed(next, node.local(world.now())));
                    }
                });
            }
        }
        return true;
    }
}
