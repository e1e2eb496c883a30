package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PausesTest {

    private static final Duration PERIOD = Duration.ofMillis(100);

    private long now = 1_000_000_000_000L;
    private long suspended = 77;
    private final Pauses pauses = new Pauses(() -> now, () -> suspended, PERIOD, Duration.ofMillis(500));

    private Optional<Pauses.Pause> tickAfter(Duration time) {
        now += time.toNanos();
        return pauses.tick();
    }

    @Test
    void regularTicksAreNoPauseAndLateOnesNeither() {
        assertThat(pauses.tick()).isEmpty();
        for (int i = 0; i < 100; i++) {
            assertThat(tickAfter(Duration.ofMillis(100 + 4 * i))).isEmpty();
        }
    }

    @Test
    void aGapBetweenTwoTicksIsAPauseOfThatLengthLessTheRegularTime() {
        pauses.tick();
        Optional<Pauses.Pause> pause = tickAfter(Duration.ofMillis(1300));
        assertThat(pause).contains(new Pauses.Pause(now, Duration.ofMillis(1200), false));
        assertThat(pause.orElseThrow()).hasToString("this process was paused for 1.2 s");
        assertThat(tickAfter(PERIOD)).as("remembered").isEqualTo(pause);
        assertThat(tickAfter(Duration.ofSeconds(2))).as("the next one").isNotEqualTo(pause);
    }

    @Test
    void whoAsksBeforeTheFirstTickAfterAPauseIsToldOfItToo() {
        pauses.tick();
        now += Duration.ofSeconds(5).toNanos();
        Optional<Pauses.Pause> asked = pauses.last();
        assertThat(asked).hasValueSatisfying(p -> assertThat(p.endedNanos()).isEqualTo(now));
        assertThat(tickAfter(Duration.ofMillis(1))).as("the same one").isEqualTo(asked);
    }

    @Test
    void askingIsNoSignOfLife() {
        pauses.tick();
        for (int i = 0; i < 5; i++) {
            now += Duration.ofMillis(110).toNanos();
            assertThat(pauses.last()).isEmpty();
        }
        now += Duration.ofMillis(110).toNanos();
        assertThat(pauses.last()).isPresent();
    }

    @Test
    void aSuspendedMachineIsNoticedThoughItsMonotonicClockStoodStill() {
        pauses.tick();
        suspended += Duration.ofMinutes(3).toNanos();
        Optional<Pauses.Pause> pause = tickAfter(PERIOD);
        assertThat(pause).contains(new Pauses.Pause(now, Duration.ofMinutes(3), true));
        assertThat(pause.orElseThrow()).hasToString("the machine was suspended for 3m0s");
        assertThat(tickAfter(PERIOD)).isEqualTo(pause);
    }

    @Test
    void beforeTheFirstTickNothingIsKnown() {
        now += Duration.ofHours(1).toNanos();
        assertThat(pauses.last()).isEmpty();
        assertThat(pauses.tick()).isEmpty();
    }
}
