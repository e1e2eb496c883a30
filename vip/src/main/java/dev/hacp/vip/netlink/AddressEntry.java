package dev.hacp.vip.netlink;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;

/// One address of one interface, as the kernel lists it (`struct ifaddrmsg`).
///
/// @param flags            `IFA_F_*`
/// @param protocol         `IFA_PROTO`, 0 where the kernel does not have it (before 5.18)
/// @param label            `IFA_LABEL`, IPv4 only, else empty
/// @param preferredSeconds 0 = deprecated, `0xffff_ffffL` = forever
/// @param validSeconds     `0xffff_ffffL` = forever
public record AddressEntry(int interfaceIndex, InetAddress address, int prefixLength, int flags, int protocol,
        String label, long preferredSeconds, long validSeconds) {

    /// `IFA_PROTO` of the addresses that hacp puts; the kernel uses 1 to 3, others are free for programs.
    public static final int OUR_PROTOCOL = 0x68;
    static final String OUR_LABEL = ":hacp";
    public static final long FOR_EVER = 0xffff_ffffL;

    private static final int TENTATIVE = 0x40;
    private static final int DAD_FAILED = 0x08;
    private static final int NO_PREFIX_ROUTE = 0x200;

    /// Whether hacp put it: by protocol, or by label where the kernel is too old for protocols.
    public boolean isOurs() {
        return protocol == OUR_PROTOCOL || label.endsWith(OUR_LABEL);
    }

    /// Whether it looks exactly as hacp puts a VIP; the only mark left for IPv6 on a kernel without `IFA_PROTO`.
    public boolean looksLikeOurs() {
        return prefixLength == address.getAddress().length * 8 && preferredSeconds == 0
                && (flags & NO_PREFIX_ROUTE) != 0;
    }

    /// Not usable yet, or never: duplicate address detection runs or has failed.
    public boolean isTentative() {
        return (flags & (TENTATIVE | DAD_FAILED)) != 0;
    }

    @Override
    public String toString() {
        return IpAddresses.text(address) + "/" + prefixLength;
    }
}
