package dev.hacp.agent.composition;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.Ticker;
import dev.hacp.lb.table.TableFollower;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/// Tells the other members which clients are connected to the VIP, so that a new owner can wake them. Changes go out in
/// batches; a connection that ends within its batch is never told.
///
/// Ends are reported late: when this node stops being the owner all its connections end, and the next owner must still
/// know them. A client woken in vain answers with a reset that nobody receives.
final class ClientSharing implements TableFollower {

    private static final Duration BATCH = Duration.ofMillis(50);
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Ticker ticker;
    private final ScheduledExecutorService timer;
    private final FaultGuard guard;
    private final Set<ClientConnection> opened = new LinkedHashSet<>();
    /// With the reading at which the end is told, oldest first.
    private final Map<ClientConnection, Long> ended = new LinkedHashMap<>();
    private final Set<ClientConnection> told = new LinkedHashSet<>();
    private BiConsumer<Collection<ClientConnection>, Collection<ClientConnection>> peers = (more, less) -> {};
    private boolean scheduled;

    /// @param timer single-threaded
    ClientSharing(Ticker ticker, ScheduledExecutorService timer) {
        this.ticker = ticker;
        this.timer = timer;
        this.guard = new FaultGuard("sharing the client table", ticker);
    }

    /// @param receiver of what opened and what ended
    synchronized void shareWith(BiConsumer<Collection<ClientConnection>, Collection<ClientConnection>> receiver) {
        peers = receiver;
    }

    /// All that a member which connects now must be told.
    synchronized Collection<ClientConnection> table() {
        Set<ClientConnection> all = new LinkedHashSet<>(told);
        all.addAll(opened);
        return all;
    }

    @Override
    public synchronized void opened(ClientConnection connection) {
        ended.remove(connection);
        if (!told.contains(connection)) {
            opened.add(connection);
        }
        schedule();
    }

    @Override
    public synchronized void closed(ClientConnection connection) {
        if (!opened.remove(connection)) {
            ended.put(connection, ticker.nanos() + LINGER.toNanos());
            schedule();
        }
    }

    /// Tells what opened now, without waiting for the batch.
    synchronized void flush() {
        List<ClientConnection> more = List.copyOf(opened);
        List<ClientConnection> less = new ArrayList<>();
        long now = ticker.nanos();
        Iterator<Map.Entry<ClientConnection, Long>> oldest = ended.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<ClientConnection, Long> entry = oldest.next();
            if (entry.getValue() - now > 0) {
                break;
            }
            less.add(entry.getKey());
            oldest.remove();
        }
        told.addAll(more);
        less.forEach(told::remove);
        opened.clear();
        if (!more.isEmpty() || !less.isEmpty()) {
            peers.accept(more, less);
        }
    }

    private void schedule() {
        if (!scheduled && !timer.isShutdown()) {
            scheduled = true;
            timer.schedule(guard.around(this::tick), BATCH.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void tick() {
        scheduled = false;
        try {
            flush();
        } finally {
            if (!opened.isEmpty() || !ended.isEmpty()) {
                schedule();
            }
        }
    }
}
