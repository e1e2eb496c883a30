package dev.hacp.vip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.NeighbourEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AddressMachineTest {

    private static final VirtualIp VIP = VirtualIp.parse("10.0.0.100");
    private static final MacAddress STRANGER = MacAddress.parse("02:00:00:00:00:99");
    private static final String OWN = "10.0.0.1/24 on 2";
    private static final String HELD = OWN + ", 10.0.0.100/32 on 2 for 3s";

    private final FakeKernel kernel = new FakeKernel();
    private final Journal journal = new Journal();
    private final VipCounters counters = new VipCounters();
    private final List<StandDown> relinquished = new ArrayList<>();
    private long now = 1_000_000_000_000L;
    private Leadership leadership = Leadership.Follower.OF_NOBODY;
    private Set<InetAddress> members = Set.of();
    private AddressMachine machine;

    @BeforeEach
    void start() {
        machine = machine(Duration.ofSeconds(3));
        machine.targets(Set.of(VIP), "");
    }

    private AddressMachine machine(Duration fence) {
        VipConfig config = new VipConfig(List.of("10.0.0.100"), Optional.empty(), 6443, fence, Duration.ofSeconds(10));
        return new AddressMachine(config, kernel, kernel, new AddressKeeper.Surroundings(() -> leadership,
                () -> members, (reason, _) -> relinquished.add(reason), _ -> {}, ThreadStarter.PLATFORM), journal,
                () -> now, counters);
    }

    /// Lets time pass, ticking whenever the machine wants to be ticked.
    private void pass(Duration duration) {
        long end = now + duration.toNanos();
        while (machine.next() <= end) {
            now = Math.max(now, machine.next());
            machine.tick();
        }
        now = end;
        machine.tick();
    }

    private void lead(Duration validFor) {
        leadership = new Leadership.Leader(1, now + validFor.toNanos());
    }

    /// Takes over on a LAN where nobody answers.
    private void take() {
        lead(Duration.ofHours(1));
        CompletionStage<Void> taken = machine.takeOver();
        pass(Takeover.PROBE_WAIT);
        assertThat(taken.toCompletableFuture()).isCompleted();
        kernel.takeSent();
    }

    @Test
    void onAQuietLanTheVipIsProbedTwiceThenPutReadBackAndAnnounced() {
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100");
        assertThat(kernel.render()).isEqualTo(OWN);
        pass(Takeover.PROBE_REPEAT);
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100");
        assertThat(taken).isNotDone();
        pass(Takeover.PROBE_WAIT.minus(Takeover.PROBE_REPEAT));
        assertThat(taken).isCompleted();
        assertThat(kernel.render()).isEqualTo(HELD);
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        assertThat(machine.status().holdsAll()).isTrue();
    }

    @Test
    void afterAnEstablishedOwnerTheVipIsTakenWithoutAskingFirst() {
        leadership = new Leadership.Follower(Optional.of(new NodeName("other")));
        pass(Duration.ofSeconds(20));
        leadership = Leadership.Follower.OF_NOBODY;
        lead(Duration.ofSeconds(1));
        assertThat(machine.takeOver().toCompletableFuture()).isCompleted();
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
    }

    @Test
    void anOwnerThatNeverGotEstablishedIsNoReasonToSkipTheQuestion() {
        leadership = new Leadership.Follower(Optional.of(new NodeName("other")));
        machine.tick();
        now += Strangers.ESTABLISHED.toNanos() - 1;
        machine.tick();
        leadership = Leadership.Follower.OF_NOBODY;
        machine.tick();
        machine.takeOver();
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100");
    }

    @Test
    void aStrangersAnswerRefusesTheTakeoverAndMakesUnfitUntilItIsGone() {
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, STRANGER);
        assertThat(taken).isCompletedExceptionally();
        assertThat(taken.exceptionNow()).isInstanceOf(VipConflictException.class)
                .hasMessageContaining("02:00:00:00:00:99");
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(machine.fitness().reason()).contains("02:00:00:00:00:99", "10.0.0.100");
        assertThat(machine.status().vips().getFirst().conflict()).contains(STRANGER);
        kernel.takeSent();

        pass(Duration.ofSeconds(10));
        assertThat(kernel.takeSent()).as("asked again").isEqualTo("probe 10.0.0.100");
        machine.claimed(VIP, STRANGER);
        pass(Duration.ofSeconds(11));
        assertThat(machine.fitness().fit()).isFalse();
        pass(Duration.ofSeconds(2));
        assertThat(machine.fitness().fit()).as("nobody answered the second question").isTrue();
        machine.takeOver();
        assertThat(kernel.takeSent()).as("still asked before it is taken").endsWith("probe 10.0.0.100");
    }

    @Test
    void aMembersAnswerDoesNotRefuseTheTakeover() {
        InetAddress member = IpAddresses.parse("10.0.0.2").orElseThrow();
        members = Set.of(member);
        kernel.neighbours.add(new NeighbourEntry(2, member, STRANGER));
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, STRANGER);
        pass(Takeover.PROBE_WAIT);
        assertThat(taken).isCompleted();
    }

    @Test
    void whileHeldTheFenceIsRearmedEachSecondAndAnnouncementsFollowTheirSchedule() {
        take();
        int puts = kernel.puts;
        pass(Duration.ofSeconds(5));
        assertThat(kernel.puts - puts).isEqualTo(5);
        assertThat(counters.rearms()).isEqualTo(5);
        assertThat(counters.rearmDelayNanosTotal()).isZero();
        assertThat(kernel.takeSent().split(", ")).hasSize(4).containsOnly("announce 10.0.0.100");
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
        RearmDelays.Snapshot delays = counters.rearmDelays().snapshot();
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
    void anOwnerWhoseTermIsOverNeitherRearmsNorRepairsNorAnnounces() {
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
    void aTakeoverWhoseTermIsOverBeforeItIsCarriedOutPutsNothing() {
        lead(Duration.ofMillis(100));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        pass(Duration.ofSeconds(2));
        assertThat(taken.exceptionNow()).isInstanceOf(AddressException.class).hasMessageContaining("no longer");
        assertThat(kernel.puts).isZero();
        assertThat(kernel.takeSent()).doesNotContain("announce");
    }

    @Test
    void aTakeoverThatFailedLeavesNoMemoryOfAHeldVip() {
        lead(Duration.ofHours(1));
        kernel.announceFails = true;
        machine.takeOver();
        pass(Duration.ofSeconds(2));
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(machine.status().vips().getFirst().held()).isFalse();
        kernel.announceFails = false;
        take();
        assertThat(kernel.render()).isEqualTo(HELD);
    }

    @Test
    void whileTheNodesOwnAddressesAreGoneTheVipStaysWhereItIs() {
        take();
        kernel.addresses.clear();
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo("10.0.0.100/32 on 2 for 3s");
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        assertThat(machine.fitness().fit()).isTrue();
        kernel.own(2, "10.0.0.1", 24);
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo(HELD);
        kernel.addresses.clear();
        machine.standDown(StandDown.HANDOVER);
        machine.kernelChanged();
        assertThat(machine.fitness().reason()).as("who does not hold it needs a subnet").contains("in no subnet");
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
    void ontoADeadLinkNothingIsAnnouncedAndOnceItIsBackEverythingAtOnce() {
        take();
        kernel.link(2, "eth0", false);
        kernel.lose("10.0.0.100");
        machine.kernelChanged();
        pass(Duration.ofSeconds(12));
        assertThat(kernel.takeSent()).isEmpty();
        kernel.link(2, "eth0", true);
        machine.kernelChanged();
        machine.tick();
        assertThat(kernel.render()).isEqualTo(HELD);
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
    }

    @Test
    void anOldAddressOfANameThatCannotBeRemovedAtOnceIsRemovedLater() {
        take();
        kernel.removeFails = "remove: device or resource busy";
        machine.targets(Set.of(VirtualIp.parse("10.0.0.200")), "");
        assertThat(kernel.render()).contains("10.0.0.100", "10.0.0.200");
        kernel.removeFails = "";
        pass(Duration.ofSeconds(1));
        assertThat(kernel.render()).isEqualTo(OWN + ", 10.0.0.200/32 on 2 for 3s");
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
    void standingDownRemovesReadsBackAndThenCompletes() {
        take();
        assertThat(machine.standDown(StandDown.HANDOVER).toCompletableFuture()).isCompleted();
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(machine.standDown(StandDown.HANDOVER).toCompletableFuture()).as("twice").isCompleted();
        pass(Duration.ofSeconds(20));
        assertThat(kernel.render()).isEqualTo(OWN);
        assertThat(kernel.takeSent()).isEmpty();
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
    void oneVipThatCannotBeRemovedDoesNotKeepTheOthers() {
        VirtualIp other = VirtualIp.parse("10.0.0.101");
        machine.targets(Set.of(VIP, other), "");
        take();
        kernel.removeFails = "remove: device or resource busy";
        kernel.removeFailsFor = "10.0.0.100";
        CompletableFuture<Void> down = machine.standDown(StandDown.HANDOVER).toCompletableFuture();
        assertThat(kernel.render()).isEqualTo(HELD);
        assertThat(down).isNotDone();
        kernel.removeFails = "";
        pass(Takeover.RETRY);
        assertThat(down).isCompleted();
        assertThat(kernel.render()).isEqualTo(OWN);
    }

    @Test
    void aRemovalThatIsNotConfirmedFailsButIsTriedUntilItWorks() {
        take();
        kernel.removeFails = "remove: device or resource busy";
        CompletableFuture<Void> down = machine.standDown(StandDown.LEASE_LOST).toCompletableFuture();
        pass(Duration.ofMillis(900));
        assertThat(down).isNotDone();
        pass(Duration.ofMillis(200));
        assertThat(down).isCompletedExceptionally();
        assertThat(down.exceptionNow()).isInstanceOf(AddressException.class).hasMessageContaining("busy");
        kernel.removeFails = "";
        pass(Duration.ofSeconds(6));
        assertThat(kernel.render()).isEqualTo(OWN);
    }

    @Test
    void aPutThatFailsIsRetriedForASecondAndThenGivenUp() {
        lead(Duration.ofHours(1));
        kernel.putFails = "put: operation not permitted";
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        pass(Duration.ofMillis(1500));
        assertThat(taken.exceptionNow()).isInstanceOf(AddressException.class)
                .hasMessageContaining("operation not permitted");
        assertThat(journal.entries()).anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_FAILED);

        kernel.putFails = "";
        CompletableFuture<Void> again = machine.takeOver().toCompletableFuture();
        pass(Takeover.PROBE_WAIT);
        assertThat(again).isCompleted();
    }

    @Test
    void aVipThatCannotBeAnnouncedIsNotTakenAndNotLeftBehind() {
        lead(Duration.ofHours(1));
        kernel.wireProblem = "libpcap cannot be loaded";
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(machine.fitness().reason()).isEqualTo("libpcap cannot be loaded");
        pass(Duration.ofMillis(1500));
        assertThat(taken.exceptionNow()).hasMessageContaining("libpcap cannot be loaded");
        assertThat(kernel.render()).isEqualTo(OWN);
    }

    @Test
    void aStandDownOvertakesATakeoverThatStillAsks() {
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(machine.standDown(StandDown.MINORITY).toCompletableFuture()).isCompleted();
        assertThat(taken.isCancelled()).isTrue();
        assertThat(taken).failsWithin(Duration.ZERO).withThrowableThat().isInstanceOf(CancellationException.class);
        pass(Duration.ofSeconds(2));
        assertThat(kernel.render()).isEqualTo(OWN);
    }

    @Test
    void aSecondTakeoverHasTheSameOutcome() {
        lead(Duration.ofHours(1));
        CompletableFuture<Void> first = machine.takeOver().toCompletableFuture();
        CompletableFuture<Void> second = machine.takeOver().toCompletableFuture();
        pass(Takeover.PROBE_WAIT);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(machine.takeOver().toCompletableFuture()).isCompleted();
        assertThat(counters.puts()).isEqualTo(1);
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
    void aLostLinkAsksTheElectorToLetGoAndIsHeldDownWhenItComesBack() {
        take();
        kernel.link(2, "eth0", false);
        machine.kernelChanged();
        assertThat(relinquished).containsExactly(StandDown.LINK_DOWN);
        assertThat(machine.fitness().reason()).isEqualTo("interface=eth0 has no link");
        machine.standDown(StandDown.LINK_DOWN);
        kernel.link(2, "eth0", true);
        machine.kernelChanged();
        assertThat(machine.fitness().reason()).isEqualTo("interface=eth0 came back less than 3s ago");
        pass(Duration.ofSeconds(3));
        assertThat(machine.fitness().fit()).isTrue();
    }

    @Test
    void anInterfaceMadeAnewGetsTheVipAgain() {
        take();
        kernel.links.clear();
        kernel.addresses.clear();
        machine.kernelChanged();
        assertThat(relinquished).containsExactly(StandDown.LINK_DOWN);
        assertThat(machine.status().holdsAll()).isFalse();
        kernel.link(5, "eth0", true);
        kernel.own(5, "10.0.0.1", 24);
        machine.kernelChanged();
        assertThat(kernel.render()).isEqualTo("10.0.0.1/24 on 5, 10.0.0.100/32 on 5 for 3s");
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
    }

    @Test
    void leftoversAreRemovedAtTheStartAndForeignAddressesNever() {
        FakeKernel other = kernel;
        other.leftover(2, "10.0.0.100");
        other.leftover(2, "10.0.0.101");
        machine.kernelChanged();
        assertThat(other.render()).isEqualTo(OWN + ", 10.0.0.101/32 on 2 for 3s");
    }

    @Test
    void whenTheNameChangesItsAddressTheHeldVipMoves() {
        take();
        VirtualIp next = VirtualIp.parse("10.0.0.200");
        machine.targets(Set.of(next), "");
        assertThat(kernel.render()).isEqualTo(OWN + ", 10.0.0.200/32 on 2 for 3s");
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.200");
    }

    @Test
    void withoutAnyKnownVipTheReasonIsTheName() {
        machine.targets(Set.of(), "the VIP cp.example cannot be resolved");
        assertThat(machine.fitness().reason()).isEqualTo("the VIP cp.example cannot be resolved");
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        pass(Duration.ofSeconds(2));
        assertThat(taken.exceptionNow()).hasMessageContaining("cp.example");
    }

    @Test
    void eachReasonToWaitIsToldOnce() {
        kernel.addresses.clear();
        machine.kernelChanged();
        machine.kernelChanged();
        pass(Duration.ofSeconds(30));
        assertThat(journal.entries().stream().filter(e -> e.kind() == Journal.Kind.WAITING)).hasSize(1);
        assertThat(machine.fitness().reason()).contains("10.0.0.100 is in no subnet of this node");
    }
}
