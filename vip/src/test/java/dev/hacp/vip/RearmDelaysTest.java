package dev.hacp.vip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RearmDelaysTest {

    @Test
    void theBucketsReachFromAMillisecondToTheDefaultFence() {
        RearmDelays.Snapshot empty = new RearmDelays().snapshot();
        assertThat(empty.upperBoundsNanos()).isSorted();
        assertThat(empty.upperBoundsNanos().getFirst()).isEqualTo(Duration.ofMillis(1).toNanos());
        assertThat(empty.upperBoundsNanos().getLast()).isEqualTo(VipConfig.DEFAULT_FENCE.toNanos());
        assertThat(empty.counts()).hasSize(empty.upperBoundsNanos().size() + 1).containsOnly(0L);
    }

    @Test
    void eachDelayIsInTheFirstBucketThatHoldsItAndInTheSum() {
        RearmDelays delays = new RearmDelays();
        delays.record(0);
        delays.record(Duration.ofMillis(1).toNanos());
        delays.record(Duration.ofMillis(1).toNanos() + 1);
        delays.record(Duration.ofMillis(600).toNanos());
        delays.record(Duration.ofSeconds(9).toNanos());
        RearmDelays.Snapshot snapshot = delays.snapshot();
        assertThat(snapshot.counts()).containsExactly(2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L, 0L, 0L, 1L);
        assertThat(snapshot.total()).isEqualTo(5);
        assertThat(snapshot.sumNanos()).isEqualTo(9_602_000_001L);
    }
}
