package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PulseTest {

    private final Pulse pulse = new Pulse("hacp-test");

    @Test
    void aLoopOwesABeatFromItsFirstOneToItsEnd() {
        assertThat(pulse.isOwed()).as("not begun").isFalse();
        pulse.beat();
        assertThat(pulse.isOwed()).isTrue();
        assertThat(pulse.beats()).isEqualTo(1);
        pulse.end();
        assertThat(pulse.isOwed()).isFalse();
    }

    @Test
    void whoBeatsIsTheThreadToLookAt() {
        assertThat(pulse.thread()).isEmpty();
        pulse.beat();
        assertThat(pulse.thread()).contains(Thread.currentThread());
    }
}
