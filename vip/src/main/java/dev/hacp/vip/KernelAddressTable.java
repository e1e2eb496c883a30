package dev.hacp.vip;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.NeighbourEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// The real tables, of the network namespace of the thread that makes this.
final class KernelAddressTable implements AddressTable, AutoCloseable {

    private final RtNetlink netlink;

    KernelAddressTable() throws IOException {
        netlink = RtNetlink.open();
    }

    @Override
    public List<LinkEntry> links() throws IOException {
        return netlink.links();
    }

    @Override
    public List<AddressEntry> addresses() throws IOException {
        List<AddressEntry> entries = netlink.addresses();
        return netlink.kernelMarks() ? entries : entries.stream().map(KernelAddressTable::markByLook).toList();
    }

    /// Before 5.18 nothing marks an IPv6 address; no tool makes /128, deprecated and noprefixroute by accident.
    private static AddressEntry markByLook(AddressEntry e) {
        return e.address().getAddress().length == 16 && e.looksLikeOurs()
                ? new AddressEntry(e.interfaceIndex(), e.address(), e.prefixLength(), e.flags(),
                        AddressEntry.OUR_PROTOCOL, e.label(), e.preferredSeconds(), e.validSeconds())
                : e;
    }

    @Override
    public List<NeighbourEntry> neighbours() throws IOException {
        return netlink.neighbours();
    }

    @Override
    public void put(LinkEntry link, VirtualIp vip, Duration valid) throws IOException {
        netlink.put(link, vip.address(), valid);
    }

    @Override
    public void remove(int interfaceIndex, VirtualIp vip) throws IOException {
        netlink.remove(interfaceIndex, vip.address());
    }

    @Override
    public void close() {
        netlink.close();
    }
}
