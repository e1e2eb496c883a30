package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BackendViewTest {

    private static BackendView.Verdict ready() {
        return new BackendView.Verdict(Condition.READY, "ready");
    }

    @Test
    void aViewThatContradictsItselfCannotBeMade() {
        assertThatThrownBy(() -> new BackendView.Verdict(Condition.READY, false, "ready"))
                .hasMessage("not checked, but READY");
        assertThatThrownBy(() -> new BackendView.Verdict(Condition.READY, " "))
                .hasMessage("a verdict without a reason");
        assertThatThrownBy(() -> new BackendView.Share(2, 129)).hasMessage("share 129 of weight 2");
        assertThatThrownBy(() -> new BackendView.Share(2, 0)).hasMessage("share 0 of weight 2");
        assertThatThrownBy(() -> new BackendView.Share(257, 1)).hasMessage("weight 257");
        assertThatThrownBy(() -> new BackendView.Past(0, Instant.EPOCH, 0,
                Map.of(BackendState.UP, Duration.ofSeconds(-1)))).hasMessageContaining("negative times");
        BackendView view = BackendView.of(1, 0);
        assertThatThrownBy(() -> new BackendView(null, true, view.verdict(), false, null, null, null, null,
                AdminState.READY, false, view.share(), view.past())).hasMessage("local, but without an address");
        assertThatThrownBy(() -> new BackendView(null, false, ready(), false, null, null, 5L, null, AdminState.READY,
                false, view.share(), view.past())).hasMessage("kept for want of confirmation, but READY");
    }

    @Test
    void theStateIsWhatHealthOrderAndDiscoveryMakeOfIt() {
        BackendView up = BackendView.of(1, 0).with(ready());
        assertThat(up.state()).isEqualTo(BackendState.UP);
        assertThat(up.leaving(true).state()).isEqualTo(BackendState.DRAIN);
        assertThat(up.ordered(AdminState.DRAIN).state()).isEqualTo(BackendState.DRAIN);
        assertThat(up.ordered(AdminState.MAINT).state()).isEqualTo(BackendState.DOWN);
        BackendView refuses = up.with(new BackendView.Verdict(Condition.REFUSES, "connect refused"));
        assertThat(refuses.refusing()).isTrue();
        assertThat(refuses.ordered(AdminState.MAINT).refusing()).as("maintenance resets what it has").isFalse();
    }

    @Test
    void anotherWeightKeepsThePartOfTheSlowStart() {
        BackendView.Share half = BackendView.Share.of(2).part(0.5);
        assertThat(half.part()).isEqualTo(0.5);
        assertThat(half.weight(4).part()).isEqualTo(0.5);
        assertThat(half.weight(1).part()).isEqualTo(0.5);
        assertThat(BackendView.Share.of(1).part(0).effective()).as("never nothing").isEqualTo(1);
    }

    @Test
    void whoeverChangesABackendWithoutThePoolsLockIsCaught() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        Backend backend = pools.backend(1);
        assertThatThrownBy(() -> backend.change(v -> v.slow(true))).isInstanceOf(AssertionError.class)
                .hasMessageContaining("10.0.0.1:6443 is changed without the pool's lock");
        assertThat(backend.slow()).isFalse();
        pools.pool.slow(backend, true);
        pools.pool.share(backend, 0.5);
        assertThat(backend.slow()).isTrue();
        assertThat(backend.status().share()).isEqualTo(0.5);
    }

    @Test
    void aStatusIsNeverMadeOfTwoMoments() throws InterruptedException {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        Backend backend = pools.backend(1);
        AtomicBoolean stop = new AtomicBoolean();
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                BackendStatus status = backend.status();
                BackendState said = status.reason().equals("ready") ? BackendState.UP : BackendState.DOWN;
                boolean even = status.transitions() % 2 == 0;
                if (status.state() != said || status.health() != said || (said == BackendState.UP) == even) {
                    wrong.add(status.toString());
                }
            }
        });
        for (int i = 0; i < 4000; i++) {
            boolean up = i % 2 == 1;
            pools.pool.health(backend, up ? BackendState.UP : BackendState.DOWN, up ? "ready" : "silent");
        }
        stop.set(true);
        reader.join(10_000);
        assertThat(reader.isAlive()).isFalse();
        assertThat(wrong).isEmpty();
    }
}
