package dev.hacp.vip.address;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The VIPs in the kernel's address table: put and read back, re-armed, repaired, removed and read back as gone. Never
/// touches an address that hacp did not put.
final class OwnAddresses {

    /// How long the kernel may refuse a VIP before this node counts as one that cannot hold it.
    static final Duration PUT_PATIENCE = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(OwnAddresses.class);

    private final AddressTable table;
    private final TrackedVips vips;
    private final Duration fence;
    private final VipCounters counters;
    private final Journal journal;

    /// @param fence lifetime of a put without another one; zero = forever
    OwnAddresses(AddressTable table, TrackedVips vips, Duration fence, VipCounters counters, Journal journal) {
        this.table = table;
        this.vips = vips;
        this.fence = fence;
        this.counters = counters;
        this.journal = journal;
    }

    boolean isFenced() {
        return !fence.isZero();
    }

    /// Puts the VIPs that are not held and reads all of them back.
    void putAll(LinkEntry link) throws IOException {
        for (TrackedVip vip : vips.all()) {
            if (!vip.held) {
                table.put(link, vip.vip, fence);
                vip.putProblem = "";
                counters.puts.increment();
            }
        }
        vips.readBack(link, table.addresses());
        for (TrackedVip vip : vips.all()) {
            if (!vip.held) {
                throw new IOException("put " + vip.vip + " on " + link.name() + ": the kernel does not list it");
            }
        }
    }

    /// Renews the lifetime of every held VIP.
    void rearm(LinkEntry link, long now) {
        for (TrackedVip vip : vips.held()) {
            put(link, vip, now);
        }
    }

    /// Puts back what somebody removed, takes back what another program made its own; moves behind the node's own addresses
    /// what has become the first of them, and removes what is no longer configured.
    ///
    /// @param addresses the kernel's list, read back into the VIPs
    /// @return what was put back and must be announced
    List<TrackedVip> repair(LinkEntry link, List<AddressEntry> addresses, long now) {
        List<TrackedVip> repaired = new ArrayList<>();
        for (TrackedVip vip : vips.all()) {
            if (!vip.held && put(link, vip, now)) {
                vip.held = true;
                counters.puts.increment();
                counters.repairs.increment();
                if (isReplaced(vip.vip, link, addresses)) {
                    takenBack(vip, link, now);
                } else {
                    repaired.add(vip);
                }
            } else if (vip.held && isFirst(vip.vip, link, addresses)) {
                putLast(link, vip, now);
            }
        }
        if (addresses.stream().anyMatch(vips::isOutdated)) {
            removeOutdated();
        }
        return repaired;
    }

    /// Whether the very address is there without our mark: `ip address replace`, or a network manager's.
    private static boolean isReplaced(VirtualIp vip, LinkEntry link, List<AddressEntry> addresses) {
        return addresses.stream().anyMatch(entry -> entry.interfaceIndex() == link.index() && !entry.isOurs()
                && VipCheck.isWhole(entry) && entry.address().equals(vip.address()));
    }

    /// It was there all the time, so the LAN need not be told.
    private void takenBack(TrackedVip vip, LinkEntry link, long now) {
        if (vip.replacedLog.tryAcquire(now)) {
            journal.record(Journal.Kind.ADDRESS_REPAIRED,
                    "another program made the VIP its own: taken back, or it would stay "
                            + "here when the VIP moves",
                    "vip", vip.vip, "interface", link.name(), "times",
                    1 + vip.replacedLog.takeRefused());
        }
    }

    /// Whether the kernel accepts what is meant to be held.
    Fitness fitness(LinkEntry link, long now) {
        return vips.all().stream()
                .filter(vip -> !vip.putProblem.isEmpty() && now - vip.putFailsSince >= PUT_PATIENCE.toNanos())
                .findFirst()
                .map(vip -> Fitness
                        .unfit("the VIP " + vip.vip + " cannot be put on " + link.name() + ": " + vip.putProblem))
                .orElse(Fitness.FIT);
    }

    private boolean put(LinkEntry link, TrackedVip vip, long now) {
        try {
            table.put(link, vip.vip, fence);
            vip.putProblem = "";
            return true;
        } catch (IOException e) {
            vip.putFailsSince = vip.putProblem.isEmpty() ? now : vip.putFailsSince;
            vip.putProblem = String.valueOf(e.getMessage());
            if (vip.failureLog.tryAcquire(now)) {
                log.atWarn().addKeyValue("vip", vip.vip).addKeyValue("interface", link.name())
                        .addKeyValue("reason", String.valueOf(e.getMessage())).log("cannot add the VIP");
            }
            return false;
        }
    }

    /// Programs take the first IPv4 address of an interface (SIOCGIFADDR, man 7 netdevice) for the node's own.
    private static boolean isFirst(VirtualIp vip, LinkEntry link, List<AddressEntry> addresses) {
        List<AddressEntry> own = addresses.stream()
                .filter(e -> e.interfaceIndex() == link.index() && e.address().getAddress().length == 4).toList();
        return own.size() > 1 && own.getFirst().isOurs() && own.getFirst().address().equals(vip.address())
                && own.stream().anyMatch(e -> !e.isOurs());
    }

    private void putLast(LinkEntry link, TrackedVip vip, long now) {
        try {
            table.remove(link.index(), vip.vip);
        } catch (IOException e) {
            log.atWarn().addKeyValue("vip", vip.vip).addKeyValue("reason", String.valueOf(e.getMessage()))
                    .log("cannot move the VIP behind the node's own address");
        }
        vip.held = put(link, vip, now);
    }

    /// Removes every VIP, also those no longer configured.
    ///
    /// @return empty when the kernel lists none of them, else one clause
    String removeAll() {
        String problem = remove(vips::isOurs);
        if (problem.isEmpty()) {
            vips.noneHeld();
        }
        return problem;
    }

    /// Removes the VIPs that are no longer configured. What fails is tried again with the next repair.
    void removeOutdated() {
        String problem = remove(vips::isOutdated);
        if (!problem.isEmpty()) {
            log.warn("cannot remove a VIP that is no longer configured: {}", problem);
        }
    }

    private String remove(Predicate<AddressEntry> which) {
        String problem = "";
        try {
            boolean found = false;
            for (AddressEntry entry : table.addresses()) {
                if (which.test(entry)) {
                    found = true;
                    String failure = remove(entry);
                    problem = problem.isEmpty() ? failure : problem;
                }
            }
            List<AddressEntry> left = found ? table.addresses().stream().filter(which).toList() : List.of();
            return left.isEmpty() ? "" : problem.isEmpty() ? "the kernel still lists " + left : problem;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// One that cannot be removed must not keep the others.
    private String remove(AddressEntry entry) {
        VirtualIp vip = new VirtualIp(entry.address());
        try {
            table.remove(entry.interfaceIndex(), vip);
            counters.removes.increment();
            journal.record(Journal.Kind.ADDRESS_REMOVED, "VIP removed", "vip", vip);
            return "";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
