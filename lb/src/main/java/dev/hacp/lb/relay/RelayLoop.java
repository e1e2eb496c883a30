package dev.hacp.lb.relay;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.Upstream;
import dev.hacp.lb.frontend.Admission;
import dev.hacp.lb.table.ConnectionRow;
import dev.hacp.lb.table.TableFollower;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One event loop's share of the relay: its connections, its read buffer, its pipes, its clock. Only its thread touches
/// what is here, but for the counters.
final class RelayLoop {

    static final Logger log = LoggerFactory.getLogger(RelayLoop.class);

    /// One read. Larger than what a socket usually holds, smaller than a second-level cache.
    static final int BUFFER = 128 * 1024;
    private static final long TICK_MILLIS = 1000;
    /// See [#promiseRoom].
    private static final long SILENCE_MILLIS = 10;
    /// How late a connect timeout may be noticed.
    private static final long SWEEP_MILLIS = 50;

    private final Pulse pulse;
    private final FaultGuard guard;
    private final IoEventLoop eventLoop;
    private final BackendPool pool;
    private final RelayConfig config;
    private final Admission admission;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final long bufferAddress = Buffer.memoryAddress(buffer);
    private final PipePool pipes = new PipePool();
    private final long originNanos = System.nanoTime();

    private final LoopTable table = new LoopTable();
    private final Chain<Attempt> connecting = new Chain<>();
    private final HandshakeAcks handshakeAcks;
    private final PeerWatch peers;
    private final List<TableFollower> followers = new ArrayList<>();
    private int second;
    private int silent;
    private boolean sweeping;
    private long nextTickNanos;
    private boolean closed;

    // Written by the loop, read by anybody.
    private volatile int silentCount;
    private final AtomicInteger promised = new AtomicInteger();
    private final AtomicLong faults = new AtomicLong();
    private volatile long delayNanos;
    private volatile int connections;
    private final AtomicLong total = new AtomicLong();
    private final Map<Ending, AtomicLong> endings = new EnumMap<>(Ending.class);
    /// As many as there ever were VIPs.
    private final Map<VirtualIp, Meter> meters = new ConcurrentHashMap<>();
    private final Meter meterOfNoVip = new Meter();

    RelayLoop(String name, IoEventLoop eventLoop, BackendPool pool, RelayConfig config, Admission admission) {
        this.pulse = new Pulse(name);
        this.guard = new FaultGuard("the clock of " + name, Ticker.system());
        this.eventLoop = eventLoop;
        this.pool = pool;
        this.config = config;
        this.admission = admission;
        this.handshakeAcks = new HandshakeAcks(eventLoop);
        this.peers = new PeerWatch(config);
        for (Ending ending : Ending.values()) {
            endings.put(ending, new AtomicLong());
        }
    }

