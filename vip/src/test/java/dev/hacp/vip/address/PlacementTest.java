package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.LinkEntry;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlacementTest {

    private final FakeKernel kernel = new FakeKernel();

    private String find(String wanted, String... vips) {
        Placement placement = Placement.find(Optional.of(wanted).filter(name -> !name.isEmpty()),
                Stream.of(vips).map(VirtualIp::parse).toList(), kernel.links(), kernel.addresses(), Optional.empty());
        return switch (placement) {
            case Placement.On(LinkEntry link) -> link.name();
            case Placement.Nowhere(String problem) -> problem;
        };
    }

    @Test
    void theInterfaceIsTheOneWhoseSubnetHoldsTheVipTheNarrowestOfSeveral() {
        kernel.link(3, "eth1", true);
        kernel.own(3, "10.0.0.129", 25);
        kernel.own(3, "fd00::1", 64);
        assertThat(find("", "10.0.0.100")).isEqualTo("eth0");
        assertThat(find("", "10.0.0.200")).isEqualTo("eth1");
        assertThat(find("", "10.0.0.200", "fd00::64")).isEqualTo("eth1");
    }

    @Test
    void eachReasonNamesTheRemedy() {
        assertThat(find("", "192.168.7.7")).contains("192.168.7.7 is in no subnet of this node", "--interface");
        assertThat(find("eth9", "10.0.0.100")).contains("interface eth9 does not exist", "eth0", "--interface");
        assertThat(find("", "10.0.0.1")).contains("10.0.0.1 is this node's own address (10.0.0.1/24 on eth0)");
        assertThat(find("eth0", "192.168.7.7")).as("a named interface needs no subnet").isEqualTo("eth0");
        kernel.link(3, "eth1", true);
        kernel.own(3, "fd00::1", 64);
        assertThat(find("", "10.0.0.100", "fd00::64")).contains("two interfaces, eth0 and eth1", "--interface");
        kernel.links.add(new LinkEntry(9, "wg0", false, FakeKernel.OWN_MAC, 0x10001));
        assertThat(find("wg0", "10.0.0.100")).contains("wg0 is not an Ethernet interface");
        assertThat(find("", "10.0.0.255")).contains("10.0.0.255 is the broadcast address of the subnet of 10.0.0.1/24");
        kernel.link(4, "br0", true);
        kernel.port("eth0", "br0");
        assertThat(find("", "10.0.0.100")).contains("eth0 is a port of br0", "--interface br0");
    }

    @Test
    void aVipThatIsAlreadyOursIsNotTheNodesOwnAddressAndMakesNoSubnet() {
        kernel.leftover(2, "10.0.0.100");
        assertThat(find("", "10.0.0.100")).isEqualTo("eth0");
        assertThat(Placement.find(Optional.empty(), List.of(), kernel.links(), kernel.addresses(), Optional.empty()))
                .isEqualTo(new Placement.Nowhere("no VIP is known yet"));
    }
}
