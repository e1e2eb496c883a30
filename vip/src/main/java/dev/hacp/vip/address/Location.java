package dev.hacp.vip.address;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the VIPs belong on this node, and how good the link is there. Tells the journal what changes.
final class Location {

    /// What a look at the kernel's tables has changed for the link.
    enum Change {
        NONE,
        UP,
        DOWN
    }

    private final Optional<String> wanted;
    private final Journal journal;
    private final LinkHealth health = new LinkHealth();
    private Placement placement = new Placement.Nowhere("the address side has not started yet");
    private String namesProblem = "";
    private String waitingFor = "";

    /// @param wanted the interface asked for; empty = the one whose subnet holds the VIPs
    Location(Optional<String> wanted, Journal journal) {
        this.wanted = wanted;
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
        String before = interfaceName();
        placement = Placement.find(wanted, vips, links, addresses, Optional.ofNullable(holding ? link() : null));
        LinkEntry link = link();
        boolean up = link != null && link.isUp();
        // An interface that was never there has not gone down.
        boolean known = link != null || health.isUp();
        Change change = Change.NONE;
        if (known && health.observe(up, now)) {
            change = up ? Change.UP : Change.DOWN;
            journal.record(Journal.Kind.LINK, up ? "the VIP's interface is up again" : "the VIP's interface is down",
                    "interface", interfaceName().isEmpty() ? before : interfaceName());
        }
        String problem = problem(vips.isEmpty());
        if (!problem.equals(waitingFor)) {
            waitingFor = problem;
            if (!problem.isEmpty()) {
                journal.record(Journal.Kind.WAITING, "cannot hold the VIP on this node yet", "reason", problem);
            }
        }
        return change;
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

    /// Why the VIPs cannot be on this node; empty when they can.
    ///
    /// @param noVips whether no VIP is known
    String problem(boolean noVips) {
        if (noVips && !namesProblem.isEmpty()) {
            return namesProblem;
        }
        return placement instanceof Placement.Nowhere(String problem) ? problem : "";
    }

    Fitness fitness(boolean noVips, long now) {
        String problem = problem(noVips);
        return (problem.isEmpty() ? Fitness.FIT : Fitness.unfit(problem)).and(health.fitness(interfaceName(), now));
    }
}
