package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.StandDown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Thousands of histories of a simulated world, about a thousand a second. `-Dhacp.model.runs=100000` for more,
/// `-Dhacp.model.seed=N` for one.
class ModelCheckTest {

    private static final int RUNS = Integer.getInteger("hacp.model.runs", 8000);
    private static final Long ONE = Long.getLong("hacp.model.seed");

    private static LongStream seeds(long first, int count) {
        return ONE != null ? LongStream.of(ONE) : LongStream.range(first, first + count).parallel();
    }

    @Test
    void atMostOneOwnerIsBackedByAMajorityAndEveryFaultHeals() {
        LongAdder steps = new LongAdder();
        LongAdder faults = new LongAdder();
        seeds(1, RUNS).forEach(seed -> {
            Chaos chaos = new Chaos(seed, sizeFor(seed), null);
            chaos.run();
            steps.add(chaos.world.steps);
            faults.add(chaos.faults);
        });
        assertThat(faults.sum()).isPositive();
        assertThat(steps.sum()).as("events of %s histories", RUNS).isGreaterThan(100);
    }

    private static int sizeFor(long seed) {
        return switch ((int) (seed % 8)) {
            case 0 -> 2;
            case 1 -> 5;
            case 2 -> 4;
            default -> 3;
        };
    }

