package dev.hacp.vip.address;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which address can be a VIP: none that a machine has for itself, and none that a subnet keeps for all of its machines.
public final class VipCheck {

    private static final Logger log = LoggerFactory.getLogger(VipCheck.class);
    private static final String EXPECTED = " (expected: an address of the nodes' subnet that no machine has)";

    private VipCheck() {}

    /// What this machine's addresses say against the VIPs. One with a whole prefix (/32, /128) says nothing: another program
    /// may hold the VIP as such, and leave it to hacp later.
    ///
    /// @return one sentence for each of them; of the network namespace of the calling thread
    public static List<String> problems(Collection<VirtualIp> vips) {
        try (RtNetlink kernel = RtNetlink.open()) {
            List<LinkEntry> links = kernel.links();
            List<AddressEntry> addresses = kernel.addresses().stream().filter(entry -> !isWhole(entry)).toList();
            List<String> problems = new ArrayList<>();
            for (VirtualIp vip : vips) {
                problem(vip, addresses, links).ifPresent(text -> problems.add("vip: " + vip + " " + text + EXPECTED));
            }
            return problems;
        } catch (LinuxException e) {
            // The address keeper will say so, and look again.
            log.debug("cannot list this machine's addresses: {}", e.getMessage());
            return List.of();
        }
    }

    /// What the addresses of this machine say against the VIP: one clause.
    static Optional<String> problem(VirtualIp vip, List<AddressEntry> addresses, List<LinkEntry> links) {
        AddressEntry subnet = null;
        for (AddressEntry entry : addresses) {
            if (entry.address().equals(vip.address()) && !entry.isOurs()) {
                return Optional.of("is this node's own address (" + where(entry, links) + ")");
            }
            // The narrowest subnet counts, as in routing.
            if (!isWhole(entry) && IpAddresses.sameSubnet(entry.address(), vip.address(), entry.prefixLength())
                    && (subnet == null || entry.prefixLength() > subnet.prefixLength())) {
                subnet = entry;
            }
        }
        if (subnet == null) {
            return Optional.empty();
        }
        String where = where(subnet, links);
        return reserved(vip.address(), subnet.prefixLength())
                .map(what -> "is the " + what + " of the subnet of " + where);
    }

    /// What a subnet keeps the address for; empty when a machine can have it.
    public static Optional<String> reserved(InetAddress address, int prefixLength) {
        byte[] raw = address.getAddress();
        int bits = raw.length * 8;
        // RFC 3021 and RFC 6164: of a subnet of two, machines have both.
        if (prefixLength >= bits - 1) {
            return Optional.empty();
        }
        boolean zeros = true;
        boolean ones = true;
        for (int bit = prefixLength; bit < bits; bit++) {
            boolean set = (raw[bit / 8] >> (7 - bit % 8) & 1) != 0;
            zeros &= !set;
            ones &= set;
        }
        if (raw.length == 16) {
            // RFC 4291 2.6.1: every router of the subnet has it.
            return zeros ? Optional.of("anycast address of the routers") : Optional.empty();
        }
        return zeros ? Optional.of("network address") : ones ? Optional.of("broadcast address") : Optional.empty();
    }

    /// Whether it is an address alone, without a subnet.
    static boolean isWhole(AddressEntry entry) {
        return entry.prefixLength() == entry.address().getAddress().length * 8;
    }

    /// `10.0.0.1/24 on eth0`
    static String where(AddressEntry entry, List<LinkEntry> links) {
        return entry + " on " + links.stream().filter(link -> link.index() == entry.interfaceIndex())
                .map(LinkEntry::name).findFirst().orElse("interface " + entry.interfaceIndex());
    }
}
