package dev.hacp.vip.address;

import dev.hacp.core.Journal;
import dev.hacp.core.Leadership;
import dev.hacp.core.Ticker;
import dev.hacp.core.VipTarget;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.ThreadStarter;
import dev.hacp.vip.steering.Steering;
import dev.hacp.vip.steering.SteeringException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// A process that prints what the address keeper finds missing, and what comes of a takeover nevertheless.
final class Inventory {

    private Inventory() {}

    public static void main(String[] args) throws Exception {
        System.out.println("preflight: " + VipPreflight.problems());
        try (Steering steering = Steering.attach(6443, -1, -1)) {
            System.out.println("steering: available" + (steering.vips().isEmpty() ? "" : "?"));
        } catch (SteeringException e) {
            System.out.println("steering: " + e.getMessage());
        }
        Leadership.Leader leader = new Leadership.Leader(1, System.nanoTime() + Duration.ofDays(1).toNanos());
        VipConfig config = VipConfig.of(vip -> vip.vips = List.of(new VipTarget(Lan.vip4().toString())));
        try (AddressKeeper keeper = new AddressKeeper(config, new AddressKeeper.Surroundings(() -> leader, Map::of,
                (_, _) -> {}, _ -> {}, ThreadStarter.PLATFORM), new Journal(), Ticker.system())) {
            keeper.start();
            Await.until("the wire is open, or cannot be", Duration.ofSeconds(10),
                    () -> keeper.fitness().fit() || keeper.fitness().reason().contains("cannot open"));
            try {
                keeper.takeOver(leader).toCompletableFuture().get(10, TimeUnit.SECONDS);
                System.out.println("take over: held");
            } catch (ExecutionException e) {
                System.out.println("fitness: " + keeper.fitness().reason());
                System.out.println("take over: " + e.getCause().getMessage());
            }
        }
        System.exit(0);
    }
}
