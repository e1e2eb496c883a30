package dev.hacp.vip.address;

import dev.hacp.core.Fitness;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where the VIPs belong on this node, and how good the link is there. Tells the journal what changes.
final class Location {

    /// What a look at the kernel's tables has changed for the link.
    enum Change {
        NONE,
        UP,
        DOWN,
        /// It is another one, or has another MAC address: what the LAN has learned is wrong.
        MOVED,
        /// It is up, and cannot carry the VIPs any longer.
        UNUSABLE
    }

    private final Optional<String> wanted;
    private final Predicate<LinkEntry> ipv6Disabled;
    private final Journal journal;
    private final LinkHealth health = new LinkHealth();
    private Placement placement = new Placement.Nowhere("the address keeper has not started yet");
    private @Nullable LinkEntry last;
    private String namesProblem = "";
    private String ipv6Problem = "";
    private String waitingFor = "";
    private String copied = "";
    private String copy = "";

    /// @param wanted       the interface asked for; empty = the one whose subnet holds the VIPs
    /// @param ipv6Disabled whether an interface can have no IPv6 address
    Location(Optional<String> wanted, Predicate<LinkEntry> ipv6Disabled, Journal journal) {
        this.wanted = wanted;
        this.ipv6Disabled = ipv6Disabled;
        this.journal = journal;
    }

    /// @param problem why a VIP that is given by name has no address; empty when all have
    void names(String problem) {
        namesProblem = problem;
    }

    /// @param holding whether the VIPs are on this node: then they stay where they are while the node's own addresses
    ///                are gone for a moment, as `ip addr flush` and a restart of the network service do it
    Change observe(Collection<VirtualIp> vips, List<LinkEntry> links, List<AddressEntry> addresses, boolean holding,
            long now) {
        LinkEntry before = link();
        placement = Placement.find(wanted, vips, links, addresses, Optional.ofNullable(holding ? before : null));
        LinkEntry link = link();
        Change change = change(before, link, links, now);
        ipv6Problem = ipv6Problem(vips, link);
        copies(Placement.copy(vips, addresses, Optional.ofNullable(holding ? link : null)), links);
        String problem = problem(vips.isEmpty());
        if (!problem.equals(waitingFor)) {
            waitingFor = problem;
            // A copy has had a line of its own.
            if (!problem.isEmpty() && copy.isEmpty()) {
                journal.record(Journal.Kind.WAITING, holding
                        ? "this node cannot hold all of its VIPs any longer"
                        : "this node cannot hold the VIP yet", "reason", problem);
            }
        }
        return change;
    }

    private Change change(@Nullable LinkEntry before, @Nullable LinkEntry link, List<LinkEntry> links, long now) {
        LinkEntry looked = link != null ? link : find(last, links);
        boolean up = looked != null && looked.isUp();
        LinkEntry known = link != null ? link : last;
        // An interface that was never there has not gone down.
        if ((link != null || health.isUp()) && health.observe(up, now)) {
            journal.record(Journal.Kind.LINK, up ? "the VIP's interface is up again" : "the VIP's interface is down",
                    "interface", known == null ? "" : known.name());
            last = known;
            return up ? Change.UP : Change.DOWN;
        }
        last = known;
        if (before == null) {
            return Change.NONE;
        }
        if (link == null) {
            return up ? Change.UNUSABLE : Change.NONE;
        }
        if (!link.mac().equals(before.mac())) {
            journal.record(Journal.Kind.LINK, "the VIP's interface has another MAC address", "interface", link.name(),
                    "mac", link.mac());
            return Change.MOVED;
        }
        return link.index() != before.index() ? Change.MOVED : Change.NONE;
    }

    private static @Nullable LinkEntry find(@Nullable LinkEntry wanted, List<LinkEntry> links) {
        return wanted == null
                ? null
                : links.stream().filter(link -> link.index() == wanted.index()).findFirst().orElse(null);
    }

    private String ipv6Problem(Collection<VirtualIp> vips, @Nullable LinkEntry link) {
        if (link == null || !ipv6Disabled.test(link)) {
            return "";
        }
        return vips.stream().filter(VirtualIp::isIpv6).findFirst()
                .map(vip -> "IPv6 is disabled on " + link.name() + ", so the VIP " + vip
                        + " cannot be put there: sysctl -w "
                        + "net.ipv6.conf." + link.name() + ".disable_ipv6=0, and see what sets it")
                .orElse("");
    }

    /// The VIP as an address of this node itself stays here when the VIP moves, and two machines answer for it then.
    private void copies(Optional<AddressEntry> found, List<LinkEntry> links) {
        String where = found.map(entry -> VipCheck.where(entry, links)).orElse("");
        if (where.equals(copy)) {
            return;
        }
        copy = where;
        if (found.isPresent()) {
            copied = IpAddresses.text(found.get().address());
            journal.record(Journal.Kind.CONFLICT,
                    "this node has the VIP as an address of its own, which stays here when "
                            + "the VIP moves: remove it, or choose another VIP",
                    "vip", copied, "address", where);
        } else {
            journal.record(Journal.Kind.CONFLICT_ENDED, "the VIP is no longer an address of this node itself", "vip",
                    copied);
        }
    }

    /// The interface of the VIPs; null while there is none.
    @Nullable
    LinkEntry link() {
        return placement instanceof Placement.On(LinkEntry link) ? link : null;
    }

    /// Empty while there is none.
    String interfaceName() {
        return placement instanceof Placement.On(LinkEntry link) ? link.name() : "";
    }

    boolean isUp() {
        return health.isUp();
    }

    Duration holdDown() {
        return health.holdDown();
    }

    /// Why the VIPs cannot all be on this node; empty when they can.
    ///
    /// @param noVips whether no VIP is known
    String problem(boolean noVips) {
        if (noVips && !namesProblem.isEmpty()) {
            return namesProblem;
        }
        return placement instanceof Placement.Nowhere(String problem) ? problem : ipv6Problem;
    }

    Fitness fitness(boolean noVips, long now) {
        String problem = problem(noVips);
        Fitness copyFree = copy.isEmpty()
                ? Fitness.FIT
                : Fitness
                        .reluctant("the VIP is an address of this node itself as well (" + copy + "): remove it there");
        String name = last == null ? "" : last.name();
        return (problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem)).and(copyFree)
                .and(health.fitness(name, now));
    }
}
