package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private final Histogram delays = Histogram.of(Duration.ofMillis(1), Duration.ofMillis(10), Duration.ofSeconds(1));

    @Test
    void anEmptyOneHasItsBucketsAndOneForTheRest() {
        Histogram.Snapshot empty = delays.snapshot();
        assertThat(empty.upperBoundsNanos()).containsExactly(1_000_000L, 10_000_000L, 1_000_000_000L);
        assertThat(empty.counts()).containsExactly(0L, 0L, 0L, 0L);
        assertThat(empty.total()).isZero();
    }

    @Test
    void eachValueIsInTheFirstBucketThatHoldsItAndInTheSum() {
        delays.record(0);
        delays.record(Duration.ofMillis(1).toNanos());
        delays.record(Duration.ofMillis(1).toNanos() + 1);
        delays.record(Duration.ofMillis(600).toNanos());
        delays.record(Duration.ofSeconds(9).toNanos());
        Histogram.Snapshot snapshot = delays.snapshot();
        assertThat(snapshot.counts()).containsExactly(2L, 1L, 1L, 1L);
        assertThat(snapshot.total()).isEqualTo(5);
        assertThat(snapshot.sumNanos()).isEqualTo(9_602_000_001L);
    }

    @Test
    void boundsThatDoNotAscendAreRefused() {
        assertThatThrownBy(() -> Histogram.of(Duration.ofMillis(2), Duration.ofMillis(2)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("(expected: ascending)");
    }
}
