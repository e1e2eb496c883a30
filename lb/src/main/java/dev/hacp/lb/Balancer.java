package dev.hacp.lb;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.Journal;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.ConnectionCloser;
import dev.hacp.lb.backend.Subscription;
import dev.hacp.lb.frontend.Admission;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.frontend.Listener;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.relay.Relay;
import dev.hacp.lb.table.ConnectionRow;
import dev.hacp.lb.table.TableFollower;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The balancer: listens, admits, relays to the pool's backends. Start it once, stop it once. The backends, their health
/// and the rebalancing are the pool's, see [BackendPool].
public final class Balancer implements ConnectionCloser {

    private static final Logger log = LoggerFactory.getLogger(Balancer.class);
    private static final Duration ORDER_TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_PIPES = Relay.MOST_PIPES;

    private final BalancerConfig config;
    private final BackendPool pool;
    private final Journal journal;
    private final Admission admission;
    private final MultiThreadIoEventLoopGroup group;
    private final List<IoEventLoop> loops = new ArrayList<>();
    private final Relay relay;
    private final FaultGuard summary;
    private final List<Listener> listeners = new ArrayList<>();
    private Subscription following = () -> {};
    private boolean stopped;

    public Balancer(BalancerConfig config, BackendPool pool, Journal journal, Ticker ticker) {
        this(config, pool, journal, ticker, new DefaultThreadFactory("hacp-relay", true));
    }

    /// @param threads for the event loops; a test's may have moved into a network namespace
    public Balancer(BalancerConfig config, BackendPool pool, Journal journal, Ticker ticker, ThreadFactory threads) {
        this.config = config;
        this.pool = pool;
        this.journal = journal;
        if (!Epoll.isAvailable()) {
            throw new IllegalStateException("the balancer needs epoll: Netty's native library cannot be loaded ("
                    + Epoll.unavailabilityCause().getMessage() + "); it is unpacked to java.io.tmpdir, which must be"
                    + " writable and not mounted noexec: give another one with -Djava.io.tmpdir=DIR");
        }
        int files = OpenFiles.limit();
        this.admission = new Admission(config.limits(), OpenFiles.connections(files, MOST_PIPES), ticker);
        this.summary = new FaultGuard("the summary of refused clients", ticker);
        int wanted = config.limits().connections();
        if (wanted > admission.most()) {
            log.warn("only {} of the {} connections that --max-connections allows: this process may open {} files; "
                    + "raise LimitNOFILE to at least {}", admission.most(), wanted, files, 2 * wanted + 600);
        }
        int n = config.loops() == 0 ? Runtime.getRuntime().availableProcessors() : config.loops();
        this.group = new MultiThreadIoEventLoopGroup(n, threads, EpollIoHandler.newFactory());
        for (int i = 0; i < n; i++) {
            loops.add(group.next());
        }
        this.relay = new Relay(loops, pool, config.relay(), admission);
    }

    /// Listens on every address, or on none.
    ///
    /// @throws IOException naming the address that could not be had
    public synchronized void start() throws IOException {
        IoEventLoop acceptor = loops.getFirst();
        for (Listen listen : config.listen()) {
            listeners.add(onAcceptor(() -> Listener.open(acceptor, listen, config.relay().keepAlive(), relay)));
        }
        following = pool.follow(relay);
        onAcceptor(() -> {
            listeners.forEach(Listener::start);
            acceptor.scheduleWithFixedDelay(summary.around(admission::summarize), 1, 1, TimeUnit.SECONDS);
            return true;
        });
        journal.record(Journal.Kind.BACKENDS, "balancer listens", "listen",
                String.join(",", listeners.stream().map(l -> l.hostPort().toString()).toList()), "loops", loops.size(),
                "connections", admission.most());
    }

    /// In the order of the configuration: bound addresses and, for steering, file descriptors.
    public synchronized List<Listener> listeners() {
        return List.copyOf(listeners);
    }

    @Override
    public void closeLongestIdle(Backend backend, int n, Purpose purpose) {
        relay.closeLongestIdle(backend, n, purpose);
    }

    /// Resets the clients of this VIP, so that they reconnect wherever it is then.
    ///
    /// @return how many, when all are reset
    public CompletableFuture<Integer> resetClients(VirtualIp vip) {
        return relay.reset(vip);
    }

    public CompletableFuture<Integer> resetAllClients() {
        return relay.reset(null);
    }

    /// A copy of the table; waits for the loops.
    public List<ConnectionRow> connections() {
        return await(relay.rows());
    }

    /// Told of each connection to a VIP that opens or closes, beginning with those that are open. On the event loops.
    public AutoCloseable follow(TableFollower follower) {
        return relay.follow(follower);
    }

    public BalancerStatus status() {
        Map<Refusal, Long> refused = new EnumMap<>(Refusal.class);
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, admission.refused(refusal));
        }
        return new BalancerStatus(listeners().stream().map(Listener::hostPort).toList(), relay.status(),
                admission.most(),
                refused, pool.backends().stream().map(Backend::status).toList());
    }

    /// One of each event loop.
    public List<Pulse> pulses() {
        return relay.pulses();
    }

    /// Stops accepting at once, gives the connections `grace` to end by themselves, resets the rest, ends the threads.
    public synchronized void stop(Duration grace) {
        if (stopped) {
            return;
        }
        stopped = true;
        following.close();
        await(closeListeners());
        long deadline = System.nanoTime() + grace.toNanos();
        try {
            while (relay.connections() > 0 && System.nanoTime() - deadline < 0) {
                // Stopping is the one place without an event to wait for: each end would have to look for a waiter.
                wait(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        int left = relay.connections();
        await(relay.close());
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(ORDER_TIMEOUT.toMillis());
        journal.record(Journal.Kind.BACKENDS, "balancer stopped", "reset", left);
    }

    private CompletableFuture<Boolean> closeListeners() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        loops.getFirst().execute(() -> {
            listeners.forEach(Listener::close);
            done.complete(true);
        });
        return done;
    }

    private <T> T onAcceptor(Callable<T> work) throws IOException {
        try {
            return loops.getFirst().submit(work).get();
        } catch (ExecutionException e) {
            await(closeListeners());
            listeners.clear();
            if (e.getCause() instanceof IOException io) {
                throw new IOException(io.getMessage(), io);
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting to listen", e);
        }
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(ORDER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("an event loop did not answer within " + ORDER_TIMEOUT.toSeconds() + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
