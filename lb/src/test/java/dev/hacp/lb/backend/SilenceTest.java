package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whose silence it is when a backend is not heard: its own, or ours.
class SilenceTest {

    private final Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 3);
    private final List<String> resets = new ArrayList<>();

    SilenceTest() {
        pools.pool.follow(new BackendListener() {
            @Override
            public void resetAll(Backend backend, String why) {
                resets.add(backend.id().host());
            }
        });
    }

    /// The last of `fall` checks, which began then, got no answer.
    private void silent(int i, long began) {
        pools.pool.health(pools.backend(i), Condition.SILENT, "connect timed out", began);
    }

    private void answers(int i, long began) {
        pools.pool.heard(pools.backend(i), began);
    }

    @Test
    void whenAnotherWasHeardMeanwhileItsConnectionsAreResetAtOnce() {
        answers(2, 150);
        silent(1, 100);
        assertThat(resets).containsExactly("10.0.0.1");
        assertThat(pools.backend(1).unconfirmed()).isFalse();
    }

    @Test
    void whatWasHeardBeforeItFellSilentProvesNothing() {
        answers(2, 99);
        answers(3, 99);
        silent(1, 100);
        assertThat(pools.backend(1).state()).as("it gets no new clients").isEqualTo(BackendState.DOWN);
        assertThat(pools.backend(1).unconfirmed()).isTrue();
        assertThat(resets).isEmpty();
    }

    @Test
    void whenAllFallSilentTogetherNothingIsResetUntilOneIsHeardAndAnotherIsNot() {
        silent(1, 100);
        silent(2, 110);
        silent(3, 120);
        silent(1, 1100);
        silent(2, 1110);
        assertThat(pools.pool.up()).isZero();
        assertThat(resets).isEmpty();
        // The cable is back: 2 answers. 1 and 3 were silent before that, which was our silence as well.
        answers(2, 2000);
        pools.set(2, BackendState.UP);
        assertThat(resets).isEmpty();
        answers(3, 2001);
        pools.set(3, BackendState.UP);
        silent(1, 1990);
        assertThat(resets).as("1 is asked while 2 answers, and says nothing").containsExactly("10.0.0.1");
        silent(1, 3000);
        assertThat(resets).as("once").containsExactly("10.0.0.1");
    }

    @Test
    void oneThatIsWellAgainLosesNothing() {
        silent(1, 100);
        pools.set(1, BackendState.UP);
        answers(2, 200);
        assertThat(pools.backend(1).unconfirmed()).isFalse();
        assertThat(resets).isEmpty();
    }

    @Test
    void theOnlyBackendIsNeverResetForItsSilence() {
        Pools one = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        one.pool.follow(new BackendListener() {
            @Override
            public void resetAll(Backend backend, String why) {
                resets.add(backend.id().host());
            }
        });
        one.pool.health(one.backend(1), Condition.SILENT, "connect timed out", 100L);
        one.pool.health(one.backend(1), Condition.SILENT, "connect timed out", 1100L);
        assertThat(resets).isEmpty();
        assertThat(one.journal.entries().getLast().message())
                .isEqualTo("backend is down, and nothing else is heard: its connections are kept for now");
    }

    @Test
    void maintenanceDoesNotWaitForAnybody() {
        silent(1, 100);
        pools.pool.admin(Pools.id(1), AdminState.MAINT);
        assertThat(resets).containsExactly("10.0.0.1");
    }

    @Test
    void theOthersAreAskedBeforeItIsJudged() {
        List<String> asked = new ArrayList<>();
        pools.pool.reportTo(new PassiveReports() {
            @Override
            public void failed(Backend backend, String what) {
                throw new AssertionError("nothing is held against " + backend);
            }

            @Override
            public void ask(Backend backend) {
                asked.add(backend.id().host());
            }
        });
        pools.pool.askOthers(pools.backend(1));
        assertThat(asked).containsExactly("10.0.0.2", "10.0.0.3");
    }
}
