package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkHealthTest {

    private static final long SECOND = 1_000_000_000L;

    private final LinkHealth health = new LinkHealth();

    @Test
    void aLinkThatWasAlwaysUpIsFitAtOnce() {
        assertThat(health.fitness("eth0", 0).fit()).isFalse();
        assertThat(health.observe(true, 0)).as("the first look is no change").isFalse();
        assertThat(health.fitness("eth0", 0).fit()).isTrue();
    }

    @Test
    void aBouncingLinkIsHeldDownTwiceAsLongEachTimeUntilItWasCalmForAMinute() {
        health.observe(true, 0);
        long now = SECOND * 100;
        List<Long> holdDowns = new ArrayList<>();
        for (int bounce = 0; bounce < 5; bounce++) {
            assertThat(health.observe(false, now)).isTrue();
            assertThat(health.fitness("eth0", now).reason()).isEqualTo("interface=eth0 has no link");
            now += SECOND;
            assertThat(health.observe(true, now)).isTrue();
            holdDowns.add(health.holdDown().toSeconds());
            long end = now + health.holdDown().toNanos();
            assertThat(health.fitness("eth0", end - 1).fit()).isFalse();
            assertThat(health.fitness("eth0", end).fit()).isTrue();
            now = end + SECOND;
        }
        assertThat(holdDowns).containsExactly(3L, 6L, 12L, 24L, 24L);
        now += Duration.ofMinutes(2).toNanos();
        health.observe(false, now);
        assertThat(health.holdDown()).isEqualTo(LinkHealth.HOLD_DOWN);
    }
}
