package dev.hacp.lb.backend;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// Pools for tests: backends 10.0.0.1 to 10.0.0.N, time by hand.
final class Pools {

    final AtomicLong nanos = new AtomicLong();
    final Journal journal = new Journal();
    final BackendPool pool;

    Pools(BackendConfig config) {
        this.pool = new BackendPool(config, journal, nanos::get, address -> address.equals(address(1)));
    }

    static Pools of(Policy policy, int backends) {
        Pools pools = new Pools(config(policy));
        pools.join(backends);
        pools.allUp();
        return pools;
    }

    static BackendConfig config(Policy policy) {
        BackendConfig d = BackendConfig.DEFAULT;
        return new BackendConfig(policy, false, 1000, d.slowStart(), d.drainTimeout(), true, d.rebalancePerSecond(),
                d.resolveInterval());
    }

    void join(int backends) {
        List<BackendSpec> specs = new ArrayList<>();
        for (int i = 1; i <= backends; i++) {
            specs.add(BackendSpec.of(id(i)));
        }
        pool.update(specs);
    }

    void allUp() {
        pool.members().forEach(b -> pool.health(b, BackendState.UP, "ready"));
    }

    Backend backend(int i) {
        return Objects.requireNonNull(pool.backend(id(i)));
    }

    void set(int i, BackendState state) {
        pool.health(backend(i), state, "by test");
    }

    Backend pick() {
        return pick(client(1));
    }

    Backend pick(InetAddress client) {
        return Objects.requireNonNull(pool.pick(client, Tried.NONE));
    }

    Backend open() {
        Backend backend = pick();
        connect(backend);
        return backend;
    }

    /// A client that goes on by itself when its connection is closed.
    static void connect(Backend backend) {
        backend.opened();
        backend.resumable(true);
    }

    static void disconnect(Backend backend) {
        backend.resumable(false);
        backend.closed();
    }

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /// `11,9,10`: current connections in the order of the members.
    String loads() {
        return String.join(",", pool.members().stream().map(b -> String.valueOf(b.current())).toList());
    }

    static HostPort id(int i) {
        return new HostPort("10.0.0." + i, 6443);
    }

    static InetAddress address(int i) {
        return IpAddresses.parse("10.0.0." + i).orElseThrow();
    }

    static InetAddress client(int i) {
        return IpAddresses.of(new byte[]{10, 1, (byte) (i >> 8), (byte) i});
    }
}
