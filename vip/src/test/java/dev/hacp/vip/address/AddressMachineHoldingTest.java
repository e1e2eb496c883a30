package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Histogram;
import dev.hacp.core.Journal;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.announce.AnnouncementSchedule;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// While the VIPs are held: the fence, repairs, announcements, defence.
class AddressMachineHoldingTest extends AddressMachineFixture {

    @Test
    void whileHeldTheFenceIsRearmedEachSecondAndAnnouncementsFollowTheirSchedule() {
        take();
        int puts = kernel.puts;
        pass(Duration.ofSeconds(5));
        assertThat(kernel.puts - puts).isEqualTo(5);
        assertThat(counters.rearms()).isEqualTo(5);
        assertThat(counters.rearmDelayNanosTotal()).isZero();
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100, announce 10.0.0.100, announce 10.0.0.100, "
                + "announce 10.0.0.100, probe 10.0.0.100");
        pass(Duration.ofSeconds(20));
        assertThat(kernel.takeSent().split(", ")).hasSize(2);
        assertThat(counters.repairs()).isZero();
    }

    @Test
    void aLateRearmIsMeasured() {
        take();
        now += Duration.ofMillis(1700).toNanos();
        machine.tick();
        assertThat(counters.rearmDelayNanosTotal()).isBetween(Duration.ofMillis(699).toNanos(),
                Duration.ofMillis(950).toNanos());
        Histogram.Snapshot delays = counters.rearmDelays().snapshot();
        int second = delays.upperBoundsNanos().indexOf(Duration.ofSeconds(1).toNanos());
        assertThat(delays.counts().get(second)).as("between half a second and one").isEqualTo(1);
        assertThat(delays.total()).isEqualTo(1);
    }

    @Test
    void withoutAFenceNothingIsRearmed() {
        machine = machine(Duration.ZERO);
        machine.targets(Set.of(VIP), "");
        take();
        int puts = kernel.puts;
        pass(Duration.ofSeconds(5));
        assertThat(kernel.puts).isEqualTo(puts);
        assertThat(counters.rearms()).isZero();
    }

    @Test
    void aVipThatSomebodyDeletedIsPutBackAndAnnouncedInOneStep() {
        take();
        kernel.lose("10.0.0.100");
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo(HELD);
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        assertThat(counters.repairs()).isEqualTo(1);
    }

    @Test
    void anOwnerWhoseTermIsOverNeitherRearmsNorAnnouncesWhatItStillHolds() {
        take();
        pass(Duration.ofMillis(1500));
        kernel.takeSent();
        int puts = kernel.puts;
        lead(Duration.ZERO);
        pass(Duration.ofSeconds(30));
        assertThat(kernel.render()).as("left to the kernel's timer").isEqualTo(HELD);
        assertThat(kernel.puts).as("not re-armed").isEqualTo(puts);
        assertThat(kernel.takeSent()).as("not announced").isEmpty();
        lead(Duration.ofHours(1));
        pass(AnnouncementSchedule.REPEAT);
        assertThat(kernel.puts).as("proved again").isGreaterThan(puts);
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100, announce 10.0.0.100");
    }

    @Test
    void anOwnerWhoseTermIsOverDoesNotPutBackWhatIsGone() {
        take();
        lead(Duration.ZERO);
        int puts = kernel.puts;
        kernel.lose("10.0.0.100");
        machine.kernelChanged();
        pass(Duration.ofSeconds(10));
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(kernel.puts).isEqualTo(puts);
        assertThat(kernel.takeSent()).isEmpty();
        assertThat(machine.status().holdsAll()).isFalse();
        lead(Duration.ofHours(1));
        pass(Duration.ofSeconds(1));
        assertThat(kernel.render()).as("proved again").isEqualTo(HELD);
    }

    @Test
    void whatCouldNotBeAnnouncedIsAnnouncedAsSoonAsTheWireIsOpenAgain() {
        take();
        kernel.announceFails = true;
        pass(Duration.ofMillis(1200));
        kernel.announceFails = false;
        assertThat(kernel.takeSent()).isEmpty();
        machine.wireOpened();
        machine.tick();
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        machine.wireOpened();
        machine.tick();
        assertThat(kernel.takeSent()).as("nothing is owed").isEmpty();
    }

    @Test
    void aVipThatBecameTheFirstAddressMovesBehindTheNodesOwn() {
        take();
        kernel.lose("10.0.0.1");
        kernel.own(2, "10.0.0.1", 24);
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo(HELD);
    }

    @Test
    void severalVipsOfBothFamiliesAreTakenRearmedAndRemovedTogether() {
        VirtualIp ipv6 = VirtualIp.parse("fd00::64");
        kernel.own(2, "fd00::1", 64);
        machine.targets(Set.of(VIP, ipv6), "");
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100, probe fd00::64");
        pass(Takeover.PROBE_WAIT);
        assertThat(taken).isCompleted();
        assertThat(kernel.takeSent()).endsWith("announce 10.0.0.100, announce fd00::64");
        String held = "10.0.0.1/24 on 2, fd00::1/64 on 2, 10.0.0.100/32 on 2 for 3s, fd00::64/128 on 2 for 3s";
        assertThat(kernel.render()).isEqualTo(held);
        int puts = kernel.puts;
        pass(AddressMachine.REARM);
        assertThat(kernel.puts - puts).isEqualTo(2);
        assertThat(counters.rearms()).as("one round").isEqualTo(1);

        kernel.lose("fd00::64");
        kernel.takeSent();
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo(held);
        assertThat(kernel.takeSent()).as("only what was gone").isEqualTo("announce fd00::64");

        assertThat(machine.standDown(StandDown.HANDOVER).toCompletableFuture()).isCompleted();
        assertThat(kernel.render()).isEqualTo("10.0.0.1/24 on 2, fd00::1/64 on 2");
    }

    @Test
    void aForeignClaimIsDefendedOnceInTenSecondsAndCountedEachTime() {
        take();
        machine.claimed(VIP, STRANGER);
        machine.claimed(VIP, STRANGER);
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        assertThat(counters.conflicts()).isEqualTo(2);
        assertThat(counters.defences()).isEqualTo(1);
        assertThat(journal.entries().stream().filter(e -> e.kind() == Journal.Kind.CONFLICT)).hasSize(1);
        assertThat(machine.status().vips().getFirst().conflict()).contains(STRANGER);
        pass(Duration.ofSeconds(10));
        machine.claimed(VIP, STRANGER);
        assertThat(counters.defences()).isEqualTo(2);
        pass(Duration.ofSeconds(61));
        assertThat(machine.status().vips().getFirst().conflict()).isEmpty();
        machine.claimed(VIP, STRANGER);
        assertThat(journal.entries().getLast().toString()).as("with those since the last line").contains("claims=3");
    }

    @Test
    void aVipThatTheKernelRefusesMakesUnfitAndTheOthersStay() {
        VirtualIp ipv6 = VirtualIp.parse("fd00::64");
        kernel.own(2, "fd00::1", 64);
        machine.targets(Set.of(VIP, ipv6), "");
        take();
        kernel.lose("fd00::64");
        kernel.putFails = "put fd00::64 on eth0: permission denied";
        kernel.putFailsFor = "fd00::64";
        machine.kernelChanged();
        assertThat(machine.fitness().fit()).as("it may pass").isTrue();
        pass(OwnAddresses.PUT_PATIENCE);
        assertThat(machine.fitness().able()).isFalse();
        assertThat(machine.fitness().reason()).isEqualTo(
                "the VIP fd00::64 cannot be put on eth0: put fd00::64 on eth0: permission denied");
        assertThat(kernel.render()).contains("10.0.0.100/32 on 2 for 3s").doesNotContain("fd00::64");
        assertThat(relinquished).as("only to a member that can").isEmpty();
        kernel.putFails = "";
        pass(AddressMachine.REARM);
        assertThat(machine.fitness().fit()).isTrue();
        assertThat(machine.status().holdsAll()).isTrue();
    }

    @Test
    void whatANameResolvesToAndCannotBeAVipIsNeverTakenAndWhatIsHeldStays() {
        take();
        for (String unusable : List.of("10.0.0.255", "10.0.0.1", "10.0.0.0")) {
            assertThat(machine.targets(Set.of(VirtualIp.parse(unusable)), "")).as("what is steered")
                    .containsExactly(VIP);
            assertThat(kernel.render()).isEqualTo(HELD);
        }
        machine.standDown(StandDown.HANDOVER);
        assertThat(machine.targets(Set.of(VirtualIp.parse("10.0.0.1")), "")).isEmpty();
        assertThat(machine.fitness().reason()).startsWith(
                "the VIP's name resolves to 10.0.0.1, which is this node's own address (10.0.0.1/24 on eth0): correct");
    }

    @Test
    void whenTheNameChangesItsAddressTheHeldVipMoves() {
        take();
        VirtualIp next = VirtualIp.parse("10.0.0.200");
        machine.targets(Set.of(next), "");
        assertThat(kernel.render()).isEqualTo(OWN + ", 10.0.0.200/32 on 2 for 3s");
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.200");
    }
}
