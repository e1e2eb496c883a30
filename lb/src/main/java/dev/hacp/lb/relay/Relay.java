package dev.hacp.lb.relay;

import dev.hacp.core.Pulse;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendListener;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.ConnectionCloser;
import dev.hacp.lb.frontend.AcceptedSockets;
import dev.hacp.lb.frontend.Admission;
import dev.hacp.lb.frontend.Listener;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.table.ConnectionRow;
import dev.hacp.lb.table.TableFollower;
import io.netty.channel.IoEventLoop;
import io.netty.channel.unix.Socket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All loops together: spreads accepted sockets over them and carries orders to them. Its methods may be called from any
/// thread; what they ask for is done on the loops.
public final class Relay implements AcceptedSockets, BackendListener, ConnectionCloser {

    /// How many pipes all loops may hold together.
    public static final int MOST_PIPES = PipePool.MOST_PIPES;

    /// How far the limit may be exceeded while silent connections are being evicted.
    private static final int MOST_PROMISED = 256;

    private final List<RelayLoop> loops = new ArrayList<>();
    private final Admission admission;
    private final RelayConfig config;
    // Accepting is one loop's business.
    private int next;

    public Relay(List<IoEventLoop> eventLoops, BackendPool pool, RelayConfig config, Admission admission) {
        EventCache.fill();
        this.admission = admission;
        this.config = config;
        for (IoEventLoop eventLoop : eventLoops) {
            loops.add(new RelayLoop("hacp-relay-" + (loops.size() + 1), eventLoop, pool, config, admission));
        }
        loops.forEach(RelayLoop::start);
    }

    @Override
    public void accepted(int fd, InetSocketAddress client, Listener from) {
        boolean trusted = config.proxyProtocol().expectedFrom(client.getAddress());
        Refusal refusal = admission.admit(client.getAddress(), trusted, this::endSilent);
        if (refusal != null) {
            Listener.reset(fd);
            return;
        }
        InetSocketAddress local = from.listen().steered() ? new Socket(fd).localAddress() : null;
        VirtualIp vip = local == null ? null : from.vip(local.getAddress());
        int localPort = (local == null ? from.address() : local).getPort();
        RelayLoop loop = loops.get(next);
        next = next + 1 == loops.size() ? 0 : next + 1;
        Connection connection = new Connection(loop, from, fd, client, vip, localPort);
        if (!trusted) {
            connection.sourceCounted();
        }
        if (loop.inEventLoop()) {
            connection.start(trusted);
        } else {
            loop.execute(() -> connection.start(trusted));
        }
    }

    @Override
    public boolean isBusy() {
        int promised = 0;
        for (RelayLoop loop : loops) {
            promised += loop.promised();
        }
        return promised >= MOST_PROMISED;
    }

    /// By the loop that has the most of them: a flood is spread over all.
    private boolean endSilent() {
        RelayLoop most = loops.getFirst();
        for (RelayLoop loop : loops) {
            if (loop.room() > most.room()) {
                most = loop;
            }
        }
        if (most.room() <= 0) {
            return false;
        }
        most.promiseRoom();
        return true;
    }

    @Override
    public void resetAll(Backend backend, String why) {
        for (RelayLoop loop : loops) {
            onLoop(loop, () -> loop.resetBackend(backend));
        }
    }

    @Override
    public void closeLongestIdle(Backend backend, int n, Purpose purpose) {
        Ending ending = switch (purpose) {
            case REBALANCE -> Ending.REBALANCED;
            case CANNOT_SERVE -> Ending.CANNOT_SERVE;
        };
        boolean any = purpose == Purpose.CANNOT_SERVE;
        List<CompletableFuture<List<Connection>>> found = loops.stream()
                .map(loop -> onLoop(loop, () -> loop.connectionsOf(backend, any))).toList();
        CompletableFuture.allOf(found.toArray(CompletableFuture[]::new)).thenRun(() -> found.stream()
                .flatMap(f -> f.resultNow().stream()).map(c -> new Idle(c, idleSince(c)))
                .sorted(Comparator.comparingLong(Idle::sinceNanos)).limit(n)
                .forEach(idle -> onLoop(idle.connection.loop(), () -> {
                    idle.connection.end(ending, false);
                    return true;
                })));
    }

    private record Idle(Connection connection, long sinceNanos) {}

    /// Read from another thread: a moment old at worst, which does not matter for who is idle longest.
    private static long idleSince(Connection c) {
        return c.loop().originNanos() + c.movedAtSecond() * 1_000_000_000L;
    }

    /// Resets the connections that came to this VIP; null = all.
    ///
    /// @return how many, when it is done
    public CompletableFuture<Integer> reset(@Nullable VirtualIp vip) {
        List<CompletableFuture<Integer>> counts = loops.stream()
                .map(loop -> onLoop(loop, () -> loop.resetVip(vip, vip == null ? Ending.STOPPED : Ending.VIP_LEFT)))
                .toList();
        return CompletableFuture.allOf(counts.toArray(CompletableFuture[]::new))
                .thenApply(v -> counts.stream().mapToInt(CompletableFuture::resultNow).sum());
    }

    /// A copy; each loop is held up for about 0.1 us per connection.
    public CompletableFuture<List<ConnectionRow>> rows() {
        List<CompletableFuture<List<ConnectionRow>>> parts = loops.stream()
                .map(loop -> onLoop(loop, loop::rows)).toList();
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(v -> parts.stream().flatMap(p -> p.resultNow().stream()).toList());
    }

    /// Close the result to unsubscribe.
    public AutoCloseable follow(TableFollower follower) {
        for (RelayLoop loop : loops) {
            onLoop(loop, () -> {
                loop.follow(follower);
                return true;
            });
        }
        return () -> loops.forEach(loop -> onLoop(loop, () -> {
            loop.unfollow(follower);
            return true;
        }));
    }

    /// Resets what is left and gives back what the loops hold.
    public CompletableFuture<?> close() {
        return CompletableFuture.allOf(loops.stream().map(loop -> onLoop(loop, () -> {
            loop.close();
            return true;
        })).toArray(CompletableFuture[]::new));
    }

    public RelayStatus status() {
        Map<Ending, Long> endings = new EnumMap<>(Ending.class);
        for (Ending ending : Ending.values()) {
            endings.put(ending, sum(l -> l.ended(ending)));
        }
        Map<String, Long> delays = new HashMap<>();
        for (int i = 0; i < loops.size(); i++) {
            delays.put(Integer.toString(i), loops.get(i).delayNanos());
        }
        Map<VirtualIp, Traffic> vips = new HashMap<>();
        loops.forEach(loop -> loop.addTraffic(vips));
        Traffic all = Stream.concat(vips.values().stream(), loops.stream().map(RelayLoop::trafficOfNoVip))
                .reduce(Traffic.NONE, Traffic::plus);
        return new RelayStatus(count(RelayLoop::connections), sum(RelayLoop::total), sum(RelayLoop::faults), endings,
                delays, all, vips);
    }

    /// One of each loop.
    public List<Pulse> pulses() {
        return loops.stream().map(RelayLoop::pulse).toList();
    }

    public int connections() {
        return count(RelayLoop::connections);
    }

    private int count(ToIntFunction<RelayLoop> of) {
        return loops.stream().mapToInt(of).sum();
    }

    private long sum(ToLongFunction<RelayLoop> of) {
        return loops.stream().mapToLong(of).sum();
    }

    private static <T> CompletableFuture<T> onLoop(RelayLoop loop, Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                try {
                    done.complete(work.call());
                } catch (Exception e) {
                    loop.fault(e);
                    done.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(e);
        }
        return done;
    }
}
