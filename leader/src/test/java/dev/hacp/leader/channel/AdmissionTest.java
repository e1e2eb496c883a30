package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.leader.channel.Admission.Admitted;
import dev.hacp.leader.channel.Admission.Decision;
import dev.hacp.leader.channel.Admission.Rejected;
import dev.hacp.leader.channel.Admission.Slot;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final InetAddress MEMBER = address("10.0.0.2");
    private static final InetAddress STRANGER = address("10.0.0.99");

    private final Admission admission = new Admission();
    private long now;

    @Test
    void oneStrangerHasFourConnectionsAtATime() {
        List<Slot> slots = admitted(STRANGER, Admission.MOST_PER_SOURCE);
        assertThat(admit(STRANGER)).isEqualTo(new Rejected(Rejection.SOURCE));
        assertThat(admit(address("10.0.0.98"))).isInstanceOf(Admitted.class);
        slots.getFirst().release();
        assertThat(admit(STRANGER)).isInstanceOf(Admitted.class);
        assertThat(admit(STRANGER)).isEqualTo(new Rejected(Rejection.SOURCE));
    }

    @Test
    void allStrangersTogetherHaveSixteenConnectionsAtATimeWhateverTheTime() {
        List<Slot> slots = fillWithStrangers();
        now += Duration.ofMinutes(1).toNanos();
        assertThat(admit(STRANGER)).isEqualTo(new Rejected(Rejection.STRANGERS));
        slots.getFirst().release();
        assertThat(admit(STRANGER)).isInstanceOf(Admitted.class);
        assertThat(admission.counters().unauthenticated()).isEqualTo(Admission.MOST_STRANGERS);
    }

    @Test
    void strangersThatFailAtOnceComeAtAPace() {
        int admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            now += Duration.ofMillis(1).toNanos();
            if (admit(address("10.1." + i / 250 + "." + i % 250)) instanceof Admitted(Slot slot)) {
                admitted++;
                slot.release();
            }
        }
        assertThat(admitted).isBetween(10 * Admission.STRANGERS_PER_SECOND,
                10 * Admission.STRANGERS_PER_SECOND + Admission.MOST_STRANGERS);
        assertThat(admission.counters().rejected()).containsEntry(Rejection.STRANGERS, 10_000L - admitted);
    }

    @Test
    void aMembersAddressIsAdmittedWhileStrangersHaveAllTheirs() {
        admission.members(Map.of(MEMBER, 1));
        fillWithStrangers();
        assertThat(admit(MEMBER)).isInstanceOf(Admitted.class);
    }

    @Test
    void aMembersAddressHasALimitOfItsOwnThatHarmsNoOther() {
        InetAddress other = address("10.0.0.3");
        admission.members(Map.of(MEMBER, 1, other, 1));
        admitted(MEMBER, Admission.MOST_PER_MEMBER);
        assertThat(admit(MEMBER)).isEqualTo(new Rejected(Rejection.MEMBER));
        assertThat(admit(other)).isInstanceOf(Admitted.class);
        assertThat(admit(STRANGER)).isInstanceOf(Admitted.class);
    }

    @Test
    void aMembersAddressHasAPaceThatADialerNeverReaches() {
        admission.members(Map.of(MEMBER, 1));
        int admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            now += Duration.ofMillis(1).toNanos();
            if (admit(MEMBER) instanceof Admitted(Slot slot)) {
                admitted++;
                slot.release();
            }
        }
        assertThat(admitted).isBetween(10 * Admission.MEMBER_PER_SECOND, 11 * Admission.MEMBER_PER_SECOND);
        now += Duration.ofSeconds(1).toNanos();
        for (long pause = 10; pause < 1000; pause *= 2) {
            now += Duration.ofMillis(pause).toNanos();
            admitted(MEMBER, 1).getFirst().release();
        }
    }

    @Test
    void membersThatShareAnAddressShareNoLimit() {
        admission.members(Map.of(MEMBER, 3));
        admitted(MEMBER, 3 * Admission.MOST_PER_MEMBER);
        assertThat(admit(MEMBER)).isEqualTo(new Rejected(Rejection.MEMBER));
    }

    @Test
    void anAddressThatIsNoMembersAnyMoreIsAStrangersAndItsOldSlotsAreGivenBack() {
        admission.members(Map.of(MEMBER, 1));
        List<Slot> slots = admitted(MEMBER, Admission.MOST_PER_MEMBER);
        admission.members(Map.of());
        List<Slot> strangers = admitted(MEMBER, Admission.MOST_PER_SOURCE);
        assertThat(admit(MEMBER)).isEqualTo(new Rejected(Rejection.SOURCE));
        slots.forEach(Slot::release);
        assertThat(admit(MEMBER)).isEqualTo(new Rejected(Rejection.SOURCE));
        strangers.forEach(Slot::release);
        assertThat(admission.counters().unauthenticated()).isZero();
        assertThat(admit(MEMBER)).isInstanceOf(Admitted.class);
    }

    @Test
    void aSlotIsGivenBackOnce() {
        List<Slot> slots = admitted(STRANGER, Admission.MOST_PER_SOURCE);
        slots.getFirst().release();
        slots.getFirst().release();
        assertThat(admission.counters().unauthenticated()).isEqualTo(Admission.MOST_PER_SOURCE - 1);
        admitted(STRANGER, 1);
        assertThat(admit(STRANGER)).isEqualTo(new Rejected(Rejection.SOURCE));
    }

    @Test
    void anIpv6StrangerIsItsWholeNetwork() {
        for (int i = 0; i < Admission.MOST_PER_SOURCE; i++) {
            admitted(address("fd00::99:" + i), 1);
        }
        assertThat(admit(address("fd00::abcd"))).isEqualTo(new Rejected(Rejection.SOURCE));
        assertThat(admit(address("fd00:0:0:1::1"))).isInstanceOf(Admitted.class);
    }

    @Test
    void anIpv6MemberIsOnlyItsOwnAddress() {
        InetAddress member = address("fd00::2");
        admission.members(Map.of(member, 1));
        for (int i = 0; i < Admission.MOST_PER_SOURCE; i++) {
            admitted(address("fd00::99:" + i), 1);
        }
        assertThat(admit(address("fd00::3"))).isEqualTo(new Rejected(Rejection.SOURCE));
        assertThat(admit(member)).isInstanceOf(Admitted.class);
    }

    private List<Slot> fillWithStrangers() {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < Admission.MOST_STRANGERS; i++) {
            slots.addAll(admitted(address("10.9.0." + i), 1));
        }
        return slots;
    }

    private List<Slot> admitted(InetAddress from, int times) {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Decision decision = admit(from);
            assertThat(decision).as("%s, number %d", from, i).isInstanceOf(Admitted.class);
            slots.add(((Admitted) decision).slot());
        }
        return slots;
    }

    private Decision admit(InetAddress from) {
        return admission.admit(from, now);
    }

    private static InetAddress address(String literal) {
        return IpAddresses.parse(literal).orElseThrow();
    }
}