    @Test
    void anOutageOfEveryApiServerMovesNothing() {
        seeds(100_000, Math.max(1, RUNS / 20)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.network.calm = true;
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            SimulatedNode owner = world.owner();
            long term = world.api.stored().transitions();
            world.api.down = true;
            long end = world.now() + 30_000 * SimulatedWorld.MILLI;
            SimulatedNode follower = world.nodes().get((owner.index + 1) % 3);
            boolean oneDies = world.random.nextBoolean();
            while (world.now() < end) {
                world.runFor(world.random.nextLong(10, 500) * SimulatedWorld.MILLI);
                if (oneDies && follower.isUp() && world.random.nextInt(20) == 0) {
                    follower.crash();
                    world.network.refused(follower);
                }
                if (!owner.address || !owner.isOwner()) {
                    throw world.violation("the VIP left its owner while no API server answered");
                }
            }
            if (!follower.isUp()) {
                follower.boot();
            }
            world.api.down = false;
            for (int i = 0; i < 100; i++) {
                world.runFor(100 * SimulatedWorld.MILLI);
                if (!owner.address || !owner.isOwner()) {
                    throw world.violation("the VIP left its owner when the API came back");
                }
            }
            assertThat(world.isSettled()).isTrue();
            assertThat(world.owner()).isEqualTo(owner);
            assertThat(world.api.stored().transitions()).isEqualTo(term);
        });
    }

    @Test
    void anOwnerThatDiesIsReplacedLongBeforeItsLeaseExpires() {
        seeds(200_000, Math.max(1, RUNS / 20)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.network.calm = true;
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            world.runFor(1_000 * SimulatedWorld.MILLI);
            SimulatedNode owner = world.owner();
            boolean killed = world.random.nextBoolean();
            boolean apiStalls = world.random.nextBoolean();
            if (apiStalls) {
                world.api.down = true; // etcd elects its own leader in the meantime
            }
            if (killed) {
                owner.crash();
                world.network.refused(owner);
            } else {
                Chaos.isolate(world, owner);
            }
            // A killed agent's machine answers: without the API it gets time to prove that it lives.
            long bound = (killed ? 500 : 250) * SimulatedWorld.MILLI;
            // Rare delays of the simulated API may cost one more round.
            world.runUntil(() -> world.nodes().stream().anyMatch(node -> node != owner && node.address),
                    bound + 300 * SimulatedWorld.MILLI, "another owner");
        });
    }

    /// A webhook that fails closed, a full etcd: the repair goes through the VIP.
    @Test
    void aLeaseThatCanBeReadAndNotWrittenMovesNothingAndALostOwnerIsReplacedByVotes() {
        seeds(400_000, Math.max(1, RUNS / 20)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.network.calm = true;
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            SimulatedNode owner = world.owner();
            world.api.readOnly = true;
            for (int i = 0; i < 200; i++) {
                world.runFor(100 * SimulatedWorld.MILLI);
                if (!owner.address || !owner.isOwner()) {
                    throw world.violation("the VIP left its owner while nobody could write the Lease");
                }
            }
            Chaos.isolate(world, owner);
            world.runUntil(() -> world.nodes().stream().anyMatch(node -> node != owner && node.address),
                    600 * SimulatedWorld.MILLI, "another owner");
        });
    }

    /// It cannot release the Lease, and then it is cut off before the others have heard all that it said.
    @Test
    void anOwnerThatLetsGoAndIsCutOffIsReplacedAtOnceWhateverTheOthersHaveHeardOfIt() {
        seeds(500_000, Math.max(1, RUNS / 20)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            world.runFor(world.random.nextLong(500, 1_000) * SimulatedWorld.MILLI);
            if (!world.isSettled()) {
                return;
            }
            SimulatedNode owner = world.owner();
            boolean down = world.random.nextBoolean();
            world.api.down = down;
            world.api.cut[owner.index] = true;
            owner.run(e -> e.relinquish(StandDown.CONFLICT, 60_000 * SimulatedWorld.MILLI, owner.local(world.now())));
            world.runFor(world.random.nextLong(0, 12_000) * SimulatedWorld.MILLI / 1_000);
            Chaos.isolate(world, owner);
            world.runUntil(() -> world.nodes().stream().anyMatch(node -> node != owner && node.address),
                    1_500 * SimulatedWorld.MILLI, "another owner");
        });
    }

    /// The node that is cut off has etcd's leader on it as well: every request hangs until etcd has elected another,
    /// also those that were open before. Heartbeats are late now and then, so what suspicion rests on may come and go.
    @Test
    void anOwnerThatTakesEtcdsLeaderWithItIsReplacedByVotes() {
        seeds(300_000, Math.max(1, RUNS / 4)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            world.runFor(world.random.nextLong(500, 3_000) * SimulatedWorld.MILLI);
            if (!world.isSettled()) {
                return;
            }
            SimulatedNode owner = world.owner();
            world.api.stallsUntil = world.now() + world.random.nextLong(1_500, 5_000) * SimulatedWorld.MILLI;
            world.runFor(world.random.nextLong(0, 200) * SimulatedWorld.MILLI);
            Chaos.isolate(world, owner);
            world.runUntil(() -> world.nodes().stream().anyMatch(node -> node != owner && node.address),
                    1_200 * SimulatedWorld.MILLI, "another owner");
        });
    }

    /// One member does not reach the API while etcd is restored from a backup: it has seen a later Lease than there is now.
    @Test
    void aMemberThatMissedARestoreFromABackupKeepsNobodyFromOwning() {
        seeds(600_000, Math.max(1, RUNS / 200)).forEach(seed -> {
            SimulatedWorld world = new SimulatedWorld(seed, SimulatedWorld.sized(3), null);
            world.network.calm = true;
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "an owner");
            SimulatedNode before = world.owner();
            before.run(e -> e.handover(Optional.empty(), before.local(world.now())));
            world.runFor(1_000 * SimulatedWorld.MILLI);
            world.runUntil(world::isSettled, 20_000 * SimulatedWorld.MILLI, "another owner");
            SimulatedNode follower = world.nodes().stream().filter(node -> node != world.owner()).findFirst()
                    .orElseThrow();
            world.api.cut[follower.index] = true;
            world.api.restore();
            world.runFor(8_000 * SimulatedWorld.MILLI);
            for (int i = 0; i < 100; i++) {
                world.runFor(100 * SimulatedWorld.MILLI);
                if (world.nodes().stream().noneMatch(node -> node.address)) {
                    throw world.violation("nobody owns although two members reach the API");
                }
            }
        });
    }

    @Test
    void theCheckerSeesAnAttestationThatOutlivesItsPromise() {
        // One member believes for three times as long as the others promise, and they do not know it.
        List<ElectorConfig> configs = new ArrayList<>();
        ElectorConfig good = SimulatedWorld.CONFIG;
        ElectorConfig broken = new ElectorConfig(good.leaseDuration(), good.renewDeadline(), good.retryPeriod(),
                good.heartbeat(), good.peerTimeout().multipliedBy(3), 10, false);
        configs.add(broken);
        configs.add(good);
        configs.add(good);
        assertThatThrownBy(() -> LongStream.range(1, 300).forEach(seed -> {
            Chaos chaos = new Chaos(seed, configs, null);
            chaos.world.network.hidesPromise = true;
            chaos.run();
        }))
                .isInstanceOf(SimulatedWorld.Violation.class).hasMessageContaining("two members believe");
    }

    @Test
    void theCheckerSeesAClockThatRunsSlow() {
        double[] rates = {0.6, 1, 1};
        assertThatThrownBy(() -> LongStream.range(1, 300)
                .forEach(seed -> new Chaos(seed, SimulatedWorld.sized(3), rates).run()))
                .isInstanceOf(SimulatedWorld.Violation.class).hasMessageContaining("two members believe");
    }

    @Test
    void theCheckerSeesAnArbiterThatIgnoresPreconditions() {
        assertThatThrownBy(() -> LongStream.range(1, 3_000).forEach(seed -> {
            Chaos chaos = new Chaos(seed, SimulatedWorld.sized(3), null);
            chaos.world.api.ignoresPreconditions = true;
            chaos.run();
        })).isInstanceOf(SimulatedWorld.Violation.class);
    }
}
