package dev.hacp.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.agent.Cluster;
import dev.hacp.testbed.lan.Lan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Faults that overlap, chosen by a seed, and after each round exactly one owner again. The ordinary run gives it 40 s;
/// anyone who changes the election gives it more: `mvn -pl cli verify -Dit.test=ChaosIT -Dchaos.seconds=300`, with
/// `-Dchaos.seed=N` for another sequence.
@RequiresRoot
class ChaosIT {

    private static final VirtualIp VIP = Lan.vip4();
    private static final long SEED = Long.getLong("chaos.seed", 7);
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("chaos.seconds", 40));
    private static final Duration SETTLED = Duration.ofSeconds(20);

    @RegisterExtension
    static final ClusterExtension CLUSTER = ClusterExtension.running(List.of(VIP), "--slow-start", "0s");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<String> story = new ArrayList<>();
    private final long begun = System.nanoTime();

    @Test
    void afterWhateverHappensThereIsOneOwnerAgainAndNeverTwoWithAMajority() {
        Cluster cluster = CLUSTER.get();
        Mischief mischief = new Mischief(cluster, VIP, random);
        int rounds = 0;
        try (BeliefWatch beliefs = BeliefWatch.start(cluster.agents())) {
            do {
                rounds++;
                int faults = random.nextInt(1, 4);
                for (int i = 0; i < faults; i++) {
                    tell(mischief.cause());
                    lasts(Duration.ofMillis(random.nextInt(100, 1500)));
                }
                lasts(Duration.ofMillis(random.nextInt(3000)));
                assertThat(beliefs.violations()).isEmpty();
                mischief.heal();
                tell("healed");
                long healed = System.nanoTime();
                String owner = cluster.awaitSettled(SETTLED).name();
                tell(owner + " owns it, settled after " + (System.nanoTime() - healed) / 1_000_000 + " ms");
                assertThat(beliefs.violations()).isEmpty();
            } while (System.nanoTime() - begun < LENGTH.toNanos());
            assertThat(beliefs.answers()).as("agents asked").isGreaterThan(rounds);
            assertThat(beliefs.backed()).as("owners with a majority seen").isGreaterThan(rounds);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dchaos.seed=" + SEED + ":\n" + String.join("\n", story) + "\n" + e.getMessage(),
                    e);
        }
        System.out.println("e2e: chaos with seed " + SEED + ", " + rounds + " rounds:\n" + String.join("\n", story));
    }

    private void tell(String what) {
        story.add(String.format("%7.1f s  %s", (System.nanoTime() - begun) / 1e9, what));
    }

    /// The faults' own length; nothing is waited for with it.
    private static void lasts(Duration length) {
        long end = System.nanoTime() + length.toNanos();
        Await.until("the fault has lasted", length.plusSeconds(20), () -> System.nanoTime() - end >= 0);
    }
}
