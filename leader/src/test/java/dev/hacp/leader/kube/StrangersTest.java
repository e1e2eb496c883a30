package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.election.LeaseRecord;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StrangersTest {

    private long now = TimeUnit.HOURS.toNanos(1);
    private final Strangers strangers = new Strangers("kube-system/hacp", () -> now);

    private static LeaseRecord record(String holder, String instance) {
        return new LeaseRecord(holder, 15, Instant.EPOCH, Instant.EPOCH, 1, "1",
                instance.isEmpty() ? Map.of() : Map.of(LeaseRecord.INSTANCE, instance));
    }

    @Test
    void agentsThatTakeTheLeaseInTurnsAreNoStrangers() {
        assertThat(strangers.seen(record("node-a", "x"))).isEmpty();
        assertThat(strangers.seen(record("", "x"))).isEmpty();
        assertThat(strangers.seen(record("node-b", "y"))).isEmpty();
        assertThat(strangers.seen(record("node-a", "x"))).as("told again, late").isEmpty();
    }

    @Test
    void anEditedHolderIsToldOnceForAsLongAsItStays() {
        strangers.seen(record("node-a", "x"));
        assertThat(strangers.seen(record("stolen", "x")).orElseThrow())
                .startsWith("Lease kube-system/hacp is held by 'stolen', which no agent of hacp has written")
                .contains("--lease-name").doesNotContain("\n");
        now += TimeUnit.HOURS.toNanos(1);
        assertThat(strangers.seen(record("stolen", "x"))).isEmpty();
        strangers.seen(record("node-a", "x"));
        assertThat(strangers.seen(record("stolen", "x"))).isPresent();
    }

    @Test
    void aProgramThatSharesTheLeaseIsTold() {
        assertThat(strangers.seen(record("node-b", ""))).isPresent();
    }

    @Test
    void namesThatChangeEverySecondAreToldOnceAMinuteAndShortened() {
        assertThat(strangers.seen(record("x".repeat(253) + "…", "")).orElseThrow()).hasSizeLessThan(400);
        int told = 0;
        for (int second = 0; second < 120; second++) {
            now += TimeUnit.SECONDS.toNanos(1);
            told += strangers.seen(record("UPPER" + second, "")).isPresent() ? 1 : 0;
        }
        assertThat(told).isEqualTo(2);
    }
}
