package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Taking the VIPs: what is asked first, what refuses, what is retried.
class AddressMachineTakeoverTest extends AddressMachineFixture {

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
        member("10.0.0.2", "other", STRANGER);
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, STRANGER);
        pass(Takeover.PROBE_WAIT);
        assertThat(taken).isCompleted();
    }

    @Test
    void aNeighbourThatIsNoMemberIsAStrangerThoughTheKernelKnowsIt() {
        member("10.0.0.2", "other", MEMBER);
        kernel.neighbour("10.0.0.77", STRANGER);
        lead(Duration.ofHours(1));
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        machine.claimed(VIP, STRANGER);
        assertThat(taken.exceptionNow()).isInstanceOf(VipConflictException.class);
        assertThat(kernel.render()).isEqualTo(OWN);
    }

    @Test
    void aVipThatIsStillTentativeIsNotTakenYet() {
        lead(Duration.ofHours(1));
        kernel.putFlags = FakeKernel.TENTATIVE;
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        pass(Duration.ofMillis(500));
        assertThat(taken).as("duplicate address detection runs: the kernel does not answer for it").isNotDone();
        assertThat(machine.status().holdsAll()).isFalse();
        assertThat(kernel.takeSent()).doesNotContain("announce");
        kernel.putFlags = 0;
        pass(Takeover.RETRY);
        assertThat(taken).isCompleted();
        assertThat(machine.status().holdsAll()).isTrue();
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
    void withoutAnyKnownVipTheReasonIsTheName() {
        machine.targets(Set.of(), "the VIP cp.example cannot be resolved");
        assertThat(machine.fitness().reason()).isEqualTo("the VIP cp.example cannot be resolved");
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        pass(Duration.ofSeconds(2));
        assertThat(taken.exceptionNow()).hasMessageContaining("cp.example");
    }
}
