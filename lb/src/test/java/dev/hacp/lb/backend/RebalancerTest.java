package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RebalancerTest {

    private static final long HALF_SECOND = 500_000_000L;

    private long now;
    private long closedPerSecondAtMost;

    /// Runs until the episode ends; clients that were closed come back after `delay` rounds through the policy.
    private int run(Pools pools, Rebalancer rebalancer, int delay) {
        Random random = new Random(3);
        int[] returning = new int[delay + 1];
        int rounds = 0;
        rebalancer.recovered(now);
        while (rebalancer.active() && rounds < 10_000) {
            for (int i = returning[rounds % (delay + 1)]; i > 0; i--) {
                pools.open();
            }
            returning[rounds % (delay + 1)] = 0;
            now += HALF_SECOND;
            Rebalancer.Step step = rebalancer.next(pools.pool.upNow(), now, random.nextDouble());
            if (step != null) {
                for (int i = 0; i < step.connections(); i++) {
                    Pools.disconnect(step.backend());
                }
                returning[(rounds + delay) % (delay + 1)] += step.connections();
                closedPerSecondAtMost = Math.max(closedPerSecondAtMost, step.connections());
            }
            rounds++;
        }
        for (int count : returning) {
            for (int i = 0; i < count; i++) {
                pools.open();
            }
        }
        return rounds;
    }

    private static Pools loaded(Policy policy, int... loads) {
        Pools pools = Pools.of(policy, loads.length);
        for (int i = 0; i < loads.length; i++) {
            for (int n = 0; n < loads[i]; n++) {
                Pools.connect(pools.backend(i + 1));
            }
        }
        return pools;
    }

    private static double spread(Pools pools) {
        int most = pools.pool.members().stream().mapToInt(Backend::current).max().orElseThrow();
        int fewest = pools.pool.members().stream().mapToInt(Backend::current).min().orElseThrow();
        double mean = pools.pool.members().stream().mapToInt(Backend::current).average().orElseThrow();
        return (most - fewest) / mean;
    }

    @ParameterizedTest
    @EnumSource(value = Policy.class, names = {"LEAST_CONNECTIONS", "ROUND_ROBIN", "RANDOM_TWO"})
    void anEmptyRecoveredBackendGetsItsShare(Policy policy) {
        Pools pools = loaded(policy, 150, 150, 0);
        Rebalancer rebalancer = new Rebalancer(5, policy);
        run(pools, rebalancer, 2);
        assertThat(spread(pools)).as(pools.loads()).isLessThan(0.3);
        assertThat(pools.pool.members().stream().mapToInt(Backend::current).sum()).isEqualTo(300);
        assertThat(rebalancer.closed()).isLessThanOrEqualTo(302);
        assertThat(rebalancer.ended()).isEqualTo(Rebalancer.End.EVEN);
    }

    @Test
    void closesNoFasterThanItMayAndNotLongerThanNeeded() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 150, 150, 0);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        int rounds = run(pools, rebalancer, 1);
        // 100 are missing there, but within 20 % is enough: about 86 to 100 at 5 a second.
        assertThat(rebalancer.closed()).isBetween(80L, 110L);
        assertThat(closedPerSecondAtMost).isLessThanOrEqualTo(5);
        assertThat(rounds / 2.0).isBetween(14.0, 30.0);
    }

    @Test
    void leavesAnEvenLoadAlone() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 100, 110, 95);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        run(pools, rebalancer, 1);
        assertThat(pools.loads()).isEqualTo("100,110,95");
        assertThat(rebalancer.closed()).isZero();
    }

    @Test
    void leavesAFewConnectionsAloneThatCannotBeEven() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 2, 1, 1);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        run(pools, rebalancer, 1);
        assertThat(pools.loads()).isEqualTo("2,1,1");
    }

    @Test
    void doesNothingWithoutARecovery() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 300, 0, 0);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        assertThat(rebalancer.next(pools.pool.upNow(), HALF_SECOND, 0.5)).isNull();
        assertThat(rebalancer.active()).isFalse();
    }

    @Test
    void stopsWhenItsBudgetIsSpentInVain() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 100, 0);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        rebalancer.recovered(0);
        // Every client comes back to the same backend: the loads never change.
        for (int i = 0; i < 1000 && rebalancer.active(); i++) {
            now += HALF_SECOND;
            rebalancer.next(pools.pool.upNow(), now, 0.5);
        }
        assertThat(rebalancer.active()).isFalse();
        assertThat(rebalancer.ended()).isEqualTo(Rebalancer.End.BUDGET);
        assertThat(rebalancer.closed()).isEqualTo(50);
    }

    @Test
    void waitsForTheClientsItSentAway() {
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 300, 300, 0);
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        rebalancer.recovered(0);
        int closed = 0;
        // Nobody ever comes back.
        for (int i = 0; i < 200; i++) {
            now += HALF_SECOND;
            Rebalancer.Step step = rebalancer.next(pools.pool.upNow(), now, 0.5);
            for (int n = 0; step != null && n < step.connections(); n++) {
                Pools.disconnect(step.backend());
                closed++;
            }
        }
        assertThat(closed).isBetween(20, 26);
    }

    @Test
    void weightsSayWhatIsEven() {
        Pools pools = new Pools(Pools.config(Policy.LEAST_CONNECTIONS));
        pools.pool.update(java.util.List.of(new BackendSpec(Pools.id(1), 2), new BackendSpec(Pools.id(2), 1)));
        pools.allUp();
        for (int i = 0; i < 200; i++) {
            Pools.connect(pools.backend(i < 130 ? 1 : 2));
        }
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        run(pools, rebalancer, 1);
        assertThat(rebalancer.closed()).as("130 and 70 of 2:1 are within 20 %%").isZero();
    }

    @Test
    void whatCannotResumeIsNeverClosedHoweverUnevenItIs() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        for (int i = 0; i < 40; i++) {
            pools.backend(1).opened();
        }
        for (int i = 0; i < 5; i++) {
            Pools.connect(pools.backend(1));
        }
        Rebalancer rebalancer = new Rebalancer(5, Policy.LEAST_CONNECTIONS);
        run(pools, rebalancer, 1);
        assertThat(rebalancer.closed()).as("only those that go on").isEqualTo(5);
        assertThat(pools.loads()).isEqualTo("40,5");
        assertThat(rebalancer.ended()).isEqualTo(Rebalancer.End.FIXED);
    }

    @Test
    void neverClosesMoreThanTheExcessWhileTheClosedOnesAreAway() {
        // As in an upgrade: two servers with 30 each, the third came back empty, and its clients take a minute to return.
        Pools pools = loaded(Policy.LEAST_CONNECTIONS, 30, 30, 0);
        Rebalancer rebalancer = new Rebalancer(20, Policy.LEAST_CONNECTIONS);
        rebalancer.recovered(0);
        for (int i = 0; i < 120; i++) {
            now += HALF_SECOND;
            Rebalancer.Step step = rebalancer.next(pools.pool.upNow(), now, 0.5);
            for (int n = 0; step != null && n < step.connections(); n++) {
                Pools.disconnect(step.backend());
            }
        }
        assertThat(rebalancer.closed()).isLessThanOrEqualTo(20);
        assertThat(pools.loads()).isEqualTo("20,20,0");
    }
}
