package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BackendPoolTest {

    /// Renders what a pool tells as lines of text.
    static final class Told implements BackendListener {
        final List<String> lines = new ArrayList<>();

        @Override
        public void joined(Backend backend) {
            lines.add("joined " + backend.id().host());
        }

        @Override
        public void left(Backend backend) {
            lines.add("left " + backend.id().host());
        }

        @Override
        public void forgotten(Backend backend) {
            lines.add("forgotten " + backend.id().host());
        }

        @Override
        public void stateChanged(Backend backend, BackendState from, BackendState to) {
            lines.add(backend.id().host() + " " + from + "->" + to);
        }

        @Override
        public void resetAll(Backend backend, String why) {
            lines.add("reset " + backend.id().host() + ": " + why);
        }
    }

    @Test
    void anEmptyPoolHasNobody() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        assertThat(pools.pool.pick(Pools.client(1), Tried.NONE)).isNull();
        assertThat(pools.pool.up()).isZero();
    }

    @Test
    void anUncheckedBackendIsTriedRatherThanNone() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        pools.join(1);
        assertThat(pools.pick().state()).isEqualTo(BackendState.DOWN);
        assertThat(pools.pick().reason()).isEqualTo("not checked yet");
    }

    @Test
    void upIsPreferredToDrainingAndDrainingToDown() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        pools.set(1, BackendState.DOWN);
        pools.set(2, BackendState.DRAIN);
        Tried tried = new Tried();
        List<String> order = new ArrayList<>();
        for (Backend b = pools.pick(); b != null; b = pools.pool.pick(Pools.client(1), tried)) {
            order.add(b.id().host());
            tried.add(b);
        }
        assertThat(order).containsExactly("10.0.0.3", "10.0.0.2", "10.0.0.1");
    }

    @Test
    void failsOpenButNeverToOneInMaintenance() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        assertThat(pools.pool.admin(Pools.id(1), AdminState.MAINT)).isTrue();
        pools.set(2, BackendState.DOWN);
        assertThat(pools.pick()).isSameAs(pools.backend(2));
        pools.pool.admin(Pools.id(2), AdminState.MAINT);
        assertThat(pools.pool.pick(Pools.client(1), Tried.NONE)).isNull();
    }

    @Test
    void downResetsItsConnectionsAtOnceAndDrainDoesNot() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        Told told = new Told();
        try (Subscription following = pools.pool.follow(told)) {
            assertThat(following).isNotNull();
            pools.set(1, BackendState.DRAIN);
            pools.set(1, BackendState.DOWN);
            pools.set(1, BackendState.UP);
        }
        pools.set(1, BackendState.DOWN);
        assertThat(told.lines).containsExactly("joined 10.0.0.1", "joined 10.0.0.2", "10.0.0.1 UP->DRAIN",
                "10.0.0.1 DRAIN->DOWN", "reset 10.0.0.1: by test", "10.0.0.1 DOWN->UP");
    }

    @Test
    void anOrderOverlaysHealthAndCanBeTakenBack() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        pools.pool.admin(Pools.id(1), AdminState.DRAIN);
        assertThat(pools.backend(1).state()).isEqualTo(BackendState.DRAIN);
        assertThat(pools.pick()).isSameAs(pools.backend(2));
        pools.set(1, BackendState.DOWN);
        assertThat(pools.backend(1).state()).isEqualTo(BackendState.DOWN);
        pools.set(1, BackendState.UP);
        assertThat(pools.backend(1).state()).isEqualTo(BackendState.DRAIN);
        assertThat(pools.backend(1).status().reason()).isEqualTo("operator set drain; by test");
        pools.pool.admin(Pools.id(1), AdminState.READY);
        assertThat(pools.backend(1).state()).isEqualTo(BackendState.UP);
        assertThat(pools.pool.admin(new HostPort("10.9.9.9", 1), AdminState.DRAIN)).isFalse();
    }

    @Test
    void whoMakesItDrainIsTheReasonAndNotTheCheckThatFindsItReady() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        pools.pool.admin(Pools.id(1), AdminState.DRAIN);
        pools.pool.health(pools.backend(1), BackendState.DOWN, "connect timed out (3 times)");
        pools.pool.health(pools.backend(1), BackendState.UP, "ready");
        Journal.Entry last = pools.journal.entries().getLast();
        assertThat(last.kind()).isEqualTo(Journal.Kind.BACKEND_DRAINING);
        assertThat(last.keys()).containsEntry("reason", "operator set drain");
        pools.pool.admin(Pools.id(1), AdminState.READY);
        assertThat(pools.journal.entries().getLast().keys()).containsEntry("reason", "ready");
    }

    @Test
    void eachChangeIsOneEntryOfTheJournalWithItsReason() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        pools.advance(Duration.ofSeconds(90));
        pools.pool.health(pools.backend(1), BackendState.DOWN, "connect refused (3 times)");
        List<Journal.Entry> entries = pools.journal.entries();
        assertThat(entries).hasSize(3);
        Journal.Entry last = entries.getLast();
        assertThat(last.kind()).isEqualTo(Journal.Kind.BACKEND_DOWN);
        assertThat(last.keys()).containsEntry("backend", "10.0.0.1:6443")
                .containsEntry("reason", "connect refused (3 times)").containsEntry("formerStateFor", "1m30s");
    }

    @Test
    void theFirstDecisionIsToldEvenWhenItIsDown() {
        Pools pools = new Pools(BackendConfig.DEFAULT);
        pools.join(1);
        pools.set(1, BackendState.DOWN);
        pools.set(1, BackendState.DOWN);
        assertThat(pools.journal.entries().stream().filter(e -> e.kind() == Journal.Kind.BACKEND_DOWN)).hasSize(1);
    }

    @Test
    void whatStaysInAnUpdateKeepsStateAndCountersAndWhatLeftDrains() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        Backend first = pools.backend(1);
        Backend third = pools.backend(3);
        third.opened();
        Told told = new Told();
        pools.pool.follow(told);
        told.lines.clear();
        pools.join(2);
        assertThat(pools.backend(1)).isSameAs(first);
        assertThat(first.state()).isEqualTo(BackendState.UP);
        assertThat(third.state()).isEqualTo(BackendState.DRAIN);
        assertThat(pools.pool.backends()).contains(third);
        Tried both = new Tried();
        both.add(first);
        both.add(pools.backend(2));
        assertThat(pools.pool.pick(Pools.client(1), both)).as("the one that left").isNull();
        pools.pool.forgetIdle();
        assertThat(pools.pool.backends()).contains(third);
        third.closed();
        pools.pool.forgetIdle();
        assertThat(pools.pool.backends()).doesNotContain(third);
        assertThat(told.lines).containsExactly("left 10.0.0.3", "10.0.0.3 UP->DRAIN", "forgotten 10.0.0.3");
    }

    @Test
    void oneThatComesBackWhileItDrainsIsTheSame() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        Backend second = pools.backend(2);
        second.opened();
        pools.join(1);
        pools.join(2);
        assertThat(pools.backend(2)).isSameAs(second);
        assertThat(second.state()).isEqualTo(BackendState.UP);
        assertThat(second.current()).isEqualTo(1);
    }

    @Test
    void discoveryThatFindsNobodyIsNotBelieved() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        pools.pool.update(List.of());
        assertThat(pools.pool.members()).hasSize(2);
        assertThat(pools.pool.up()).isEqualTo(2);
    }

    @Test
    void preferLocalKeepsToTheLocalOneUntilItIsOverloaded() {
        BackendConfig d = BackendConfig.DEFAULT;
        Pools pools = new Pools(new BackendConfig(Policy.LEAST_CONNECTIONS, true, 5, d.slowStart(), d.drainTimeout(),
                true, 5, d.resolveInterval()));
        pools.join(3);
        pools.allUp();
        for (int i = 0; i < 5; i++) {
            assertThat(pools.open()).isSameAs(pools.backend(1));
        }
        assertThat(pools.open()).as("at its most").isNotSameAs(pools.backend(1));
        pools.backend(1).closed();
        assertThat(pools.pick()).isSameAs(pools.backend(1));
        pools.pool.slow(pools.backend(1), true);
        assertThat(pools.pick()).as("slow health checks").isNotSameAs(pools.backend(1));
        pools.pool.slow(pools.backend(1), false);
        pools.set(1, BackendState.DRAIN);
        assertThat(pools.pick()).as("not ready").isNotSameAs(pools.backend(1));
    }

    @Test
    void failedConnectsAreCountedAndReported() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        List<String> reports = new ArrayList<>();
        Subscription sink = pools.pool.reportTo((backend, what) -> reports.add(backend.id().host() + " " + what));
        pools.backend(1).connectFailed(new ConnectException("connect(..) failed with error(-111): Connection refused"));
        pools.backend(1).connectFailed(new IOException("No route to host"));
        pools.backend(1).resetBeforeFirstByte();
        sink.close();
        pools.backend(1).resetBeforeFirstByte();
        assertThat(reports).containsExactly("10.0.0.1 connect refused", "10.0.0.1 No route to host",
                "10.0.0.1 reset before the first byte");
        BackendStatus status = pools.backend(1).status();
        assertThat(status.connectErrors()).isEqualTo(2);
        assertThat(status.resetsBeforeFirstByte()).isEqualTo(2);
    }

    @Test
    void theStatusCountsConnectionsBytesAndTimeInState() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        Backend backend = pools.backend(1);
        backend.opened();
        backend.opened();
        backend.connectSucceeded(300_000);
        backend.connectSucceeded(3_000_000_000L);
        backend.received(1000);
        backend.sent(10);
        backend.retried();
        backend.reset();
        backend.closed();
        pools.advance(Duration.ofSeconds(4));
        pools.set(1, BackendState.DRAIN);
        pools.advance(Duration.ofSeconds(2));
        BackendStatus status = backend.status();
        assertThat(status.current()).isEqualTo(1);
        assertThat(status.peak()).isEqualTo(2);
        assertThat(status.total()).isEqualTo(2);
        assertThat(status.bytesReceived()).isEqualTo(1000);
        assertThat(status.bytesSent()).isEqualTo(10);
        assertThat(status.retries()).isEqualTo(1);
        assertThat(status.resets()).isEqualTo(1);
        assertThat(status.transitions()).isEqualTo(2);
        assertThat(status.timeIn()).containsEntry(BackendState.UP, Duration.ofSeconds(4))
                .containsEntry(BackendState.DRAIN, Duration.ofSeconds(2));
        assertThat(status.connectTimes().total()).isEqualTo(2);
        assertThat(status.connectTimes().counts().getLast()).isEqualTo(1);
        assertThat(status.share()).isEqualTo(1);
    }

    @Test
    void everyChoiceIsOfOneWholeSnapshotWhileTheSetChanges() throws InterruptedException {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 4);
        Set<HostPort> known = pools.pool.members().stream().map(Backend::id).collect(Collectors.toSet());
        pools.set(4, BackendState.DOWN);
        AtomicBoolean stop = new AtomicBoolean();
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> readers = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            readers.add(Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    Backend backend = pools.pool.pick(Pools.client(1), Tried.NONE);
                    // Backend 1 stays UP throughout: there is always somebody, and never one that is DOWN for good.
                    if (backend == null || !known.contains(backend.id()) || backend.id().equals(Pools.id(4))) {
                        wrong.add(String.valueOf(backend));
                    } else {
                        backend.opened();
                        backend.closed();
                    }
                }
            }));
        }
        for (int i = 0; i < 2000; i++) {
            pools.set(2, i % 2 == 0 ? BackendState.DRAIN : BackendState.UP);
            pools.pool.admin(Pools.id(3), i % 3 == 0 ? AdminState.MAINT : AdminState.READY);
            if (i % 10 == 0) {
                pools.pool.update(List.of(BackendSpec.of(Pools.id(1)), BackendSpec.of(Pools.id(2)),
                        BackendSpec.of(Pools.id(4))));
                pools.join(4);
                pools.set(4, BackendState.DOWN);
            }
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join(10_000);
            assertThat(reader.isAlive()).isFalse();
        }
        assertThat(wrong).isEmpty();
        assertThat(pools.pool.members()).allSatisfy(b -> assertThat(b.current()).isZero());
    }

    @Test
    void configurationNamesEveryProblemAtOnce() {
        assertThatThrownBy(() -> new BackendConfig(Policy.ROUND_ROBIN, false, 0, Duration.ofSeconds(-1),
                Duration.ofDays(2), true, 0, Duration.ZERO)).hasMessage("""
                        prefer-local-max: 0 (expected: at least 1)
                        slow-start: -1s (expected: 0s to 1h)
                        drain-timeout: 48h (expected: 0s to 24h)
                        rebalance-per-second: 0 (expected: 1 to 1000)
                        resolve-interval: 0s (expected: 1s to 24h)""");
        assertThatThrownBy(() -> new BackendSpec(Pools.id(1), 0))
                .hasMessage("backend 10.0.0.1:6443: weight 0 (expected: 1 to 256)");
    }

    @Test
    void policiesAreNamedAsOperatorsWriteThem() {
        assertThat(Policy.parse("least-connections")).contains(Policy.LEAST_CONNECTIONS);
        assertThat(Policy.RANDOM_TWO.text()).isEqualTo("random-two");
        assertThat(Policy.parse("leastconn")).isEmpty();
    }

    @Test
    void aBackendWhoseHostHasFallenSilentIsChosenAfterThoseThatAreAliveUntilItsNextGoodCheck() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
        List<String> reports = new ArrayList<>();
        pools.pool.reportTo((backend, what) -> reports.add(backend.id() + " " + what));
        pools.set(1, BackendState.DRAIN);
        pools.advance(Duration.ofSeconds(1));
        pools.pool.doubt(Pools.address(3), "its agent is silent");
        assertThat(reports).as("it is checked at once").containsExactly(Pools.id(3) + " its agent is silent");
        for (int i = 0; i < 3; i++) {
            assertThat(pools.open()).isEqualTo(pools.backend(2));
        }
        pools.set(2, BackendState.DOWN);
        assertThat(pools.pick()).as("alive before doubted").isEqualTo(pools.backend(1));
        pools.set(1, BackendState.DOWN);
        assertThat(pools.pick()).as("doubted before dead").isEqualTo(pools.backend(3));
        pools.set(1, BackendState.DRAIN);
        pools.pool.trust(pools.backend(3), pools.nanos.get() - 1);
        assertThat(pools.pick()).as("that check began before the doubt").isEqualTo(pools.backend(1));
        pools.pool.trust(pools.backend(3), pools.nanos.get());
        assertThat(pools.pick()).as("and this one after it").isEqualTo(pools.backend(3));
    }

    @Test
    void aDoubtAboutAHostWithoutABackendIsNone() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 2);
        List<Backend> reports = new ArrayList<>();
        pools.pool.reportTo((backend, what) -> reports.add(backend));
        pools.pool.doubt(Pools.address(3), "its agent is silent");
        assertThat(reports).isEmpty();
        assertThat(pools.journal.entries()).noneMatch(entry -> entry.message().contains("suspect"));
    }
}
