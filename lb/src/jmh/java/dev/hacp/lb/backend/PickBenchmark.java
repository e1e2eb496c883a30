package dev.hacp.lb.backend;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What the choice of a backend costs per connection: pick, count in, count out. Two threads share the pool as two event
/// loops do.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PickBenchmark {

    @Param({"LEAST_CONNECTIONS", "ROUND_ROBIN", "RANDOM_TWO", "SOURCE_HASH"})
    public Policy policy;

    @Param({"3", "9"})
    public int backends;

    private BackendPool pool;
    private InetAddress client;

    @Setup
    public void fill() {
        BackendConfig d = BackendConfig.DEFAULT;
        pool = new BackendPool(new BackendConfig(policy, false, 1000, Duration.ZERO, d.drainTimeout(), false, 5,
                d.resolveInterval()), new Journal(), Ticker.system());
        List<BackendSpec> specs = new ArrayList<>();
        for (int i = 1; i <= backends; i++) {
            specs.add(BackendSpec.of(new HostPort("10.0.0." + i, 6443)));
        }
        pool.update(specs);
        pool.members().forEach(b -> pool.health(b, BackendState.UP, "ready"));
        client = InetAddress.ofLiteral("10.1.2.3");
    }

    @Benchmark
    public Backend oneLoop() {
        return pickAndCount();
    }

    @Benchmark
    @Threads(2)
    public Backend twoLoops() {
        return pickAndCount();
    }

    private Backend pickAndCount() {
        Backend backend = pool.pick(client, Tried.NONE);
        backend.opened();
        backend.closed();
        return backend;
    }
}
