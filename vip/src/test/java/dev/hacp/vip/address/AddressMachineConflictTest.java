package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What counts as a conflict, on both sides of a move, and how it ends. With the fence of 3 s the former owner's kernel has
/// let go 4.5 s after the takeover.
class AddressMachineConflictTest extends AddressMachineFixture {

    private static final Duration GRACE = Duration.ofMillis(4500);

    @BeforeEach
    void know() {
        member("10.0.0.2", "other", MEMBER);
    }

    private void isNoConflict() {
        assertThat(conflicts()).isEmpty();
        assertThat(counters.conflicts()).isZero();
        assertThat(machine.status().vips().getFirst().conflict()).isEmpty();
    }

    /// The other machine has the VIP: it answers what is asked.
    private void passAnswered(Duration duration, boolean byMember) {
        long end = now + duration.toNanos();
        while (now < end) {
            pass(Duration.ofMillis(100));
            if (kernel.takeSent().contains("probe")) {
                machine.claimed(VIP, byMember ? MEMBER : STRANGER);
            }
        }
    }

    @Test
    void theFormerOwnersKernelMayAnswerUntilItsFenceIsOver() {
        take();
        machine.claimed(VIP, MEMBER);
        assertThat(kernel.takeSent()).as("announced again at once").isEqualTo("announce 10.0.0.100");
        passAnswered(GRACE.minus(Duration.ofMillis(300)), true);
        isNoConflict();
        pass(Duration.ofMinutes(2));
        isNoConflict();
    }

    @Test
    void aMemberThatStillAnswersAfterItsFenceIsAConflictByName() {
        take();
        machine.claimed(VIP, MEMBER);
        passAnswered(GRACE.plus(Duration.ofSeconds(2)), true);
        assertThat(conflicts())
                .containsExactly("CONFLICT {vip=10.0.0.100, mac=02:00:00:00:00:02, node=other, claims=1}");
        assertThat(machine.status().vips().getFirst().conflict()).contains(MEMBER);
        assertThat(counters.conflicts()).isPositive();
    }

    @Test
    void aMemberThatHasTheVipAndSaysNothingIsFoundByAQuestionWhenTheFenceIsOver() {
        take();
        passAnswered(GRACE.plus(Contest.CONFIRM).plus(Duration.ofMillis(1500)), true);
        assertThat(conflicts()).hasSize(1).first().asString().contains("node=other");
    }

    @Test
    void overIpv6ASilentMemberIsFoundAsWell() {
        VirtualIp ipv6 = VirtualIp.parse("fd00::64");
        kernel.own(2, "fd00::1", 64);
        machine.targets(Set.of(ipv6), "");
        take();
        pass(GRACE);
        assertThat(kernel.takeSent()).endsWith("probe fd00::64");
        machine.claimed(ipv6, MEMBER);
        pass(Duration.ofSeconds(9));
        assertThat(kernel.takeSent()).as("an answer would override all caches").doesNotContain("probe");
        pass(Duration.ofSeconds(1));
        assertThat(kernel.takeSent()).contains("probe fd00::64");
        machine.claimed(ipv6, MEMBER);
        assertThat(conflicts()).hasSize(1).first().asString().contains("node=other");
        pass(Duration.ofSeconds(12));
        assertThat(conflicts()).hasSize(2).last().asString().startsWith("CONFLICT_ENDED");
    }

    @Test
    void anOwnerThatWakesAndHearsItsSuccessorReportsNoConflict() {
        take();
        pass(Duration.ofMinutes(5));
        now += Duration.ofSeconds(1).toNanos();
        // What the successor said in the meantime was queued; the election has not looked yet.
        machine.claimed(VIP, MEMBER);
        machine.claimed(VIP, MEMBER);
        pass(Duration.ofMillis(300));
        leadership = new Leadership.Follower(Optional.of(new NodeName("other")));
        machine.claimed(VIP, MEMBER);
        machine.standDown(StandDown.LEASE_LOST);
        machine.claimed(VIP, MEMBER);
        pass(Duration.ofSeconds(30));
        isNoConflict();
    }

    @Test
    void anOwnerWhoseTermIsOverNeitherReportsNorDefends() {
        take();
        pass(Duration.ofMinutes(5));
        lead(Duration.ZERO);
        kernel.takeSent();
        machine.claimed(VIP, MEMBER);
        machine.claimed(VIP, STRANGER);
        pass(Duration.ofSeconds(10));
        machine.claimed(VIP, MEMBER);
        isNoConflict();
        assertThat(kernel.takeSent()).isEmpty();
        assertThat(counters.defences()).isZero();
    }

