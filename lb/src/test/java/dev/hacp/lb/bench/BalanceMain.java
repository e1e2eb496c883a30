package dev.hacp.lb.bench;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.Balancer;
import dev.hacp.lb.BalancerConfig;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.relay.RelayConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// The balancer alone, for `bench/lb`: PORT BACKEND_PORT...
final class BalanceMain {

    private BalanceMain() {}

    public static void main(String[] args) throws Exception {
        BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
        pool.update(Arrays.stream(args).skip(1).map(p -> BackendSpec.of(HostPort.parse("127.0.0.1:" + p))).toList());
        pool.members().forEach(b -> pool.health(b, BackendState.UP, "not checked"));
        Listen listen = Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])));
        // Every limit on, none reached: that is what production runs.
        Limits limits = new Limits(0, 1_000_000, 1_000_000, List.of());
        new Balancer(BalancerConfig.of(listen).withLimits(limits).withRelay(RelayConfig.DEFAULT), pool, new Journal(),
                Ticker.system()).start();
        new CountDownLatch(1).await();
    }
}
