package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.NetlinkEvent;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// Which of the kernel's reports make the machine look at the tables.
class KernelEventsTest {

    private int looks;
    private int paths;
    private final KernelEvents events = new KernelEvents("eth0"::equals, () -> looks++, () -> paths++,
            new CountDownLatch(1));

    private static AddressEntry address(int protocol) {
        return new AddressEntry(2, IpAddresses.parse("10.0.0.100").orElseThrow(), 32, 0, protocol, "", 0, 3);
    }

    private static LinkEntry link(String name) {
        return new LinkEntry(2, name, true, MacAddress.ZERO, 1);
    }

    @Test
    void reportsThatTheKernelDroppedAreAReasonToLook() {
        events.heard(new NetlinkEvent.Overrun());
        assertThat(looks).isEqualTo(1);
    }

    @Test
    void aRemovalIsAReasonToLookAlsoWhenItIsOurOwnAddress() {
        events.heard(new NetlinkEvent.AddressRemoved(address(AddressEntry.OUR_PROTOCOL)));
        assertThat(looks).isEqualTo(1);
    }

    @Test
    void ourOwnReArmingIsNoReasonToLookButAnAddressOfSomebodyElseIs() {
        events.heard(new NetlinkEvent.AddressAdded(address(AddressEntry.OUR_PROTOCOL)));
        assertThat(looks).isZero();
        events.heard(new NetlinkEvent.AddressAdded(address(0)));
        assertThat(looks).isEqualTo(1);
    }

    @Test
    void onlyALinkThatConcernsTheVipsIsAReasonToLook() {
        events.heard(new NetlinkEvent.LinkChanged(link("veth7")));
        events.heard(new NetlinkEvent.LinkRemoved(link("veth7")));
        assertThat(looks).isZero();
        events.heard(new NetlinkEvent.LinkChanged(link("eth0")));
        events.heard(new NetlinkEvent.LinkRemoved(link("eth0")));
        assertThat(looks).isEqualTo(2);
    }

    @Test
    void anotherPathToTheInterfaceOfTheVipsIsToldAsSuch() {
        events.heard(new NetlinkEvent.PathChanged(link("veth7")));
        events.heard(new NetlinkEvent.LinkChanged(link("eth0")));
        assertThat(paths).isZero();
        events.heard(new NetlinkEvent.PathChanged(link("eth0")));
        assertThat(paths).isEqualTo(1);
        assertThat(looks).isEqualTo(2);
    }
}
