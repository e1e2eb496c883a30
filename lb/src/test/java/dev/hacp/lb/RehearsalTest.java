package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.lb.relay.RelayConfig;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class RehearsalTest {

    @Test
    void connectionsAreCarriedAndNoThreadIsLeft() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        assertThat(Rehearsal.run(RelayConfig.DEFAULT, Duration.ofSeconds(30))).isEqualTo(400);
        Awaitility.await().untilAsserted(() -> assertThat(
                Thread.getAllStackTraces().keySet().stream().filter(thread -> !before.contains(thread))
                        .map(Thread::getName).filter(name -> name.startsWith("hacp-")).collect(Collectors.toSet()))
                .isEmpty());
    }

    @Test
    void itEndsWhenItsTimeIsOver() {
        assertThat(Rehearsal.run(RelayConfig.DEFAULT, Duration.ofMillis(1))).isLessThan(400);
    }
}
