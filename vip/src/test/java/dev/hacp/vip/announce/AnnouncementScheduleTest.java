package dev.hacp.vip.announce;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnouncementScheduleTest {

    private static final long MILLI = 1_000_000;

    @Test
    void announcementsLeaveAtOnceThenEvery1100MillisecondsForFiveSecondsThenEachInterval() {
        AnnouncementSchedule schedule = new AnnouncementSchedule(Duration.ofSeconds(10));
        schedule.restart(0);
        List<Long> times = new ArrayList<>();
        for (long now = 0; now < 30_000 * MILLI; now = schedule.next()) {
            assertThat(schedule.isDue(now)).isTrue();
            times.add(now / MILLI);
            schedule.announced(now);
            assertThat(schedule.isDue(now)).isFalse();
        }
        assertThat(times).containsExactly(0L, 1100L, 2200L, 3300L, 4400L, 14_400L, 24_400L);
    }

    @Test
    void aFailedAnnouncementIsDueAgainSoonAndARestartAtOnce() {
        AnnouncementSchedule schedule = new AnnouncementSchedule(Duration.ofSeconds(10));
        schedule.restart(0);
        schedule.failed(0);
        assertThat(schedule.isDue(1099 * MILLI)).isFalse();
        assertThat(schedule.isDue(1100 * MILLI)).isTrue();
        schedule.restart(500 * MILLI);
        assertThat(schedule.isDue(500 * MILLI)).isTrue();
    }
}
