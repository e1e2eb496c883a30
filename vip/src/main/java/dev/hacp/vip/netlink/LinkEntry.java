package dev.hacp.vip.netlink;

import dev.hacp.core.MacAddress;

/// One network interface, as the kernel lists it (`struct ifinfomsg`).
///
/// @param ethernet whether frames on it carry Ethernet headers (`ARPHRD_ETHER`: also bond, VLAN, bridge, veth)
/// @param flags    `IFF_*`
/// @param portOf   index of the bridge, bond or team that takes its frames (`IFLA_MASTER`); 0 = none. A VRF takes none.
public record LinkEntry(int index, String name, boolean ethernet, MacAddress mac, int flags, int portOf) {

    private static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 0x10000;

    /// An interface of its own.
    public LinkEntry(int index, String name, boolean ethernet, MacAddress mac, int flags) {
        this(index, name, ethernet, mac, flags, 0);
    }

    /// Set up by the administrator and with a carrier; a bond, VLAN or bridge has one while its lower links have.
    public boolean isUp() {
        return (flags & IFF_UP) != 0 && (flags & IFF_LOWER_UP) != 0;
    }
}
