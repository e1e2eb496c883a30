package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Journal;
import dev.hacp.core.StandDown;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The interface under the VIPs: link, addresses, a new one of the same name.
class AddressMachineInterfaceTest extends AddressMachineFixture {

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
        assertThat(kernel.takeSent()).isEqualTo("probe 10.0.0.100, announce 10.0.0.100");
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
    void eachReasonToWaitIsToldOnce() {
        kernel.addresses.clear();
        machine.kernelChanged();
        machine.kernelChanged();
        pass(Duration.ofSeconds(30));
        assertThat(journal.entries().stream().filter(e -> e.kind() == Journal.Kind.WAITING)).hasSize(1);
        assertThat(machine.fitness().reason()).contains("10.0.0.100 is in no subnet of this node");
    }
}
