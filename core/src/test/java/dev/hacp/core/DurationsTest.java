package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

    @ParameterizedTest
    @CsvSource({"15s, 15000, 15s", "250ms, 250, 250ms", "1m30s, 90000, 1m30s", "90s, 90000, 1m30s",
            "2h, 7200000, 2h", "1500ms, 1500, 1s500ms", "0s, 0, 0s", "0ms, 0, 0s"})
    void aNumberWithAUnitIsReadAndTheShortestFormWritten(String text, long millis, String shortest) {
        Duration parsed = Durations.parse(text);
        assertThat(parsed).isEqualTo(Duration.ofMillis(millis));
        assertThat(Durations.format(parsed)).isEqualTo(shortest);
        assertThat(Durations.parse(shortest)).isEqualTo(parsed);
    }

    @Test
    void microsecondsSurviveTheRoundTrip() {
        assertThat(Durations.format(Durations.parse("1ms250us"))).isEqualTo("1ms250us");
    }

    @Test
    void inATableTwoUnitsAreEnough() {
        assertThat(Durations.brief(Duration.ofMillis(12_999))).isEqualTo("12s");
        assertThat(Durations.brief(Duration.ofSeconds(192))).isEqualTo("3m12s");
        assertThat(Durations.brief(Duration.ofMinutes(124))).isEqualTo("2h4m");
        assertThat(Durations.brief(Duration.ofHours(127))).isEqualTo("5d7h");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "15", "s", "15 s", "15S", "1.5s", "-15s", "15s ", " 15s", "15sec", "1d",
            "9999999999s"})
    void withoutAKnownUnitNothingIsGuessed(String text) {
        assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("such as 15s or 250ms");
    }
}
