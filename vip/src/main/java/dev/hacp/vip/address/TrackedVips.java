package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The VIPs that are configured now with what is known about each, and those that were earlier in this run: a DNS name
/// may have moved on. Of the thread `hacp-vip`.
final class TrackedVips {

    private final Duration garpInterval;
    private final Map<VirtualIp, TrackedVip> meant = new TreeMap<>();
    private final Set<VirtualIp> everMeant = new TreeSet<>();

    TrackedVips(Duration garpInterval) {
        this.garpInterval = garpInterval;
    }

    /// Exactly these are configured from now on; what is known of those that stay is kept.
    void mean(Set<VirtualIp> vips) {
        everMeant.addAll(vips);
        meant.keySet().retainAll(vips);
        vips.forEach(vip -> meant.computeIfAbsent(vip, v -> new TrackedVip(v, garpInterval)));
    }

    Collection<TrackedVip> all() {
        return Collections.unmodifiableCollection(meant.values());
    }

    Set<VirtualIp> addresses() {
        return Collections.unmodifiableSet(meant.keySet());
    }

    boolean isEmpty() {
        return meant.isEmpty();
    }

    @Nullable
    TrackedVip get(VirtualIp vip) {
        return meant.get(vip);
    }

    List<TrackedVip> held() {
        return meant.values().stream().filter(vip -> vip.held).toList();
    }

    boolean allHeld() {
        return meant.values().stream().allMatch(vip -> vip.held);
    }

    /// Takes from the kernel's list which of them are there, ours and usable.
    void readBack(LinkEntry link, List<AddressEntry> addresses) {
        for (TrackedVip vip : meant.values()) {
            vip.held = addresses.stream().anyMatch(entry -> entry.interfaceIndex() == link.index() && entry.isOurs()
                    && !entry.isTentative() && entry.address().equals(vip.vip.address()));
        }
    }

    void noneHeld() {
        meant.values().forEach(vip -> vip.held = false);
    }

    /// Whether hacp put this address: for a VIP that it is, or was, told to hold. Another hacp on this node has others.
    boolean isOurs(AddressEntry entry) {
        return entry.isOurs() && contains(everMeant, entry.address());
    }

    /// Whether hacp put this address for a VIP that is no longer configured.
    boolean isOutdated(AddressEntry entry) {
        return isOurs(entry) && !contains(meant.keySet(), entry.address());
    }

    private static boolean contains(Set<VirtualIp> vips, InetAddress address) {
        return vips.stream().anyMatch(vip -> vip.address().equals(address));
    }
}
