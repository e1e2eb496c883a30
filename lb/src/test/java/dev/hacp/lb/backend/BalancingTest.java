package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancingTest {

    @Test
    void leastConnectionsSpreadsThreeHundredConnectionsEvenly() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        for (int i = 0; i < 300; i++) {
            pools.open();
        }
        assertThat(pools.loads()).isEqualTo("100,100,100");
    }

    @Test
    void leastConnectionsSpreadsShortConnectionsEvenlyToo() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        Map<Backend, Integer> seen = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            Backend backend = pools.open();
            seen.merge(backend, 1, Integer::sum);
            backend.closed();
        }
        assertThat(seen.values()).containsExactly(100, 100, 100);
    }

    @Test
    void leastConnectionsStaysWithinTenPercentWhileConnectionsComeAndGo() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        Random random = new Random(7);
        Deque<Backend> open = new ArrayDeque<>();
        for (int i = 0; i < 300; i++) {
            open.add(pools.open());
        }
        for (int i = 0; i < 3000; i++) {
            if (random.nextBoolean() && open.size() > 250) {
                open.poll().closed();
            } else {
                open.add(pools.open());
            }
        }
        int mean = open.size() / 3;
        assertThat(pools.pool.members())
                .allSatisfy(b -> assertThat(b.current()).isBetween(mean * 9 / 10, mean * 11 / 10));
    }

    @Test
    void leastConnectionsPrefersTheEmptyOne() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        pools.backend(1).opened();
        pools.backend(3).opened();
        assertThat(pools.pick()).isSameAs(pools.backend(2));
    }

    @ParameterizedTest
    @EnumSource(value = Policy.class, names = {"LEAST_CONNECTIONS", "ROUND_ROBIN"})
    void aWeightOfThreeGetsThreeTimesAsMany(Policy policy) {
        Pools pools = new Pools(Pools.config(policy));
        pools.pool.update(List.of(new BackendSpec(Pools.id(1), 3), new BackendSpec(Pools.id(2), 1)));
        pools.allUp();
        for (int i = 0; i < 400; i++) {
            pools.open();
        }
        assertThat(pools.backend(1).current()).isBetween(298, 302);
    }

    @Test
    void roundRobinTakesTurns() {
        Pools pools = Pools.of(Policy.ROUND_ROBIN, 3);
        StringBuilder turns = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            String id = pools.open().id().host();
            turns.append(id.charAt(id.length() - 1));
        }
        assertThat(turns).hasToString("123123123");
    }

    @Test
    void roundRobinDoesNotLetTheOneThatWasAwayCatchUp() {
        Pools pools = Pools.of(Policy.ROUND_ROBIN, 3);
        pools.set(3, BackendState.DOWN);
        for (int i = 0; i < 100; i++) {
            pools.open();
        }
        pools.set(3, BackendState.UP);
        int before = pools.backend(3).current();
        for (int i = 0; i < 30; i++) {
            pools.open();
        }
        assertThat(pools.backend(3).current() - before).isBetween(9, 11);
    }

    @Test
    void randomTwoKeepsTheLoadsClose() {
        Pools pools = Pools.of(Policy.RANDOM_TWO, 4);
        for (int i = 0; i < 4000; i++) {
            pools.open();
        }
        assertThat(pools.pool.members()).allSatisfy(b -> assertThat(b.current()).isBetween(980, 1020));
    }

    @Test
    void randomTwoNeverTakesTheMostLoadedOfTwo() {
        Pools pools = Pools.of(Policy.RANDOM_TWO, 2);
        pools.backend(1).opened();
        for (int i = 0; i < 100; i++) {
            assertThat(pools.pick()).isSameAs(pools.backend(2));
        }
    }

    @Test
    void sourceHashKeepsAClientAndSpreadsClients() {
        Pools pools = Pools.of(Policy.SOURCE_HASH, 3);
        Map<Backend, Integer> seen = new HashMap<>();
        for (int i = 0; i < 3000; i++) {
            Backend backend = pools.pick(Pools.client(i));
            assertThat(pools.pick(Pools.client(i))).isSameAs(backend);
            seen.merge(backend, 1, Integer::sum);
        }
        assertThat(seen.values()).hasSize(3).allSatisfy(n -> assertThat(n).isBetween(900, 1100));
    }

    @Test
    void sourceHashMovesOnlyTheClientsOfTheBackendThatWent() {
        Pools pools = Pools.of(Policy.SOURCE_HASH, 3);
        Map<InetAddress, Backend> before = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            before.put(Pools.client(i), pools.pick(Pools.client(i)));
        }
        Backend gone = pools.backend(2);
        pools.set(2, BackendState.DOWN);
        before.forEach((client, backend) -> {
            Backend now = pools.pick(client);
            assertThat(now).isNotSameAs(gone);
            if (backend != gone) {
                assertThat(now).isSameAs(backend);
            }
        });
        assertThat(before.values()).contains(gone);
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void everyPolicyTriesTheOthersAndThenGivesUp(Policy policy) {
        Pools pools = Pools.of(policy, 3);
        Tried tried = new Tried();
        for (int i = 0; i < 3; i++) {
            Backend backend = Objects.requireNonNull(pools.pool.pick(Pools.client(1), tried));
            assertThat(tried.contains(backend)).isFalse();
            tried.add(backend);
        }
        assertThat(pools.pool.pick(Pools.client(1), tried)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void choosingAllocatesNothing(Policy policy) {
        Pools pools = Pools.of(policy, 3);
        InetAddress client = Pools.client(1);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        choose(pools, client, 20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        choose(pools, client, 10_000);
        long perChoice = (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;
        assertThat(perChoice).as("bytes per choice").isZero();
        assertThat(pools.pool.members().stream().mapToInt(Backend::current).sum()).isZero();
    }

    private static void choose(Pools pools, InetAddress client, int times) {
        for (int i = 0; i < times; i++) {
            Backend backend = pools.pick(client);
            backend.opened();
            backend.closed();
        }
    }
}
