package dev.hacp.vip.netlink;

import dev.hacp.core.MacAddress;

/// One network interface, as the kernel lists it (`struct ifinfomsg`).
///
/// @param ethernet whether frames on it carry Ethernet headers (`ARPHRD_ETHER`: also bond, VLAN, bridge, veth)
/// @param flags    `IFF_*`
public record LinkEntry(int index, String name, boolean ethernet, MacAddress mac, int flags) {

    private static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 0x10000;

    /// Set up by the administrator and with a carrier; a bond, VLAN or bridge has one while its lower links have.
    public boolean isUp() {
        return (flags & IFF_UP) != 0 && (flags & IFF_LOWER_UP) != 0;
    }
}
