package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    @Test
    void onePermitIsGivenPerIntervalAndTheRefusedOnesAreCounted() {
        RateLimit limit = new RateLimit(Duration.ofSeconds(10));
        long second = Duration.ofSeconds(1).toNanos();
        assertThat(limit.tryAcquire(5 * second)).isTrue();
        assertThat(limit.tryAcquire(6 * second)).isFalse();
        assertThat(limit.tryAcquire(14 * second)).isFalse();
        assertThat(limit.takeRefused()).isEqualTo(2);
        assertThat(limit.takeRefused()).isZero();
        assertThat(limit.tryAcquire(15 * second)).isTrue();
    }
}
