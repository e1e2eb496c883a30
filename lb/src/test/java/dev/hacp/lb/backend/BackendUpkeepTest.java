package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class BackendUpkeepTest {

    private final List<String> closes = new ArrayList<>();
    private List<InetAddress> addresses = List.of();

    /// A thread that runs what it gets inside start(): every step of a test is over when the call returns.
    private static final ThreadFactory INLINE = task -> new Thread() {
        @Override
        public void start() {
            task.run();
        }
    };

    private BackendUpkeep upkeep(Pools pools) {
        ScheduledExecutorService inline = mock(ScheduledExecutorService.class);
        doAnswer(call -> {
            call.getArgument(0, Runnable.class).run();
            return null;
        }).when(inline).execute(any());
        BackendUpkeep upkeep = new BackendUpkeep(pools.pool, pools.journal, pools.nanos::get, inline,
                (backend, n, purpose) -> {
                    closes.add(backend.id().host() + " " + n + " " + purpose);
                    for (int i = Math.min(n, backend.current()); i > 0; i--) {
                        Pools.disconnect(backend);
                    }
                }, host -> {
                    if (addresses.isEmpty()) {
                        throw new UnknownHostException(host);
                    }
                    return addresses;
                }, INLINE);
        upkeep.start();
        return upkeep;
    }

    private static void run(BackendUpkeep upkeep, Pools pools, Duration time) {
        for (long t = 0; t < time.toMillis(); t += 500) {
            pools.advance(Duration.ofMillis(500));
            upkeep.tick();
        }
    }

    private static double share(Pools pools, int i) {
        return pools.backend(i).status().share();
    }

    @Test
    void aRecoveredBackendGetsItsShareSlowly() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(3);
        pools.allUp();
        run(upkeep, pools, Duration.ofSeconds(60));
        pools.set(3, BackendState.DOWN);
        run(upkeep, pools, Duration.ofSeconds(10));
        pools.set(3, BackendState.UP);
        assertThat(share(pools, 3)).isBetween(0.08, 0.11);
        run(upkeep, pools, Duration.ofSeconds(15));
        assertThat(share(pools, 3)).isBetween(0.5, 0.6);
        run(upkeep, pools, Duration.ofSeconds(15));
        assertThat(share(pools, 3)).isEqualTo(1);
        assertThat(share(pools, 1)).isEqualTo(1);
    }

    @Test
    void slowStartMakesItsConnectionsFew() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        for (int i = 0; i < 100; i++) {
            pools.open();
        }
        pools.set(2, BackendState.DOWN);
        for (int i = 0; i < 50; i++) {
            pools.backend(2).closed();
            pools.backend(1).opened();
        }
        pools.set(2, BackendState.UP);
        upkeep.tick();
        int before = pools.backend(2).current();
        for (int i = 0; i < 100; i++) {
            pools.open();
        }
        assertThat(pools.backend(2).current() - before).as("of 100 new ones, with a tenth of a share")
                .isBetween(5, 30);
    }

    @Test
    void atTheirOwnStartAllGetTheirWholeShare() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        upkeep(pools);
        pools.join(3);
        pools.set(1, BackendState.UP);
        pools.advance(Duration.ofSeconds(2));
        pools.set(2, BackendState.UP);
        pools.set(3, BackendState.DOWN);
        pools.advance(Duration.ofSeconds(5));
        pools.set(3, BackendState.UP);
        assertThat(share(pools, 2)).isEqualTo(1);
        assertThat(share(pools, 3)).isEqualTo(1);
    }

    @Test
    void aNewcomerAmongEstablishedOnesStartsSlowlyToo() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        run(upkeep, pools, Duration.ofSeconds(60));
        pools.join(3);
        pools.set(3, BackendState.UP);
        assertThat(share(pools, 3)).isLessThan(0.2);
    }

    @Test
    void notReadyForAMomentCostsNoSlowStart() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        run(upkeep, pools, Duration.ofSeconds(60));
        pools.set(2, BackendState.DRAIN);
        pools.set(2, BackendState.UP);
        assertThat(share(pools, 2)).isEqualTo(1);
    }

    @Test
    void connectionsThatOutliveTheDrainTimeoutAreReset() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        pools.backend(2).opened();
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        told.lines.clear();
        pools.pool.admin(Pools.id(2), AdminState.DRAIN);
        run(upkeep, pools, Duration.ofSeconds(299));
        assertThat(told.lines).containsExactly("10.0.0.2 UP->DRAIN");
        run(upkeep, pools, Duration.ofSeconds(30));
        assertThat(told.lines).containsExactly("10.0.0.2 UP->DRAIN", "reset 10.0.0.2: drain timeout");
    }

    @Test
    void aServerThatRefusesMayFinishWhatItHasForAsLongAsAGracefulStopTakes() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        told.lines.clear();
        pools.pool.health(pools.backend(2), Condition.REFUSES, "connect refused", null);
        // kube-apiserver's --request-timeout.
        run(upkeep, pools, Duration.ofSeconds(60));
        assertThat(told.lines).containsExactly("10.0.0.2 UP->DOWN");
        run(upkeep, pools, Duration.ofSeconds(15));
        assertThat(told.lines).containsExactly("10.0.0.2 UP->DOWN", "reset 10.0.0.2: connect refused");
    }

    @Test
    void aServerThatRefusedAndThenFallsSilentHasItsConnectionsReset() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        pools.pool.health(pools.backend(2), Condition.REFUSES, "connect refused", null);
        run(upkeep, pools, Duration.ofSeconds(10));
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        told.lines.clear();
        pools.pool.heard(pools.backend(1), 5);
        pools.pool.health(pools.backend(2), Condition.SILENT, "connect timed out", 4L);
        assertThat(told.lines).as("its host was switched off").containsExactly("reset 10.0.0.2: connect timed out");
    }

    @Test
    void aServerWithoutEtcdLosesItsClientsGentlyWhileAnotherServes() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        for (int i = 0; i < 40; i++) {
            Pools.connect(pools.backend(2));
        }
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        pools.pool.health(pools.backend(2), Condition.CANNOT_SERVE, "not ready: [-]etcd failed", null);
        run(upkeep, pools, Duration.ofSeconds(5));
        assertThat(pools.backend(2).current()).as("it may be over in a moment").isEqualTo(40);
        run(upkeep, pools, Duration.ofSeconds(5));
        assertThat(pools.backend(2).current()).as("a few at a time").isBetween(15, 25);
        run(upkeep, pools, Duration.ofSeconds(6));
        assertThat(pools.backend(2).current()).isZero();
        assertThat(closes).allMatch(line -> line.equals("10.0.0.2 2 CANNOT_SERVE"));
        assertThat(told.lines).noneMatch(line -> line.startsWith("reset"));
    }

    @Test
    void aServerThatLeavesPolitelyKeepsItsClients() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        Pools.connect(pools.backend(2));
        pools.pool.health(pools.backend(2), Condition.NOT_READY, "not ready: [-]shutdown failed", null);
        run(upkeep, pools, Duration.ofMinutes(2));
        assertThat(pools.backend(2).current()).isEqualTo(1);
        assertThat(closes).isEmpty();
    }

    @Test
    void whereNoneCanServeNoneLosesItsClients() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        Pools.connect(pools.backend(1));
        Pools.connect(pools.backend(2));
        pools.pool.health(pools.backend(1), Condition.CANNOT_SERVE, "TLS works but /readyz gave no answer", null);
        pools.pool.health(pools.backend(2), Condition.CANNOT_SERVE, "TLS works but /readyz gave no answer", null);
        run(upkeep, pools, Duration.ofMinutes(2));
        assertThat(closes).isEmpty();
        pools.set(1, BackendState.UP);
        run(upkeep, pools, Duration.ofSeconds(1));
        assertThat(closes).as("as soon as there is a place to go").isNotEmpty();
    }

    @Test
    void maintenanceResetsEvenOneThatRefuses() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        pools.pool.health(pools.backend(1), Condition.REFUSES, "connect refused", null);
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        pools.pool.admin(Pools.id(1), AdminState.MAINT);
        assertThat(told.lines).contains("reset 10.0.0.1: operator set maint");
        run(upkeep, pools, Duration.ofSeconds(10));
        assertThat(told.lines.stream().filter(line -> line.startsWith("reset"))).hasSize(1);
    }

    @Test
    void notReadyEverywhereNeverRunsIntoTheDrainTimeout() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(2);
        pools.allUp();
        pools.backend(1).opened();
        pools.backend(2).opened();
        BackendPoolTest.Told told = new BackendPoolTest.Told();
        pools.pool.follow(told);
        pools.set(1, BackendState.DRAIN);
        pools.set(2, BackendState.DRAIN);
        run(upkeep, pools, Duration.ofMinutes(15));
        assertThat(told.lines).noneMatch(line -> line.startsWith("reset"));
    }

    @Test
    void aRollingRestartEndsEvenAgain() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        pools.join(3);
        pools.allUp();
        for (int i = 0; i < 300; i++) {
            pools.open();
        }
        run(upkeep, pools, Duration.ofSeconds(60));
        for (int i = 1; i <= 3; i++) {
            int lost = pools.backend(i).current();
            pools.set(i, BackendState.DOWN);
            for (int n = 0; n < lost; n++) {
                Pools.disconnect(pools.backend(i));
                pools.open();
            }
            run(upkeep, pools, Duration.ofSeconds(5));
            pools.set(i, BackendState.UP);
            run(upkeep, pools, Duration.ofSeconds(5));
        }
        assertThat(pools.backend(3).current()).as("restarted last").isLessThan(20);
        for (int second = 0; second < 120; second++) {
            run(upkeep, pools, Duration.ofSeconds(1));
            for (int gone = 300 - total(pools); gone > 0; gone--) {
                pools.open();
            }
        }
        // Within 20 % of the mean, as the rebalancer understands it: which ones it closes is left to chance.
        var spread = pools.pool.members().stream().mapToInt(Backend::current).summaryStatistics();
        assertThat(spread.getMax() - spread.getMin()).as(pools.loads()).isLessThanOrEqualTo(20);
        assertThat(closes).isNotEmpty();
        assertThat(pools.journal.entries().stream().map(Journal.Entry::message)).contains("rebalanced");
    }

    private static int total(Pools pools) {
        return pools.pool.members().stream().mapToInt(Backend::current).sum();
    }

    @Test
    void namesAreResolvedAndFollowed() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        BackendUpkeep upkeep = upkeep(pools);
        HostPort name = new HostPort("api.example", 6443);
        pools.pool.update(List.of(BackendSpec.of(name)));
        Backend backend = pools.pool.members().getFirst();
        assertThat(backend.address()).isNull();
        assertThat(backend.reason()).isEqualTo("host name api.example does not resolve");
        assertThat(pools.pool.pick(Pools.client(1), Tried.NONE)).isNull();

        addresses = List.of(Pools.address(7), Pools.address(8));
        run(upkeep, pools, Duration.ofSeconds(31));
        assertThat(backend.address()).isEqualTo(new InetSocketAddress(Pools.address(7), 6443));
        assertThat(pools.pick()).isSameAs(backend);

        addresses = List.of(Pools.address(8), Pools.address(7));
        run(upkeep, pools, Duration.ofSeconds(31));
        assertThat(backend.address()).as("still has it").isEqualTo(new InetSocketAddress(Pools.address(7), 6443));

        addresses = List.of();
        run(upkeep, pools, Duration.ofSeconds(31));
        assertThat(backend.address()).as("a failed lookup changes nothing").isNotNull();

        addresses = List.of(Pools.address(9));
        run(upkeep, pools, Duration.ofSeconds(31));
        assertThat(backend.address()).isEqualTo(new InetSocketAddress(Pools.address(9), 6443));
    }
}
