package dev.hacp.leader.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KernelProbeTest {

    /// The watcher looks once a second and gives up after ten looks without a beat.
    @Test
    void itsThreadBeatsWithoutMembersTooAndOwesNothingOnceItIsClosed() {
        KernelProbe probe = new KernelProbe(KernelProbe.Timing.of(Duration.ofMinutes(5)), Ticker.system(),
                (_, _) -> {});
        Pulse pulse = probe.pulse();
        assertThat(pulse.isOwed()).isFalse();
        probe.start();
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> pulse.beats() >= 3);
            assertThat(pulse.isOwed()).isTrue();
            assertThat(pulse.thread().map(Thread::getName)).contains("hacp-probe");
        } finally {
            probe.close();
        }
        assertThat(pulse.isOwed()).isFalse();
    }
}