    void start() {
        nextTickNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
        eventLoop.scheduleWithFixedDelay(guard.around(this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    IoEventLoop eventLoop() {
        return eventLoop;
    }

    boolean inEventLoop() {
        return eventLoop.inEventLoop();
    }

    void execute(Runnable task) {
        eventLoop.execute(task);
    }

    BackendPool pool() {
        return pool;
    }

    RelayConfig config() {
        return config;
    }

    Admission admission() {
        return admission;
    }

    PipePool pipes() {
        return pipes;
    }

    HandshakeAcks handshakeAcks() {
        return handshakeAcks;
    }

    PeerWatch peers() {
        return peers;
    }

    boolean splices() {
        return config.splice();
    }

    /// What was read last.
    ByteBuffer lastRead() {
        return buffer;
    }

    long bufferAddress() {
        return bufferAddress;
    }

    long originNanos() {
        return originNanos;
    }

    /// Of the loop's own coarse clock.
    int second() {
        return second;
    }

    /// Any thread; what it gives is written by this loop only.
    Meter meter(@Nullable VirtualIp vip) {
        return vip == null ? meterOfNoVip : meters.computeIfAbsent(vip, _ -> new Meter());
    }

    Traffic trafficOfNoVip() {
        return meterOfNoVip.read();
    }

    void addTraffic(Map<VirtualIp, Traffic> sums) {
        meters.forEach((vip, meter) -> sums.merge(vip, meter.read(), Traffic::plus));
    }

    /// The unwritten rest of the read buffer, in a buffer just as large.
    ByteBuf copyOfBuffer(int from, int to) {
        ByteBuf rest = buffer(to - from);
        rest.writeBytes(buffer.slice(from, to - from));
        return rest;
    }

    ByteBuf buffer(int bytes) {
        return ByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
    }

    void add(Connection connection) {
        table.add(connection);
        connections = table.size();
        silentCount = ++silent;
        total.incrementAndGet();
        if (!followers.isEmpty()) {
            tell(connection, true);
        }
    }

    void ended(Connection connection, Ending ending) {
        LoopTable.remove(connection);
        connections = table.size();
        if (connection.silent()) {
            silentCount = --silent;
        }
        count(endings, ending).incrementAndGet();
        if (!followers.isEmpty()) {
            tell(connection, false);
        }
    }

    private static AtomicLong count(Map<Ending, AtomicLong> endings, Ending ending) {
        return Objects.requireNonNull(endings.get(ending));
    }

    private void tell(Connection connection, boolean opened) {
        ClientConnection c = connection.asClientConnection();
        if (c == null) {
            return;
        }
        for (TableFollower follower : followers) {
            if (opened) {
                follower.opened(c);
            } else {
                follower.closed(c);
            }
        }
    }

    /// An attempt began: it is given up when its time is over.
    void connecting(Attempt attempt) {
        connecting.addLast(attempt);
        if (!sweeping) {
            sweeping = true;
            eventLoop.schedule(this::sweep, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// One timer for all: they time out in the order in which they began.
    private void sweep() {
        sweeping = false;
        long due = System.nanoTime() - config.connectTimeout().toNanos();
        for (Attempt a = connecting.first(); a != null && a.startedNanos() - due <= 0; a = connecting.first()) {
            a.timedOut();
        }
        Attempt first = connecting.first();
        if (first != null && !sweeping) {
            sweeping = true;
            long wait = Math.max(TimeUnit.MILLISECONDS.toNanos(SWEEP_MILLIS), first.startedNanos() - due);
            eventLoop.schedule(this::sweep, wait, TimeUnit.NANOSECONDS);
        }
    }

    private void tick() {
        pulse.beat();
        long now = System.nanoTime();
        delayNanos = Math.max(0, now - nextTickNanos);
        nextTickNanos = now + TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
        second = (int) TimeUnit.NANOSECONDS.toSeconds(now - originNanos);
        table.age(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS), peers::grown);
        peers.tick(second);
    }

    /// A backend accepted; if connecting took several attempts, the tick that enables keepalive may already have
    /// passed.
    void established(Connection c) {
        if (System.nanoTime() - c.createdNanos() >= TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
            peers.guard(c);
        }
    }

    /// The first bytes of a client have come.
    void spoke() {
        silentCount = --silent;
    }

    /// How many connections of silent clients it could still end, as far as other loops know.
    int room() {
        return silentCount - promised.get();
    }

    int promised() {
        return promised.get();
    }

    /// Asks for the end of a silent connection; asking counts until it is done. Any thread.
    ///
    /// In a fast flood all connections are new, so age cannot decide; but a TLS client's first bytes come right behind
    /// the handshake's last segment, however far away it is. So a client that was here a hundredth of a second ago, and
    /// has said nothing that this loop has seen by then, is silent. For that moment there is one connection too many.
    void promiseRoom() {
        promised.incrementAndGet();
        long asked = System.nanoTime();
        eventLoop.schedule(() -> keepPromise(asked), SILENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void keepPromise(long asked) {
        promised.decrementAndGet();
        // Others may have ended by themselves in the meantime.
        boolean needed = admission.open() > admission.most();
        if (needed && !table.endSilent(asked) && room() > 0) {
            promiseRoom();
        }
    }

    /// On the loop.
    ///
    /// @return how many
    int endAll(Predicate<Connection> which, Ending ending, boolean reset) {
        int[] n = {0};
        table.forEach(c -> {
            if (which.test(c)) {
                c.end(ending, reset);
                n[0]++;
            }
        });
        return n[0];
    }

    int resetBackend(Upstream backend) {
        for (Attempt a = connecting.first(); a != null;) {
            Attempt next = Chain.next(a);
            if (backend.equals(a.backend())) {
                a.abandon();
            }
            a = next;
        }
        return endAll(c -> backend.equals(c.backend()), Ending.BACKEND_DOWN, true);
    }

    int resetVip(@Nullable VirtualIp vip, Ending ending) {
        return endAll(c -> vip == null || vip.equals(c.vip()), ending, true);
    }

    List<ConnectionRow> rows() {
        long now = System.nanoTime();
        List<ConnectionRow> rows = new ArrayList<>(connections);
        table.forEach(c -> rows.add(c.row(now)));
        return rows;
    }

    /// @param any also those whose client may not be able to go on with another connection
    List<Connection> connectionsOf(Upstream backend, boolean any) {
        List<Connection> found = new ArrayList<>();
        table.forEach(c -> {
            if (backend.equals(c.backend()) && (any || c.resumable())) {
                found.add(c);
            }
        });
        return found;
    }

    /// From here on, after all that is open now.
    void follow(TableFollower follower) {
        table.forEach(c -> {
            ClientConnection open = c.asClientConnection();
            if (open != null) {
                follower.opened(open);
            }
        });
        followers.add(follower);
    }

    void unfollow(TableFollower follower) {
        followers.remove(follower);
    }

    /// An exception of ours; the first of them is told with its trace, all are counted.
    void fault(Throwable t) {
        long n = faults.incrementAndGet();
        if (n == 1 || Long.numberOfTrailingZeros(n) >= 10) {
            log.error("a connection was reset by an error in the relay (number {}); please report it", n, t);
        }
    }

    Pulse pulse() {
        return pulse;
    }

    int connections() {
        return connections;
    }

    long total() {
        return total.get();
    }

    long faults() {
        return faults.get();
    }

    long ended(Ending ending) {
        return count(endings, ending).get();
    }

    long delayNanos() {
        return delayNanos;
    }

    /// On the loop, for good.
    void close() {
        if (!closed) {
            closed = true;
            pulse.end();
            endAll(c -> true, Ending.STOPPED, true);
            pipes.close();
        }
    }
}
