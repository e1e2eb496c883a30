package dev.hacp.vip.wake;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.vip.ThreadStarter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends one bare ACK from VIP:port to each client that the former owner had: the client's kernel answers, our kernel has
/// no such connection and resets it with the right sequence number, and the client reconnects at once instead of after
/// its own ping (30 to 45 s for `kubectl get -w`).
///
/// Paced, on its own thread `hacp-wake`. A client that has reconnected from the same port already is not harmed: an
/// established connection treats the segment as a stray duplicate.
public final class IdleClientWaker implements AutoCloseable {

    private record Task(List<ClientConnection> connections, CompletableFuture<Integer> sent) {}

    private static final Logger log = LoggerFactory.getLogger(IdleClientWaker.class);
    /// How many leave back to back before the pace is kept: a short table is woken at once.
    static final int BURST = 64;

    private final long nanosPerSegment;
    private final Ticker ticker;
    private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
    private final LongAdder sent = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Thread thread;
    private volatile boolean stopping;

    /// @param segmentsPerSecond the pace after the first burst; 1 or more
    public IdleClientWaker(int segmentsPerSecond, Ticker ticker, ThreadStarter threads) {
        if (segmentsPerSecond < 1) {
            throw new IllegalArgumentException(segmentsPerSecond + " segments per second (expected: 1 or more)");
        }
        this.nanosPerSegment = 1_000_000_000L / segmentsPerSecond;
        this.ticker = ticker;
        this.thread = threads.start("hacp-wake", this::run);
    }

    /// Wakes these clients; call it when the VIPs are on this node.
    ///
    /// @return completes with the number of segments that left; connections of VIPs that are not here are left out
    public CompletableFuture<Integer> wake(Collection<ClientConnection> connections) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        tasks.add(new Task(List.copyOf(connections), done));
        return done;
    }

    public long sent() {
        return sent.sum();
    }

    public long failed() {
        return failed.sum();
    }

    private void run() {
        while (!stopping) {
            try {
                Task task = tasks.take();
                try {
                    task.sent.complete(wakeAll(task.connections));
                } catch (RuntimeException | Error e) {
                    task.sent.completeExceptionally(e);
                }
            } catch (InterruptedException e) {
                break;
            }
        }
        List<Task> left = new ArrayList<>();
        tasks.drainTo(left);
        left.forEach(task -> task.sent.cancel(false));
    }

    private int wakeAll(List<ClientConnection> connections) {
        Map<VirtualIp, List<ClientConnection>> byVip = new HashMap<>();
        connections.forEach(c -> byVip.computeIfAbsent(c.vip(), _ -> new ArrayList<>()).add(c));
        int count = 0;
        for (Map.Entry<VirtualIp, List<ClientConnection>> entry : byVip.entrySet()) {
            try (RawTcp socket = new RawTcp(entry.getKey())) {
                count += wake(socket, entry.getValue());
            } catch (LinuxException e) {
                failed.add(entry.getValue().size());
                log.warn("cannot wake the {} idle clients of {}: {} (needs CAP_NET_RAW, and the VIP on this node)",
                        entry.getValue().size(), entry.getKey(), e.getMessage());
            }
        }
        return count;
    }

    private int wake(RawTcp socket, List<ClientConnection> connections) {
        long start = ticker.nanos();
        int count = 0;
        String lastFailure = "";
        for (int i = 0; i < connections.size() && !stopping; i++) {
            pace(start, i);
            ClientConnection connection = connections.get(i);
            try {
                if (connection.client().getAddress() != null) {
                    socket.send(connection.vipPort(), connection.client(), ThreadLocalRandom.current().nextInt());
                    count++;
                }
            } catch (LinuxException e) {
                // Unreachable, or dropped by a local filter: there is nothing we can do for that client.
                failed.increment();
                lastFailure = String.valueOf(e.getMessage());
            }
        }
        sent.add(count);
        if (count < connections.size()) {
            log.warn("woke {} of {} idle clients{}", count, connections.size(),
                    lastFailure.isEmpty() ? "" : ", the last failure: " + lastFailure);
        }
        return count;
    }

    private void pace(long start, int index) {
        if (index < BURST) {
            return;
        }
        long due = start + (index - BURST + 1) * nanosPerSegment;
        long wait = due - ticker.nanos();
        while (wait > 0 && !stopping) {
            LockSupport.parkNanos(wait);
            wait = due - ticker.nanos();
        }
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
    }
}
