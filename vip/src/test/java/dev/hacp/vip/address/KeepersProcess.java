package dev.hacp.vip.address;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.Ticker;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.steering.RawListener;
import dev.hacp.vip.steering.Steering;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// The address keeper on several interfaces at once, in one process, because starting a JVM under emulation is slow:
/// for
/// `testbed/kernels`. Leads on all of them from the start until it dies; prints what the journal is told as `@said`.
public final class KeepersProcess {

    private static final Duration FENCE = Duration.ofSeconds(3);
    private static final Duration ANNOUNCE = Duration.ofSeconds(10);
    private static final Duration FIT = Duration.ofSeconds(20);
    private static final int PORT = 6443;

    private KeepersProcess() {}

    /// @param args each `INTERFACE=VIP` or `INTERFACE=VIP,VIP`
    public static void main(String[] args) throws Exception {
        RawListener ipv4 = RawListener.open(false, "hacp");
        RawListener ipv6 = RawListener.open(true, "hacp");
        Steering steering = Steering.attach(PORT, ipv4.fd(), ipv6.fd());
        Set<VirtualIp> all = new HashSet<>();
        for (String arg : args) {
            all.addAll(vips(arg).stream().map(VirtualIp::parse).collect(Collectors.toSet()));
        }
        steering.serve(all);
        for (String arg : args) {
            String name = arg.substring(0, arg.indexOf('='));
            Thread.ofPlatform().name("keep-" + name).start(() -> keep(name, vips(arg)));
        }
        Thread.currentThread().join();
    }

    private static List<String> vips(String arg) {
        return List.of(arg.substring(arg.indexOf('=') + 1).split(","));
    }

    private static void keep(String name, List<String> vips) {
        Leadership.Leader leader = new Leadership.Leader(1, System.nanoTime() + Duration.ofDays(1).toNanos());
        Journal journal = new Journal();
        journal.follow(entry -> System.out.println("@said " + name + ": " + entry.message() + " " + entry.keys()));
        AddressKeeper keeper = new AddressKeeper(
                new VipConfig(vips.stream().map(VipTarget::new).toList(), Optional.of(name), PORT, FENCE, ANNOUNCE),
                new AddressKeeper.Surroundings(() -> leader, Map::of,
                        (reason, _) -> System.out
                                .println("@said " + name + ": another member should own it: " + reason),
                        _ -> {}, ThreadStarter.PLATFORM),
                journal, Ticker.system());
        keeper.start();
        try {
            Await.until("fit", FIT, () -> keeper.fitness().fit(), () -> keeper.fitness().reason());
            keeper.takeOver(leader).toCompletableFuture().get(FIT.toSeconds(), TimeUnit.SECONDS);
            System.out.println("@held " + name);
        } catch (AssertionError | ExecutionException | InterruptedException
                | TimeoutException e) {
            System.out.println("@refused " + name + ": " + String.valueOf(e.getMessage()).replace('\n', ' '));
        }
    }
}