    @Test
    void twoOwnersThatHearEachOtherReportAConflict() {
        take();
        pass(Duration.ofMinutes(5));
        machine.claimed(VIP, MEMBER);
        isNoConflict();
        pass(Duration.ofMillis(1100));
        machine.claimed(VIP, MEMBER);
        pass(Duration.ofMillis(2200));
        machine.claimed(VIP, MEMBER);
        assertThat(conflicts()).hasSize(1);
    }

    @Test
    void aConflictEndsWhenNobodyAnswersAnyLongerAndTheVipIsAnnouncedAsAfterATakeover() {
        take();
        pass(Duration.ofSeconds(30));
        machine.claimed(VIP, STRANGER);
        passAnswered(Duration.ofSeconds(8), false);
        assertThat(conflicts()).hasSize(1);
        pass(Duration.ofMillis(4500));
        assertThat(conflicts()).last().isEqualTo("CONFLICT_ENDED {vip=10.0.0.100, mac=02:00:00:00:00:99}");
        pass(Duration.ofSeconds(5));
        assertThat(kernel.takeSent()).endsWith(
                "announce 10.0.0.100, announce 10.0.0.100, announce 10.0.0.100, announce 10.0.0.100");
        pass(Duration.ofMinutes(1));
        assertThat(conflicts()).hasSize(2);
    }

    @Test
    void afterTheFormerOwnersKernelHasLetGoTheVipIsAnnouncedAsAfterATakeover() {
        take();
        machine.claimed(VIP, MEMBER);
        passAnswered(Duration.ofSeconds(4), true);
        pass(Duration.ofMillis(3500));
        kernel.takeSent();
        pass(Duration.ofSeconds(4));
        assertThat(kernel.takeSent().split(", ")).as("the burst of the takeover was over after 5 s")
                .hasSizeGreaterThan(2)
                .containsOnly("announce 10.0.0.100");
        isNoConflict();
    }

    @Test
    void aPauseOfThisProcessEndsNoConflict() {
        take();
        pass(Duration.ofSeconds(30));
        machine.claimed(VIP, STRANGER);
        now += Duration.ofMinutes(1).toNanos();
        machine.tick();
        assertThat(conflicts()).as("the answers are still queued").hasSize(1);
        machine.claimed(VIP, STRANGER);
        pass(Duration.ofSeconds(2));
        assertThat(conflicts()).noneMatch(line -> line.startsWith("CONFLICT_ENDED"));
    }

    @Test
    void aClaimerThatComesAndGoesGetsOneBurstAMinute() {
        take();
        pass(Duration.ofSeconds(30));
        kernel.takeSent();
        for (int i = 0; i < 5; i++) {
            machine.claimed(VIP, STRANGER);
            pass(Duration.ofSeconds(11));
        }
        int announced = kernel.takeSent().split("announce").length - 1;
        // Five defences, five after the end of the first, and one each time that the schedule wants it anyway.
        assertThat(announced).isBetween(10, 17);
        assertThat(conflicts()).hasSize(2);
    }

    @Test
    void aConflictEndsWithTheOwnershipToo() {
        take();
        machine.claimed(VIP, STRANGER);
        machine.standDown(StandDown.HANDOVER);
        assertThat(conflicts()).hasSize(2).last().asString().startsWith("CONFLICT_ENDED");
        long next = machine.next();
        assertThat(next).as("nothing is left to ask").isGreaterThan(now);
    }

    @Test
    void whatRefusedATakeoverIsToldToBeGone() {
        machine.takeOver();
        machine.claimed(VIP, STRANGER);
        assertThat(conflicts()).hasSize(1);
        pass(Strangers.FORGET);
        assertThat(conflicts()).hasSize(2).last().isEqualTo("CONFLICT_ENDED {vip=10.0.0.100, mac=02:00:00:00:00:99}");
    }

    @Test
    void withoutAFenceTheFormerOwnerGetsTheDefaultOne() {
        assertThat(ConflictWatch.grace(Duration.ZERO)).isEqualTo(GRACE);
        assertThat(ConflictWatch.grace(Duration.ofSeconds(3))).isEqualTo(GRACE);
        assertThat(ConflictWatch.grace(Duration.ofSeconds(10))).isEqualTo(Duration.ofMillis(11_500));
    }
}
