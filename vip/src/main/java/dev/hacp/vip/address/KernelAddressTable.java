package dev.hacp.vip.address;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.NeighbourEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The real tables, of the network namespace of the thread that makes this.
final class KernelAddressTable implements AddressTable, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KernelAddressTable.class);
    /// Addresses of documentation (RFC 5737, RFC 3849) on an interface that cannot exist.
    private static final List<String> NOWHERE_ADDRESSES = List.of("192.0.2.1", "2001:db8::1");
    private static final LinkEntry NOWHERE = new LinkEntry(Integer.MAX_VALUE, "nowhere", false, MacAddress.ZERO, 0);

    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf");

    private final RtNetlink netlink;

    KernelAddressTable() throws IOException {
        netlink = RtNetlink.open();
        rehearse();
    }

    /// Puts and removes what the kernel refuses (ENODEV). The first request of its kind costs up to 10 ms of class loading,
    /// which a takeover should not pay for.
    private void rehearse() {
        for (String text : NOWHERE_ADDRESSES) {
            VirtualIp address = VirtualIp.parse(text);
            try {
                remove(NOWHERE.index(), address);
                put(NOWHERE, address, Duration.ofSeconds(2));
            } catch (IOException e) {
                log.trace("as expected: {}", e.getMessage());
            }
        }
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

    /// The file is of the calling thread's namespace; a kernel without IPv6 has none.
    @Override
    public boolean isIpv6Disabled(LinkEntry link) {
        try {
            return !Files.readString(IPV6.resolve(link.name()).resolve("disable_ipv6")).startsWith("0");
        } catch (IOException e) {
            return !Files.exists(IPV6);
        }
    }

    @Override
    public void close() {
        netlink.close();
    }
}
