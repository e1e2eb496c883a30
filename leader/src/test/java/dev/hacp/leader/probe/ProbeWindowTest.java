package dev.hacp.leader.probe;

import static dev.hacp.leader.members.KernelState.ANSWERING;
import static dev.hacp.leader.members.KernelState.LATE;
import static dev.hacp.leader.members.KernelState.SILENT;
import static dev.hacp.leader.members.KernelState.UNPROVEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.leader.members.KernelState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Times are milliseconds; the ticker's origin is a negative number, as System.nanoTime may have it.
class ProbeWindowTest {

    private static final long ORIGIN = -5_000_000_000L;

    private final ProbeWindow window = new ProbeWindow(KernelProbe.Timing.of(Duration.ofMillis(400)));

    private static long at(long millis) {
        return ORIGIN + millis * 1_000_000;
    }

    private long send(long millis) {
        return window.sent(at(millis));
    }

    private void sendAnswered(long... millis) {
        for (long one : millis) {
            assertThat(window.answered(send(one))).isTrue();
        }
    }

    private void send(long... millis) {
        for (long one : millis) {
            send(one);
        }
    }

    private KernelState judged(long millis) {
        return window.judge(at(millis));
    }

    @Test
    void timesFollowFromThePeerTimeoutAndAreChecked() {
        assertThat(KernelProbe.Timing.of(Duration.ofMillis(400))).isEqualTo(
                new KernelProbe.Timing(Duration.ofMillis(20), Duration.ofMillis(80), Duration.ofMillis(110)));
        assertThatThrownBy(
                () -> new KernelProbe.Timing(Duration.ofMillis(20), Duration.ofMillis(79), Duration.ofMillis(110)))
                .hasMessage("probe interval 20 ms, late 79 ms, silent 110 ms"
                        + " (expected: late >= 4 intervals, silent > late)");
    }

    @Test
    void whoHasNeverAnsweredIsNotJudged() {
        assertThat(judged(0)).isEqualTo(UNPROVEN);
        for (int i = 0; i < 1000; i++) {
            send(i * 20L);
        }
        assertThat(judged(20_000)).isEqualTo(UNPROVEN);
        assertThat(window.worseAt(at(20_000))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whoStopsAnsweringIsLateAfter80AndSilentAfter110MillisecondsFromTheNewestAnsweredProbe() {
        sendAnswered(0, 20, 40);
        send(60, 80, 100);
        assertThat(judged(119)).isEqualTo(ANSWERING);
        assertThat(judged(120)).isEqualTo(LATE);
        send(120, 140);
        assertThat(judged(149)).isEqualTo(LATE);
        assertThat(judged(150)).isEqualTo(SILENT);
    }

    @Test
    void itIsKnownWhenAnybodyCanBecomeWorse() {
        sendAnswered(0);
        send(20, 40);
        assertThat(window.worseAt(at(40))).as("one of the two has only just left").isEqualTo(Long.MAX_VALUE);
        send(60);
        assertThat(window.worseAt(at(60))).isEqualTo(at(80));
        send(80, 100);
        assertThat(window.worseAt(at(100))).isEqualTo(at(110));
        assertThat(judged(110)).isEqualTo(SILENT);
        assertThat(window.worseAt(at(110))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void theFirstAnswerMakesASilentOneWell() {
        sendAnswered(0);
        send(20, 40, 60, 80, 100);
        assertThat(judged(110)).isEqualTo(SILENT);
        sendAnswered(120);
        assertThat(judged(121)).isEqualTo(ANSWERING);
    }

    @Test
    void anAnswerThatTookLongMakesNobodyLookWell() {
        sendAnswered(0);
        long slow = send(20);
        send(40, 60, 80, 100, 120, 140);
        assertThat(window.answered(slow)).isTrue();
        assertThat(judged(150)).as("the newest answered probe left 130 ms ago").isEqualTo(SILENT);
    }

    @Test
    void twoLostProbesInARowMakeNobodyLate() {
        sendAnswered(0);
        send(20, 40);
        sendAnswered(60);
        assertThat(judged(80)).isEqualTo(ANSWERING);
        assertThat(judged(60_000)).isEqualTo(ANSWERING);
    }

    @Test
    void aPauseOfOursMakesNobodyLateHoweverLong() {
        sendAnswered(0, 20);
        assertThat(judged(1_000)).isEqualTo(ANSWERING);
        sendAnswered(1_000);
        assertThat(judged(1_001)).isEqualTo(ANSWERING);
    }

    @Test
    void anAnswerFromBeforeThePauseIsDrainedFirstAndCounts() {
        sendAnswered(0);
        send(20, 40);
        long waiting = send(60);
        assertThat(window.answered(waiting)).isTrue();
        assertThat(judged(5_000)).isEqualTo(ANSWERING);
    }

    @Test
    void afterAPauseProbesGetTheirTimeBeforeAnybodyIsLate() {
        sendAnswered(0);
        send(20); // lost, and then a pause of a second
        assertThat(judged(1_020)).isEqualTo(ANSWERING);
        send(1_020);
        assertThat(judged(1_039)).as("two unanswered ones").isEqualTo(ANSWERING);
        send(1_040);
        assertThat(judged(1_049)).as("the third has only just left").isEqualTo(ANSWERING);
        assertThat(judged(1_050)).as("20 + 30 (the pause) + 20 + 10 ms").isEqualTo(LATE);
    }

    @Test
    void whoWentDuringOurPauseIsFoundOutByNewProbes() {
        sendAnswered(0);
        send(1_000, 1_020);
        assertThat(judged(1_039)).isEqualTo(ANSWERING);
        send(1_040);
        assertThat(judged(1_049)).isEqualTo(ANSWERING);
        assertThat(judged(1_050)).isEqualTo(LATE);
        send(1_060);
        assertThat(judged(1_079)).isEqualTo(LATE);
        assertThat(judged(1_080)).isEqualTo(SILENT);
    }

    @Test
    void aLateThreadJudgesByItsProbesNotByTheClock() {
        sendAnswered(0);
        send(60, 120);
        assertThat(judged(179)).as("two unanswered probes, 120 ms old at most").isEqualTo(ANSWERING);
        send(180);
        assertThat(judged(189)).as("the third has only just left").isEqualTo(ANSWERING);
        assertThat(judged(190)).isEqualTo(LATE);
    }

    @Test
    void anAnswerCountsOnceAndOnlyToAProbeThatWasSent() {
        long number = send(0);
        assertThat(window.answered(number)).isTrue();
        assertThat(window.answered(number)).isFalse();
        assertThat(window.answered(number + 1)).isFalse();
        assertThat(window.answered(-1)).isFalse();
        assertThat(window.answered()).isEqualTo(1);
    }

    @Test
    void numbersAreKnownByTheirLowest16BitsAlsoAfterTheyWrapped() {
        for (int i = 0; i < 70_000; i++) {
            send(i * 20L);
        }
        assertThat(window.number(69_990 & 0xffff)).isEqualTo(69_990);
        assertThat(window.answered(window.number(69_990 & 0xffff))).isTrue();
        assertThat(window.answered(window.number(70_001 & 0xffff))).as("never sent").isFalse();
    }

    @Test
    void whoHasBeenSilentForLongerThanIsRememberedStaysSilent() {
        sendAnswered(0);
        for (int i = 1; i < 5_000; i++) {
            send(i * 20L);
        }
        assertThat(judged(100_000)).isEqualTo(SILENT);
        assertThat(window.answered(0)).as("forgotten").isFalse();
    }
}
