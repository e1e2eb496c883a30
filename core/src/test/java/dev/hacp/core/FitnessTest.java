package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FitnessTest {

    private static final Fitness RELUCTANT = Fitness.reluctant("the link has just come back");
    private static final Fitness UNFIT = Fitness.unfit("no link");

    @Test
    void theWorseOfTwoCounts() {
        assertThat(Fitness.FIT.and(Fitness.FIT)).isEqualTo(Fitness.FIT);
        assertThat(Fitness.FIT.and(RELUCTANT)).isEqualTo(RELUCTANT);
        assertThat(RELUCTANT.and(Fitness.FIT)).isEqualTo(RELUCTANT);
        assertThat(RELUCTANT.and(UNFIT)).isEqualTo(UNFIT);
        assertThat(UNFIT.and(RELUCTANT)).isEqualTo(UNFIT);
        assertThat(UNFIT.and(Fitness.FIT)).isEqualTo(UNFIT);
    }

    @Test
    void ofTwoEquallyBadTheFirstGivesTheReason() {
        assertThat(UNFIT.and(Fitness.unfit("no backend")).reason()).isEqualTo("no link");
    }

    @Test
    void onlyTheReluctantIsAbleWithoutBeingFit() {
        assertThat(Fitness.FIT.able()).isTrue();
        assertThat(RELUCTANT.able()).isTrue();
        assertThat(RELUCTANT.fit()).isFalse();
        assertThat(UNFIT.able()).isFalse();
    }
}
