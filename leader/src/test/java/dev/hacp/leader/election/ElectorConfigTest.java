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
                                "election.renewDeadline: 20s (expected: < leaseDuration 15s)",
                                "election.retryPeriod: 20s (expected: < renewDeadline 20s / 1.2)",
                                "members.peerTimeout: 250ms (expected: at least 8 heartbeats of 100ms)"));
    }

    @Test
    void aLeaseStoresWholeSeconds() {
        assertThatThrownBy(() -> new ElectorConfig(Duration.ofMillis(1500), Duration.ofSeconds(1),
                Duration.ofMillis(200), Duration.ofMillis(50), Duration.ofMillis(400), 0, false))
                .hasMessage("election.leaseDuration: 1s500ms (expected: whole seconds, at least 1s)");
    }
}
