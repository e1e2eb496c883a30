package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the VIPs those that are meant, but for one that a name resolves to and that cannot be a VIP: while VIPs are held,
/// they stay as they are then. What is given as an address stays meant; its placement says what is wrong with it.
final class VipTargets {

    private static final Logger log = LoggerFactory.getLogger(VipTargets.class);

    private final AddressTable table;
    private final Set<VirtualIp> literals;
    private final TrackedVips vips;
    private String refused = "";

    VipTargets(AddressTable table, List<VirtualIp> literals, TrackedVips vips) {
        this.table = table;
        this.literals = Set.copyOf(literals);
        this.vips = vips;
    }

    /// @return why a name's address was refused; empty when none was
    String mean(Set<VirtualIp> meant) {
        Set<VirtualIp> usable = new TreeSet<>(meant);
        String problem = removeUnusable(usable);
        if (!problem.isEmpty() && !problem.equals(refused)) {
            log.warn("{}", problem);
        }
        refused = problem;
        if (problem.isEmpty() || vips.held().isEmpty()) {
            vips.mean(usable);
        }
        return problem;
    }

    private String removeUnusable(Set<VirtualIp> meant) {
        String problem = "";
        try {
            List<AddressEntry> addresses = table.addresses().stream().filter(entry -> !VipCheck.isWhole(entry))
                    .toList();
            List<LinkEntry> links = table.links();
            for (VirtualIp vip : List.copyOf(meant)) {
                TrackedVip known = vips.get(vip);
                Optional<String> found = literals.contains(vip) || (known != null && known.held)
                        ? Optional.empty()
                        : VipCheck.problem(vip, addresses, links);
                if (found.isPresent()) {
                    meant.remove(vip);
                    problem = "the VIP's name resolves to " + vip + ", which " + found.get()
                            + ": correct it in DNS or in /etc/hosts, or give the address";
                }
            }
        } catch (IOException e) {
            log.debug("cannot look at what a name resolves to: {}", e.getMessage());
        }
        return problem;
    }
}
