package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Fitness;
import dev.hacp.core.StandDown;
import org.junit.jupiter.api.Test;

/// What keeps a member from standing, and for how long.
class EligibilityTest {

    private static final long SECOND = 1_000_000_000L;
    private final Eligibility eligibility = new Eligibility(0);

    @Test
    void aMemberThatAloneCannotWriteTheLeaseLeavesItToTheOthersAfterASecond() {
        eligibility.api(false, true, SECOND);
        assertThat(eligibility.isFit(SECOND + 1)).isTrue();
        assertThat(eligibility.standing(2 * SECOND).reason())
                .isEqualTo("other members can write the Lease and this one cannot");
        assertThat(eligibility.mayStand(true, 2 * SECOND)).isFalse();
        eligibility.api(false, false, 2 * SECOND);
        assertThat(eligibility.isFit(2 * SECOND)).as("nobody can").isTrue();
    }

    @Test
    void whatBecameFitAgainIsFitOnlyAfterASteadySecond() {
        eligibility.fitness(Fitness.unfit("no link"), SECOND);
        eligibility.fitness(Fitness.FIT, 2 * SECOND);
        assertThat(eligibility.isFit(2 * SECOND + SECOND / 2)).isFalse();
        assertThat(eligibility.isFit(3 * SECOND)).isTrue();
    }

    @Test
    void aProcessThatStoodStillIsFitOnlyAfterASteadySecond() {
        assertThat(eligibility.isFit(5 * SECOND)).isTrue();
        eligibility.stoodStill(5 * SECOND);
        assertThat(eligibility.isFit(5 * SECOND + SECOND / 2)).isFalse();
        assertThat(eligibility.isFit(6 * SECOND)).isTrue();
    }

    @Test
    void eachFailedTakeoverDoublesTheBackOffUntilOneSucceeds() {
        eligibility.failed(0);
        assertThat(eligibility.isFit(5 * SECOND - 1)).isFalse();
        assertThat(eligibility.isFit(5 * SECOND)).isTrue();
        eligibility.failed(10 * SECOND);
        assertThat(eligibility.isFit(20 * SECOND - 1)).isFalse();
        assertThat(eligibility.isFit(20 * SECOND)).isTrue();
        eligibility.succeeded();
        eligibility.failed(30 * SECOND);
        assertThat(eligibility.isFit(35 * SECOND)).isTrue();
    }

    @Test
    void aMemberThatIsAboutToEndNeverStandsHoweverItIsHeldDown() {
        eligibility.holdDown(StandDown.LINK_DOWN, 60 * SECOND, 0);
        assertThat(eligibility.mayStand(false, SECOND)).isTrue();
        eligibility.stop();
        assertThat(eligibility.mayStand(false, SECOND)).isFalse();
    }
}
