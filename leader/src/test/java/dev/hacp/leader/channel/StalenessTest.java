package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StalenessTest {

    private final Staleness staleness = new Staleness(Duration.ofMinutes(10));
    private long now;

    private boolean after(Duration pause, String version) {
        return after(pause, version, false);
    }

    private boolean after(Duration pause, String version, boolean alive) {
        now += pause.toNanos();
        staleness.answered(now);
        return staleness.isStale("a", version, alive);
    }

    @Test
    void aMemberThatLivesIsNotStaleAndTheTimeCountsFromItsEnd() {
        for (int i = 0; i < 100; i++) {
            assertThat(after(Duration.ofSeconds(10), "1", true)).isFalse();
        }
        for (int i = 0; i < 59; i++) {
            assertThat(after(Duration.ofSeconds(10), "1")).isFalse();
        }
        assertThat(after(Duration.ofSeconds(10), "1")).isTrue();
    }

    @Test
    void aLeaseThatIsNotRefreshedForTenMinutesIsStaleAndOneRefreshMakesItFresh() {
        assertThat(after(Duration.ZERO, "1")).isFalse();
        for (int i = 0; i < 59; i++) {
            assertThat(after(Duration.ofSeconds(10), "1")).isFalse();
        }
        assertThat(after(Duration.ofSeconds(10), "1")).isTrue();
        assertThat(after(Duration.ofSeconds(10), "2")).isFalse();
    }

    @Test
    void timeInWhichTheApiDidNotAnswerDoesNotCount() {
        assertThat(after(Duration.ZERO, "1")).isFalse();
        assertThat(after(Duration.ofHours(3), "1")).isFalse();
        assertThat(after(Duration.ofSeconds(10), "1")).isFalse();
    }
}
