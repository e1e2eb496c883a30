package dev.hacp.lb.health;

import static dev.hacp.lb.health.Finding.DEAD;
import static dev.hacp.lb.health.Finding.NOT_READY;
import static dev.hacp.lb.health.Finding.READINESS_UNKNOWN;
import static dev.hacp.lb.health.Finding.READY;
import static dev.hacp.lb.health.Finding.UNVERIFIED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.lb.backend.BackendState;
import org.junit.jupiter.api.Test;

class HealthMachineTest {

    private final HealthMachine machine = new HealthMachine(3, 2);

    /// Each finding and the state after it, `*` while the state is about to change.
    private String after(Finding... findings) {
        StringBuilder states = new StringBuilder();
        for (Finding finding : findings) {
            BackendState state = machine.found(finding, false);
            states.append(states.isEmpty() ? "" : " ").append(state).append(machine.inTransition() ? "*" : "");
        }
        return states.toString();
    }

    @Test
    void knowsNothingBeforeTheFirstFinding() {
        assertThat(machine.verdict()).isNull();
        assertThat(machine.inTransition()).isTrue();
    }

    @Test
    void theFirstFindingDecidesAlone() {
        assertThat(after(READY)).isEqualTo("UP");
        assertThat(new HealthMachine(3, 2).found(DEAD, false)).isEqualTo(BackendState.DOWN);
        assertThat(new HealthMachine(3, 2).found(NOT_READY, false)).isEqualTo(BackendState.DRAIN);
        assertThat(new HealthMachine(3, 2).found(READINESS_UNKNOWN, false)).isEqualTo(BackendState.UP);
        assertThat(new HealthMachine(3, 2).found(UNVERIFIED, false)).isEqualTo(BackendState.DRAIN);
    }

    @Test
    void threeDeadChecksInARowTakeItDownAndTwoGoodOnesBringItBack() {
        assertThat(after(READY, DEAD, DEAD, DEAD, DEAD, READY, READY, READY))
                .isEqualTo("UP UP* UP* DOWN DOWN DOWN* UP UP");
    }

    @Test
    void oneGoodCheckBetweenForgivesTheFailures() {
        assertThat(after(READY, DEAD, DEAD, READY, DEAD, DEAD, READY)).isEqualTo("UP UP* UP* UP UP* UP* UP");
    }

    @Test
    void notReadyThreeTimesDrainsAndNeverTakesDown() {
        assertThat(after(READY, NOT_READY, NOT_READY, NOT_READY, NOT_READY, NOT_READY, NOT_READY))
                .isEqualTo("UP UP* UP* DRAIN DRAIN DRAIN DRAIN");
    }

    @Test
    void drainingEndsUpOrDown() {
        assertThat(after(NOT_READY, READY, NOT_READY, READY, READY)).isEqualTo("DRAIN DRAIN* DRAIN DRAIN* UP");
        assertThat(after(NOT_READY, NOT_READY, NOT_READY, DEAD, DEAD, DEAD))
                .isEqualTo("UP* UP* DRAIN DRAIN* DRAIN* DOWN");
    }

    @Test
    void aDeadOneThatAnswersAgainButIsNotReadyDrains() {
        assertThat(after(DEAD, NOT_READY, READY, READY)).isEqualTo("DOWN DOWN* DRAIN* UP");
    }

    @Test
    void aMixOfDeadAndNotReadyDrains() {
        assertThat(after(READY, DEAD, DEAD, NOT_READY)).isEqualTo("UP UP* UP* DRAIN");
    }

    @Test
    void anUnverifiableCertificateDrains() {
        assertThat(after(READY, UNVERIFIED, UNVERIFIED, UNVERIFIED)).isEqualTo("UP UP* UP* DRAIN");
    }

    @Test
    void unknownReadinessCountsAsUp() {
        assertThat(after(READY, READINESS_UNKNOWN, READINESS_UNKNOWN)).isEqualTo("UP UP UP");
        assertThat(after(DEAD, DEAD, DEAD, READINESS_UNKNOWN, READY)).isEqualTo("UP* UP* DOWN DOWN* UP");
    }

    @Test
    void evidenceCountsAsOneFailureOnce() {
        after(READY);
        machine.evidence();
        machine.evidence();
        machine.evidence();
        assertThat(machine.verdict()).isEqualTo(BackendState.UP);
        assertThat(machine.inTransition()).isTrue();
        assertThat(after(DEAD, DEAD)).isEqualTo("UP* DOWN");
    }

    @Test
    void evidenceThatARefusalConfirmsDecidesAtOnce() {
        after(READY);
        machine.evidence();
        assertThat(machine.found(DEAD, true)).isEqualTo(BackendState.DOWN);
    }

    @Test
    void refusalsAloneCountOneByOne() {
        after(READY);
        assertThat(machine.found(DEAD, true)).isEqualTo(BackendState.UP);
        assertThat(machine.found(DEAD, true)).isEqualTo(BackendState.UP);
        assertThat(machine.found(DEAD, true)).isEqualTo(BackendState.DOWN);
    }

    @Test
    void evidenceThatAGoodCheckRefutesIsForgotten() {
        after(READY);
        machine.evidence();
        assertThat(after(READY, DEAD, DEAD, READY)).isEqualTo("UP UP* UP* UP");
    }

    @Test
    void evidenceAloneNeverDecides() {
        HealthMachine strict = new HealthMachine(1, 1);
        strict.found(READY, false);
        strict.evidence();
        assertThat(strict.inTransition()).isFalse();
        assertThat(strict.found(DEAD, false)).isEqualTo(BackendState.DOWN);
        strict.evidence();
        assertThat(strict.found(READY, false)).isEqualTo(BackendState.UP);
    }

    @Test
    void evidenceBeforeTheFirstFindingIsNoFinding() {
        machine.evidence();
        assertThat(machine.verdict()).isNull();
        assertThat(after(READY)).isEqualTo("UP");
    }
}
