package dev.hacp.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ConfigurationException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HealthConfigTest {

    @Test
    void defaultsAreOneSecondThreeTwoOneSecond() {
        assertThat(HealthConfig.DEFAULT).isEqualTo(
                new HealthConfig(HealthMode.HTTPS, Duration.ofSeconds(1), 3, 2, Duration.ofSeconds(1)));
        assertThat(HealthConfig.DEFAULT.fastInterval()).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        assertThatThrownBy(
                () -> new HealthConfig(HealthMode.HTTPS, Duration.ofMillis(10), 0, 101, Duration.ofMinutes(2)))
                .isInstanceOf(ConfigurationException.class).hasMessage("""
                        health-interval: 10ms (expected: 50ms to 5m)
                        fall: 0 (expected: a number from 1 to 100)
                        rise: 101 (expected: a number from 1 to 100)
                        health-timeout: 2m (expected: 50ms to 1m)""");
    }
}
