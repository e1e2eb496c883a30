package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Journal;
import dev.hacp.core.MacAddress;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import java.time.Duration;
import java.util.Set;
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
    void anotherMacAddressIsAnnouncedAtOnceAndAgainAsAfterATakeover() {
        take();
        pass(Duration.ofSeconds(20));
        kernel.takeSent();
        kernel.mac("eth0", MacAddress.parse("02:00:00:00:00:42"));
        machine.kernelChanged();
        machine.tick();
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
        pass(Duration.ofSeconds(4));
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100, announce 10.0.0.100, announce 10.0.0.100");
        assertThat(journal.entries()).filteredOn(e -> e.kind() == Journal.Kind.LINK).singleElement()
                .matches(e -> "02:00:00:00:00:42".equals(e.keys().get("mac")));
    }

    @Test
    void anotherPathToTheSameInterfaceIsAnnouncedAtOnce() {
        machine.pathChanged();
        machine.tick();
        assertThat(kernel.takeSent()).as("nothing is held").isEmpty();
        take();
        pass(Duration.ofSeconds(20));
        kernel.takeSent();
        machine.pathChanged();
        machine.tick();
        assertThat(kernel.takeSent()).isEqualTo("announce 10.0.0.100");
    }

    @Test
    void aPortOfABridgeCannotCarryTheVipAndTheReasonIsNotALostLink() {
        take();
        kernel.link(3, "br0", true);
        kernel.port("eth0", "br0");
        machine.kernelChanged();
        machine.kernelChanged();
        assertThat(relinquished).containsExactly(StandDown.ADDRESS_FAILED);
        assertThat(machine.status().holdsAll()).isFalse();
        assertThat(machine.fitness().able()).isFalse();
        assertThat(machine.fitness().reason()).startsWith("interface eth0 is a port of br0")
                .contains("--interface br0");
        assertThat(journal.entries()).noneMatch(e -> e.kind() == Journal.Kind.LINK);
        machine.standDown(StandDown.ADDRESS_FAILED);
        assertThat(kernel.render()).isEqualTo(OWN);
        kernel.link(2, "eth0", true);
        machine.kernelChanged();
        assertThat(machine.fitness().fit()).isTrue();
    }

    @Test
    void whereIpv6IsDisabledTheSysctlIsNamedAndAnIpv4VipMindsItNot() {
        kernel.ipv6Disabled = true;
        machine.kernelChanged();
        assertThat(machine.fitness().fit()).isTrue();
        kernel.own(2, "fd00::1", 64);
        machine.targets(Set.of(VIP, VirtualIp.parse("fd00::64")), "");
        assertThat(machine.fitness().able()).isFalse();
        assertThat(machine.fitness().reason()).startsWith("IPv6 is disabled on eth0, so the VIP fd00::64 cannot be put")
                .contains("sysctl -w net.ipv6.conf.eth0.disable_ipv6=0");
        kernel.ipv6Disabled = false;
        take();
        kernel.ipv6Disabled = true;
        machine.kernelChanged();
        assertThat(machine.fitness().able()).as("to be handed over").isFalse();
        assertThat(relinquished).as("only to a member that can").isEmpty();
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
