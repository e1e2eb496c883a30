package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenessTest {

    private final Lateness lateness = new Lateness(450);

    @Test
    void oneStallIsNoStarvation() {
        lateness.step(300, 350);
        lateness.step(-5, 50);
        assertThat(lateness.lately()).isZero();
    }

    @Test
    void whoIsLateAgainIsStarvedByTheSecondWorst() {
        lateness.step(300, 350);
        lateness.step(200, 250);
        lateness.step(0, 50);
        assertThat(lateness.lately()).isEqualTo(200);
        lateness.step(250, 300);
        assertThat(lateness.lately()).isBetween(240L, 250L);
    }

    @Test
    void whatWasLateIsForgottenInItsTime() {
        lateness.step(300, 350);
        lateness.step(300, 350);
        lateness.step(0, 6_400);
        assertThat(lateness.lately()).isBetween(190L, 200L);
        lateness.step(0, 19_200);
        assertThat(lateness.lately()).isZero();
    }

    @Test
    void twoLongPausesAreForgottenAsSoonAsTheLongestThatCounts() {
        lateness.step(3_000, 3_000);
        lateness.step(3_000, 3_000);
        assertThat(lateness.lately()).isBetween(400L, 450L);
        lateness.step(0, 64 * 450);
        assertThat(lateness.lately()).isZero();
    }
}
