package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Letting go of the VIPs, and what an earlier run has left.
class AddressMachineStandDownTest extends AddressMachineFixture {

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
    void aStandDownOvertakesATakeoverThatStillAsks() {
        CompletableFuture<Void> taken = machine.takeOver().toCompletableFuture();
        assertThat(machine.standDown(StandDown.MINORITY).toCompletableFuture()).isCompleted();
        assertThat(taken.isCancelled()).isTrue();
        assertThat(taken).failsWithin(Duration.ZERO).withThrowableThat().isInstanceOf(CancellationException.class);
        pass(Duration.ofSeconds(2));
        assertThat(kernel.render()).isEqualTo(OWN);
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
    void anAddressOfSomebodyElseStaysAlsoWhenItIsTheVip() {
        kernel.own(2, "10.0.0.100", 32);
        machine.kernelChanged();
        machine.standDown(StandDown.START);
        pass(Duration.ofSeconds(6));
        assertThat(kernel.render()).as("an administrator put it").isEqualTo(OWN + ", 10.0.0.100/32 on 2");
    }
}
