package dev.hacp.vip.address;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where the VIPs belong, or why they cannot be anywhere on this node.
sealed interface Placement {

    record On(LinkEntry link) implements Placement {}

    /// @param problem one sentence with the remedy
    record Nowhere(String problem) implements Placement {}

    /// @param wanted  the interface asked for; empty = the one whose subnet holds the VIPs
    /// @param current where they are held now; good enough while it exists and no interface has their subnet. What is held is
    ///                not given up for a copy of it elsewhere on this node.
    static Placement find(Optional<String> wanted, Collection<VirtualIp> vips, List<LinkEntry> links,
            List<AddressEntry> addresses, Optional<LinkEntry> current) {
        if (current.isEmpty()) {
            for (VirtualIp vip : vips) {
                Optional<String> problem = VipCheck.problem(vip, addresses, links);
                if (problem.isPresent()) {
                    return new Nowhere(
                            "the VIP " + vip + " " + problem.get() + ": choose an address that no machine has");
                }
            }
        }
        return wanted.map(name -> named(name, links)).orElseGet(() -> bySubnet(vips, links, addresses, current));
    }

    /// An address of this node that is a VIP and was not put by hacp.
    ///
    /// @param held where the VIPs are held: what another program made its own there is taken back, and is no copy
    static Optional<AddressEntry> copy(Collection<VirtualIp> vips, List<AddressEntry> addresses,
            Optional<LinkEntry> held) {
        return addresses.stream().filter(entry -> !entry.isOurs())
                .filter(entry -> vips.stream().anyMatch(vip -> vip.address().equals(entry.address())))
                .filter(entry -> held.filter(link -> link.index() == entry.interfaceIndex()).isEmpty()
                        || !VipCheck.isWhole(entry))
                .findFirst();
    }

    private static Placement named(String name, List<LinkEntry> links) {
        for (LinkEntry link : links) {
            if (link.name().equals(name)) {
                return usable(link, links);
            }
        }
        String there = links.stream().filter(LinkEntry::ethernet).map(LinkEntry::name)
                .collect(Collectors.joining(", "));
        return new Nowhere("interface " + name + " does not exist on this node (there are: " + there
                + "): correct --interface, or leave it out");
    }

    private static Placement usable(LinkEntry link, List<LinkEntry> links) {
        if (!link.ethernet()) {
            return new Nowhere(
                    "interface " + link.name() + " is not an Ethernet interface, so a VIP cannot be announced "
                            + "on it: choose another with --interface");
        }
        if (link.portOf() != 0) {
            String master = name(links, link.portOf());
            return new Nowhere(
                    "interface " + link.name() + " is a port of " + master + ", which gets its frames, so nobody "
                            + "would be answered on it: give --interface " + master + ", or leave it out");
        }
        return new On(link);
    }

    private static Placement bySubnet(Collection<VirtualIp> vips, List<LinkEntry> links,
            List<AddressEntry> addresses, Optional<LinkEntry> current) {
        Optional<LinkEntry> found = Optional.empty();
        for (VirtualIp vip : vips) {
            Optional<LinkEntry> link = holding(vip, links, addresses).or(() -> current.flatMap(c -> same(c, links)));
            if (link.isEmpty()) {
                return new Nowhere("the VIP " + vip + " is in no subnet of this node: choose an address of the nodes' "
                        + "subnet, or name the interface with --interface");
            }
            if (found.isPresent() && found.get().index() != link.get().index()) {
                return new Nowhere("the VIPs belong to two interfaces, " + found.get().name() + " and "
                        + link.get().name() + ": all VIPs of one agent share an interface, name it with --interface");
            }
            found = link;
        }
        return found.map(link -> usable(link, links))
                .orElseGet(() -> new Nowhere("no VIP is known yet"));
    }

    private static Optional<LinkEntry> holding(VirtualIp vip, List<LinkEntry> links, List<AddressEntry> addresses) {
        AddressEntry best = null;
        for (AddressEntry entry : addresses) {
            // /32 and /128 are no subnets, nor is a copy of the VIP; the longest prefix wins, as in routing.
            boolean subnet = !VipCheck.isWhole(entry) && !entry.isOurs() && !entry.address().equals(vip.address());
            if (subnet && IpAddresses.sameSubnet(entry.address(), vip.address(), entry.prefixLength())
                    && (best == null || entry.prefixLength() > best.prefixLength())) {
                best = entry;
            }
        }
        int index = best == null ? -1 : best.interfaceIndex();
        return links.stream().filter(link -> link.index() == index).findFirst();
    }

    private static Optional<LinkEntry> same(LinkEntry current, List<LinkEntry> links) {
        return links.stream().filter(link -> link.index() == current.index() && link.name().equals(current.name()))
                .findFirst();
    }

    private static String name(List<LinkEntry> links, int index) {
        return links.stream().filter(link -> link.index() == index).map(LinkEntry::name).findFirst()
                .orElse("interface " + index);
    }
}
