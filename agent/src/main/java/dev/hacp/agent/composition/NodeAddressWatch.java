package dev.hacp.agent.composition;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.address.VipStatus;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Where this node is reached, from its start on. A DHCP server, or a person, may give a running node another address.
final class NodeAddressWatch {

    /// How long the VIP's interface is waited for before any address of the node is taken for its own.
    private static final Duration PLACEMENT = Duration.ofSeconds(3);

    private final Supplier<VipStatus> placed;
    private final Supplier<Set<VirtualIp>> vips;
    private final Consumer<Reachable> changed;
    private final Journal journal;
    private final Ticker ticker;
    private String interfaceName = "";
    private volatile Reachable reachable;

    /// @param listen  where the channel to the members listens
    /// @param changed told of each change, on the thread that looks
    NodeAddressWatch(HostPort listen, Supplier<VipStatus> placed, Supplier<Set<VirtualIp>> vips,
            Consumer<Reachable> changed, Journal journal, Ticker ticker) {
        this.placed = placed;
        this.vips = vips;
        this.changed = changed;
        this.journal = journal;
        this.ticker = ticker;
        this.reachable = new Reachable(listen, List.of());
    }

    /// Waits for the first address: of the VIP's interface as soon as that is known. A node whose network is not up yet
    /// has none.
    void await() throws InterruptedException {
        long patience = ticker.nanos() + PLACEMENT.toNanos();
        while (true) {
            String name = placed.get().interfaceName();
            boolean late = ticker.nanos() - patience > 0;
            if (!name.isEmpty() || late) {
                List<InetAddress> found = NodeAddresses.of(name, vips.get());
                if (!found.isEmpty()) {
                    reachable = new Reachable(reachable.listen(), found);
                    changed.accept(reachable);
                    return;
                }
            }
            Thread.sleep(Duration.ofMillis(late ? 500 : 10));
        }
    }

    Reachable reachable() {
        return reachable;
    }

    /// Looks again; on one thread, after [#await].
    void look() {
        String name = placed.get().interfaceName();
        // Where the VIP has no place for a moment, the node's own address is still where it was.
        interfaceName = name.isEmpty() ? interfaceName : name;
        Reachable before = reachable;
        Reachable now = interfaceName.isEmpty() ? before : before.with(NodeAddresses.of(interfaceName, vips.get()));
        if (now.equals(before)) {
            return;
        }
        reachable = now;
        if (!now.advertised().equals(before.advertised())) {
            journal.record(Journal.Kind.ADDRESS_CHANGED, "this node's address changed; telling the members", "from",
                    before.advertised(), "to", now.advertised());
        }
        changed.accept(now);
    }
}
