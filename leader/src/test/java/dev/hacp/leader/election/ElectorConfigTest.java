package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ConfigurationException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ElectorConfigTest {

    @Test
    void theDefaultsAreThoseOfKubernetes() {
        assertThat(ElectorConfig.DEFAULT).isEqualTo(new ElectorConfig(Duration.ofSeconds(15), Duration.ofSeconds(10),
                Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofMillis(400), 0, false));
    }

    @Test
    void everyProblemIsNamedAtOnceWithWhatIsExpected() {
        assertThatThrownBy(
                () -> new ElectorConfig(Duration.ofSeconds(15), Duration.ofSeconds(20), Duration.ofSeconds(20),
                        Duration.ofMillis(100), Duration.ofMillis(250), 0, false))
                .isInstanceOfSatisfying(ConfigurationException.class,
                        e -> assertThat(e.problems()).containsExactly(
                                "renew-deadline: 20s (expected: < lease-duration 15s)",
                                "retry-period: 20s (expected: at most half of renew-deadline 20s)",
                                "peer-timeout: 250ms (expected: >= 800ms, eight heartbeats)"));
    }

    @Test
    void aLeaseStoresWholeSeconds() {
        assertThatThrownBy(() -> new ElectorConfig(Duration.ofMillis(1500), Duration.ofSeconds(1),
                Duration.ofMillis(200), Duration.ofMillis(50), Duration.ofMillis(400), 0, false))
                .hasMessage("lease-duration: 1s500ms (expected: whole seconds from 1s to 1h)");
    }
}
