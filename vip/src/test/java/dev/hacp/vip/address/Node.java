package dev.hacp.vip.address;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.StandDown;
import dev.hacp.core.Ticker;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Host;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// An address keeper that lives inside a host of the LAN, with the elector's part played by the test.
public final class Node implements AutoCloseable {

    public final Host host;
    public final AddressKeeper keeper;
    public final Journal journal = new Journal();
    final List<StandDown> relinquished = new CopyOnWriteArrayList<>();
    final List<Set<VirtualIp>> targets = new CopyOnWriteArrayList<>();
    volatile Map<InetAddress, String> members = Map.of();
    private volatile Leadership leadership = Leadership.Follower.OF_NOBODY;

    public Node(Host host, Duration fence, VirtualIp... vips) {
        this(host, VipConfig.of(vip -> {
            vip.vips = Stream.of(vips).map(VirtualIp::toString).map(VipTarget::new).toList();
            vip.fence = fence;
        }));
    }

    private Node(Host host, VipConfig config) {
        this(host, config, new VipNames(config));
    }

    Node(Host host, VipConfig config, VipNames names) {
        this.host = host;
        this.keeper = new AddressKeeper(config, new AddressKeeper.Surroundings(() -> leadership, () -> members,
                (reason, holdDown) -> relinquished.add(reason), targets::add, host.namespace()::execute), journal,
                Ticker.system(), names);
        keeper.start();
    }

    Node awaitFit() {
        Await.until(host + " is fit", Duration.ofSeconds(10), () -> keeper.fitness().fit(),
                () -> keeper.fitness().reason());
        return this;
    }

    /// Becomes leader; returns when the VIPs are held and announced.
    public void lead() throws Exception {
        Leadership.Leader leader = new Leadership.Leader(1, System.nanoTime() + Duration.ofHours(1).toNanos());
        leadership = leader;
        try {
            keeper.takeOver(leader).toCompletableFuture().get(5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            leadership = Leadership.Follower.OF_NOBODY;
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /// Stands down; returns when the VIPs are gone.
    public void follow(StandDown reason) throws Exception {
        leadership = Leadership.Follower.OF_NOBODY;
        keeper.standDown(reason).toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        keeper.close();
    }
}
