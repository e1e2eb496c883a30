package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.election.LeaseRecord;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ForeignHolderTest {

    private long now = TimeUnit.HOURS.toNanos(1);
    private final ForeignHolder foreign = new ForeignHolder("kube-system/hacp", () -> now);

    private static LeaseRecord record(String holder, String instance) {
        return new LeaseRecord(holder, 15, Instant.EPOCH, Instant.EPOCH, 1, "1",
                instance.isEmpty() ? Map.of() : Map.of(LeaseRecord.INSTANCE, instance));
    }

    @Test
    void agentsThatTakeTheLeaseInTurnsAreNotForeign() {
        assertThat(foreign.seen(record("node-a", "x"))).isEmpty();
        assertThat(foreign.seen(record("", "x"))).isEmpty();
        assertThat(foreign.seen(record("node-b", "y"))).isEmpty();
        assertThat(foreign.seen(record("node-a", "x"))).as("told again, late").isEmpty();
    }

    @Test
    void anEditedHolderIsToldOnceForAsLongAsItStays() {
        foreign.seen(record("node-a", "x"));
        assertThat(foreign.seen(record("stolen", "x")).orElseThrow())
                .startsWith("Lease kube-system/hacp is held by 'stolen', which no agent of hacp has written")
                .contains("--lease-name").doesNotContain("\n");
        now += TimeUnit.HOURS.toNanos(1);
        assertThat(foreign.seen(record("stolen", "x"))).isEmpty();
        foreign.seen(record("node-a", "x"));
        assertThat(foreign.seen(record("stolen", "x"))).isPresent();
    }

    @Test
    void aProgramThatSharesTheLeaseIsTold() {
        assertThat(foreign.seen(record("node-b", ""))).isPresent();
    }

    @Test
    void namesThatChangeEverySecondAreToldOnceAMinuteAndShortened() {
        assertThat(foreign.seen(record("x".repeat(253) + "…", "")).orElseThrow()).hasSizeLessThan(400);
        int told = 0;
        for (int second = 0; second < 120; second++) {
            now += TimeUnit.SECONDS.toNanos(1);
            told += foreign.seen(record("UPPER" + second, "")).isPresent() ? 1 : 0;
        }
        assertThat(told).isEqualTo(2);
    }
}
