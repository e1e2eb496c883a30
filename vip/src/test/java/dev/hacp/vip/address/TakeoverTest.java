package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TakeoverTest {

    private static final long MILLI = 1_000_000;

    private final List<Long> asked = new ArrayList<>();
    private boolean wireIsOpen = true;
    private long now;

    private boolean ask() {
        if (wireIsOpen) {
            asked.add(now / MILLI);
        }
        return wireIsOpen;
    }

    /// Steps whenever something is due.
    ///
    /// @return when the VIPs are claimed first, in milliseconds
    private long untilClaimed(Takeover takeover) {
        while (!takeover.step(this::ask, now)) {
            assertThat(takeover.isDue(now)).isFalse();
            now = takeover.next();
            assertThat(takeover.isDue(now)).isTrue();
        }
        return now / MILLI;
    }

    @Test
    void withoutAQuestionItClaimsAtOnce() {
        Takeover takeover = new Takeover(false, now);
        assertThat(takeover.isAsking()).isFalse();
        assertThat(untilClaimed(takeover)).isZero();
        assertThat(asked).isEmpty();
    }

    @Test
    void onAnUnknownLanItAsksTwiceAndListensBeforeItClaims() {
        Takeover takeover = new Takeover(true, now);
        assertThat(takeover.isAsking()).isTrue();
        assertThat(untilClaimed(takeover)).isEqualTo(250);
        assertThat(asked).containsExactly(0L, 100L);
        assertThat(takeover.isAsking()).isFalse();
    }

    @Test
    void aWireThatOpensLateIsAskedAsSoonAsItIsOpen() {
        Takeover takeover = new Takeover(true, now);
        wireIsOpen = false;
        while (now < 400 * MILLI) {
            assertThat(takeover.step(this::ask, now)).isFalse();
            now = takeover.next();
        }
        wireIsOpen = true;
        assertThat(untilClaimed(takeover)).isEqualTo(650);
        assertThat(asked).containsExactly(400L, 500L);
    }

    @Test
    void aWireThatNeverOpensEndsInAClaimThatSaysSo() {
        Takeover takeover = new Takeover(true, now);
        wireIsOpen = false;
        assertThat(untilClaimed(takeover)).isEqualTo(1000);
        assertThat(takeover.isAsking()).as("anyone who answers now has not been asked").isTrue();
        assertThat(takeover.mayRetry(now)).isFalse();
    }

    @Test
    void aFailedClaimIsRepeatedForASecondCountedFromTheEndOfListening() {
        Takeover takeover = new Takeover(true, now);
        long claimed = untilClaimed(takeover);
        int retries = 0;
        while (takeover.mayRetry(now)) {
            retries++;
            now = takeover.next();
            assertThat(takeover.step(this::ask, now)).isTrue();
        }
        assertThat(retries).isEqualTo(20);
        assertThat(now / MILLI - claimed).isEqualTo(Takeover.PATIENCE.toMillis());
        assertThat(Duration.ofNanos(takeover.next() - now)).isEqualTo(Takeover.RETRY);
    }
}
