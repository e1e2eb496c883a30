package dev.hacp.cli.drill;

import dev.hacp.core.TlsHello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/// Begins a new connection to the VIP every 20 ms and notes when an API server's first byte came. One that hangs delays no
/// other.
final class ConnectProbe implements AutoCloseable {

    static final Duration INTERVAL = Duration.ofMillis(20);
    private static final int TIMEOUT_MILLIS = 1000;
    // Longer than any move: the Lease expires within 15 s.
    private static final Duration KEPT = Duration.ofMinutes(5);
    // A second of attempts that hang, and as many more.
    private static final int AT_ONCE = 100;

    /// @param begun   [System#nanoTime]
    /// @param problem empty when it was served
    record Attempt(long begun, long ended, String problem) {

        boolean served() {
            return problem.isEmpty();
        }
    }

    /// Nobody was served between these two readings of [System#nanoTime].
    record Gap(long from, long to) {

        Duration length() {
            return Duration.ofNanos(to - from);
        }
    }

    private final InetSocketAddress vip;
    private final Optional<InetAddress> source;
    private final TlsHello hello = new TlsHello();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final Thread clock;
    private volatile boolean stopped;

    /// @param source where connections come from; empty: as the kernel likes
    ConnectProbe(InetSocketAddress vip, Optional<InetAddress> source) {
        this.vip = vip;
        this.source = source;
        this.clock = Thread.ofPlatform().name("drill-probe").daemon().start(this::tick);
    }

    private void tick() {
        long next = System.nanoTime();
        while (!stopped) {
            if (places.tryAcquire()) {
                Thread.ofVirtual().name("drill-connect").start(this::attempt);
            } else {
                long now = System.nanoTime();
                attempts.add(new Attempt(now, now, AT_ONCE + " attempts hang"));
            }
            next += INTERVAL.toNanos();
            long rest = next - System.nanoTime();
            if (rest > 0) {
                LockSupport.parkNanos(rest);
            } else {
                // This machine was paused; what was not begun is not made up for.
                next = System.nanoTime();
            }
        }
    }

    private void attempt() {
        long begun = System.nanoTime();
        String problem = "";
        try (Socket socket = new Socket()) {
            // A reset at the end: no port of this machine waits in TIME_WAIT.
            socket.setSoLinger(true, 0);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            if (source.isPresent()) {
                socket.bind(new InetSocketAddress(source.get(), 0));
            }
            socket.connect(vip, TIMEOUT_MILLIS);
            problem = hello.ask(socket);
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        } finally {
            places.release();
        }
        attempts.add(new Attempt(begun, System.nanoTime(), problem));
        forget(begun - KEPT.toNanos());
    }

    /// A watch may wait for an hour.
    private void forget(long before) {
        for (Attempt oldest = attempts.peek(); oldest != null && oldest.ended() - before < 0; oldest = attempts
                .peek()) {
            attempts.remove(oldest);
        }
    }

    /// Those that ended so far, in the order of their ends.
    private List<Attempt> attempts() {
        return attempts.stream().sorted(Comparator.comparingLong(Attempt::ended)).toList();
    }

    /// When the first of those that were begun after `nanos` was served.
    Optional<Long> servedAfter(long nanos) {
        return attempts.stream().filter(each -> each.served() && each.begun() - nanos >= 0).map(Attempt::ended)
                .min(Comparator.naturalOrder());
    }

    long failedSince(long nanos) {
        return attempts.stream().filter(each -> !each.served() && each.begun() - nanos >= 0).count();
    }

    /// What the last attempt met with; empty when it was served, or there is none.
    String problem() {
        List<Attempt> all = attempts();
        return all.isEmpty() ? "" : all.getLast().problem();
    }

    /// The longest one that ended after `nanos`.
    Optional<Gap> longestGap(long nanos) {
        return longestGap(attempts(), nanos);
    }

    static Optional<Gap> longestGap(List<Attempt> attempts, long nanos) {
        Optional<Gap> longest = Optional.empty();
        Attempt last = null;
        for (Attempt attempt : attempts) {
            if (!attempt.served()) {
                continue;
            }
            if (last != null && attempt.ended() - nanos >= 0) {
                Gap gap = new Gap(last.ended(), attempt.ended());
                if (longest.isEmpty() || gap.length().compareTo(longest.get().length()) > 0) {
                    longest = Optional.of(gap);
                }
            }
            last = attempt;
        }
        return longest;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            clock.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
