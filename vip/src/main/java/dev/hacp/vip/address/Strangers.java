package dev.hacp.vip.address;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.MacAddress;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.NeighbourEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who else may answer for a VIP: a former owner whose kernel has not let go yet is expected; a stranger, and a member that
/// never owned it, is an error.
final class Strangers {

    /// While a stranger is known it is asked this often whether it is still there.
    static final Duration ASK_AGAIN = Duration.ofSeconds(10);
    /// Without an answer for this long it is gone.
    static final Duration FORGET = Duration.ofSeconds(12);
    /// An owner that was in place this long had the VIP (one that meets a stranger gives up after a quarter of it): what still
    /// answers for it afterwards is its kernel.
    static final Duration ESTABLISHED = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(Strangers.class);

    private final AddressTable table;
    private final Journal journal;
    private final Supplier<Map<InetAddress, String>> members;
    private final long startedAt;
    /// When each member was last seen as the owner.
    private final Map<String, Long> owners = new HashMap<>();
    private @Nullable Object owner;
    private long ownerSince;
    private boolean established;
    private @Nullable VirtualIp vip;
    private @Nullable MacAddress mac;
    private String problem = "";
    private long heardAt;
    private long askAt;

    /// @param members addresses of this cluster's nodes, and their names where known
    Strangers(AddressTable table, Supplier<Map<InetAddress, String>> members, Journal journal, long now) {
        this.table = table;
        this.journal = journal;
        this.members = members;
        this.startedAt = now;
    }

    /// Watches who leads, so that a takeover from an established owner need not ask first.
    void observe(Leadership leadership, long now) {
        Object current = leadership instanceof Leadership.Follower f ? f.leader().orElse(null) : this;
        if (current instanceof NodeName name) {
            owners.put(name.value(), now);
        }
        if (current == null) {
            owner = null;
        } else if (!current.equals(owner)) {
            owner = current;
            ownerSince = now;
        } else if (now - ownerSince >= ESTABLISHED.toNanos()) {
            established = true;
        }
    }

    /// Whether the LAN must be asked before the VIP is taken: no member has held it since we started watching.
    boolean mustProbe() {
        return !established;
    }

    /// We hold it: from now on other answers are conflicts to defend against.
    void held() {
        established = true;
    }

    /// A member's MAC address is known from the kernel's neighbour table: the member channel talks to it all the time.
    ///
    /// @return the node's name, which may be empty where only its address is known; empty for a stranger
    Optional<String> member(MacAddress claimer) {
        Map<InetAddress, String> known = members.get();
        @Nullable
        String found = null;
        try {
            for (NeighbourEntry entry : table.neighbours()) {
                String name = entry.mac().equals(claimer) ? known.get(entry.address()) : null;
                if (name != null && (found == null || found.isEmpty())) {
                    found = name;
                }
            }
        } catch (IOException e) {
            log.warn("cannot tell whether {} is a member: {}", claimer, e.getMessage());
        }
        return Optional.ofNullable(found);
    }

    /// Whether the member may have had the VIP at that time or later.
    ///
    /// @param name empty where only the node's address is known
    boolean mayHaveOwned(String name, long since) {
        if (startedAt - since >= 0) {
            // Anyone who had it before this process began.
            return true;
        }
        owners.values().removeIf(seen -> seen - since < 0);
        return owners.containsKey(name) || (name.isEmpty() && !members.get().values().containsAll(owners.keySet()));
    }

    /// A machine that must not have the VIP has answered a probe.
    ///
    /// @param remedy what it is, and what must be done about it
    void found(VirtualIp claimed, MacAddress by, String remedy, long now) {
        vip = claimed;
        mac = by;
        problem = remedy;
        heardAt = now;
        askAt = now + ASK_AGAIN.toNanos();
        established = false;
    }

    /// Somebody claims `claimed` while we do not hold it.
    void heard(VirtualIp claimed, MacAddress by, long now) {
        if (by.equals(mac) && claimed.equals(vip)) {
            heardAt = now;
        }
    }

    /// Which VIP must be asked about now.
    @Nullable
    VirtualIp dueQuestion(long now) {
        if (mac == null) {
            return null;
        }
        if (now - heardAt >= FORGET.toNanos()) {
            journal.record(Journal.Kind.CONFLICT_ENDED, "the other machine no longer answers for the VIP", "vip", vip,
                    "mac", mac);
            mac = null;
            vip = null;
            return null;
        }
        if (now - askAt < 0) {
            return null;
        }
        askAt = now + ASK_AGAIN.toNanos();
        return vip;
    }

    /// The next instant at which [#dueQuestion] has something to do.
    long next(long none) {
        return mac == null ? none : Math.min(askAt, heardAt + FORGET.toNanos());
    }

    Fitness fitness() {
        return mac == null ? Fitness.FIT : Fitness.unfit(problem);
    }
}
