package dev.hacp.lb;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/// A balancer on loopback in front of given ports; no health checks: a test says what is up.
final class RunningBalancer implements AutoCloseable {

    final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
    final Balancer balancer;

    RunningBalancer(Limits limits, RelayConfig relay, int loops, int... ports) throws IOException {
        this(BalancerConfig.of(Listen.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))).withLimits(limits)
                .withRelay(relay).withLoops(loops), ports);
    }

    RunningBalancer(BalancerConfig config, int... ports) throws IOException {
        pool.update(Arrays.stream(ports).mapToObj(p -> BackendSpec.of(new HostPort("127.0.0.1", p))).toList());
        pool.members().forEach(b -> pool.health(b, BackendState.UP, "the test says so"));
        balancer = new Balancer(config, pool, new Journal(), Ticker.system());
        balancer.start();
    }

    InetSocketAddress address() {
        return balancer.listeners().getFirst().address();
    }

    Socket dial() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(20_000);
        socket.connect(address(), 5_000);
        return socket;
    }

    Backend backend(int port) {
        return Objects.requireNonNull(pool.backend(new HostPort("127.0.0.1", port)));
    }

    long ended(Ending ending) {
        return Objects.requireNonNull(balancer.status().relay().endings().get(ending));
    }

    @Override
    public void close() {
        balancer.stop(Duration.ZERO);
    }
}
