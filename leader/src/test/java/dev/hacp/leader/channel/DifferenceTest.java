package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.leader.kube.MemberSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DifferenceTest {

    private static final Map<String, String> TIMERS = Map.of("lease-duration", "15s", "peer-timeout", "400ms");
    private static final MemberSettings OURS = new MemberSettings(List.of("10.0.0.10", "fd00::10"), 6443, TIMERS,
            "0.2.0");

    private static Difference with(MemberSettings theirs) {
        // As it comes from the Lease.
        return Difference.of(OURS, MemberSettings.of(theirs.annotations()));
    }

    @Test
    void membersOfTheSameSettingsDoNotDiffer() {
        assertThat(with(new MemberSettings(List.of("fd00::10", "10.0.0.10"), 6443, TIMERS, "0.2.0")))
                .isEqualTo(Difference.NONE);
    }

    @Test
    void otherVipsAndAnotherPortMakeAMemberUnableToOwn() {
        Difference difference = with(new MemberSettings(List.of("10.0.0.11"), 7443, TIMERS, "0.2.0"));
        assertThat(difference.unable())
                .isEqualTo("vip 10.0.0.11 (here 10.0.0.10,fd00::10), port 7443 (here 6443)");
        assertThat(difference.skew()).isEmpty();
    }

    @Test
    void otherTimersAndAnotherVersionDoNot() {
        Difference difference = with(new MemberSettings(OURS.vips(), 6443,
                Map.of("lease-duration", "5s", "peer-timeout", "400ms"), "0.3.0"));
        assertThat(difference.unable()).isEmpty();
        assertThat(difference.skew()).isEqualTo("lease-duration 5s (here 15s), version 0.3.0 (here 0.2.0)");
    }

    @Test
    void aTimerThatOnlyOneVersionKnowsIsNoDifference() {
        assertThat(with(new MemberSettings(OURS.vips(), 6443, Map.of("probe-interval", "20ms"), "0.2.0")))
                .isEqualTo(Difference.NONE);
    }

    @Test
    void aNameMayStandForTheSameAddresses() {
        Difference difference = with(new MemberSettings(List.of("api.example.org"), 6443, TIMERS, "0.2.0"));
        assertThat(difference.unable()).isEmpty();
        assertThat(difference.skew()).startsWith("vip api.example.org");
    }

    @Test
    void aMemberThatPublishesNoSettingsIsUnknownAndNotDifferent() {
        assertThat(Difference.of(OURS, MemberSettings.of(Map.of("hacp.dev/peer-address", "10.0.0.2:9644"))))
                .isEqualTo(Difference.NONE);
        assertThat(Difference.of(OURS, Optional.empty()).isNone()).isTrue();
    }
}
