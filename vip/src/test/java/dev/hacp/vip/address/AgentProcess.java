package dev.hacp.vip.address;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.Ticker;
import dev.hacp.core.VipTarget;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.steering.RawListener;
import dev.hacp.vip.steering.Steering;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The address keeper in a process of its own, so that it can be killed: leads from the start until it dies.
public final class AgentProcess {

    private AgentProcess() {}

    /// Starts it on the host and returns when the VIPs are held.
    ///
    /// @param fence in seconds
    public static Daemon start(Host host, Path log, int fence, List<String> vips) {
        List<String> command = java(AgentProcess.class);
        command.add(Integer.toString(fence));
        command.addAll(vips);
        Daemon daemon = Daemon.start(host.namespace(), log, Map.of(), command);
        Await.until("the agent holds the VIP", Duration.ofSeconds(30), () -> daemon.log().contains("\nheld"),
                () -> daemon.logTail(20));
        return daemon;
    }

    /// The command line that runs a class of the test class path.
    static List<String> java(Class<?> main, String... options) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Xmx64m"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }

    public static void main(String[] args) throws Exception {
        System.out.println("starting");
        Leadership.Leader leader = new Leadership.Leader(1, System.nanoTime() + Duration.ofDays(1).toNanos());
        RawListener ipv4 = RawListener.open(false, "hacp");
        RawListener ipv6 = RawListener.open(true, "hacp");
        Steering steering = Steering.attach(6443, ipv4.fd(), ipv6.fd());
        AddressKeeper keeper = new AddressKeeper(VipConfig.of(vip -> {
            vip.vips = List.of(args).subList(1, args.length).stream().map(VipTarget::new).toList();
            vip.fence = Duration.ofSeconds(Integer.parseInt(args[0]));
        }),
                new AddressKeeper.Surroundings(() -> leader, Map::of, (_, _) -> {}, steering::serve,
                        ThreadStarter.PLATFORM),
                new Journal(), Ticker.system());
        keeper.start();
        Await.until("fit", Duration.ofSeconds(20), () -> keeper.fitness().fit(), () -> keeper.fitness().reason());
        keeper.takeOver(leader).toCompletableFuture().get(5, TimeUnit.SECONDS);
        System.out.println("\nheld");
        Thread.currentThread().join();
    }
}
