package dev.hacp.testbed.agent;

import dev.hacp.core.TlsHello;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A client that opens a new connection to the VIP every 20 ms and notes when it was served. One that hangs delays no
/// other. What counts is the gap between successes: how long nobody could start to work.
public final class Probe implements AutoCloseable {

    public static final Duration INTERVAL = Duration.ofMillis(20);
    private static final int TIMEOUT_MILLIS = 1000;
    // One second of hanging attempts, and room for a noisy machine.
    private static final int MOST_AT_ONCE = 100;

    /// When an attempt is a success.
    public enum Kind {
        /// The three-way handshake is done: somebody listens on the VIP.
        TCP,
        /// An API server behind the VIP answers a TLS ClientHello (the client computes no keys: cheap at 50 a second).
        TLS_HELLO
    }

    /// @param startNanos [System#nanoTime]
    /// @param problem    empty when it was a success
    public record Attempt(long startNanos, long endNanos, String problem) {

        public boolean succeeded() {
            return problem.isEmpty();
        }
    }

    /// @param fromNanos the last success before it
    /// @param toNanos   the first success after it
    public record Gap(long fromNanos, long toNanos) {

        public Duration duration() {
            return Duration.ofNanos(toNanos - fromNanos);
        }
    }

    private final InetSocketAddress target;
    private final Kind kind;
    private final TlsHello hello = new TlsHello();
    private final ConcurrentLinkedQueue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final ThreadPoolExecutor workers;
    private final Thread clock;
    private volatile boolean stopped;

    private Probe(Host from, InetSocketAddress target, Kind kind) {
        this.target = target;
        this.kind = kind;
        this.workers = new ThreadPoolExecutor(0, MOST_AT_ONCE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
                // The pool's own loop runs inside the namespace.
                task -> from.namespace().thread("probe-" + from.name(), task));
        this.clock = Thread.ofPlatform().name("probe-clock-" + from.name()).daemon().start(this::tick);
    }

    /// Starts to dial.
    public static Probe start(Host from, InetAddress vip, int port, Kind kind) {
        return new Probe(from, new InetSocketAddress(vip, port), kind);
    }

    private void tick() {
        long next = System.nanoTime();
        while (!stopped) {
            try {
                workers.execute(this::attempt);
            } catch (RejectedExecutionException e) {
                long now = System.nanoTime();
                attempts.add(new Attempt(now, now, "too many attempts hang"));
            }
            next += INTERVAL.toNanos();
            long rest = next - System.nanoTime();
            if (rest > 0) {
                LockSupport.parkNanos(rest);
            } else {
                // This machine was paused; attempts that were not made are not made up for.
                next = System.nanoTime();
            }
        }
    }

    private void attempt() {
        long start = System.nanoTime();
        String problem = "";
        try (Socket socket = new Socket()) {
            // A reset at the end: no port of the client waits in TIME_WAIT.
            socket.setSoLinger(true, 0);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(target, TIMEOUT_MILLIS);
            if (kind == Kind.TLS_HELLO) {
                problem = hello.ask(socket);
            }
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        }
        attempts.add(new Attempt(start, System.nanoTime(), problem));
    }

    /// All attempts that ended so far, in the order of their ends.
    public List<Attempt> attempts() {
        return attempts.stream().sorted(Comparator.comparingLong(Attempt::endNanos)).toList();
    }

    /// The failed attempts that began after `nanos`.
    public List<Attempt> failuresSince(long nanos) {
        return attempts().stream().filter(each -> !each.succeeded() && each.startNanos() >= nanos).toList();
    }

    /// The longest time between two successes of which the later one came after `nanos`. The time since the last success
    /// counts too when it is longer: that gap is open.
    public Gap longestGapSince(long nanos) {
        List<Attempt> successes = attempts().stream().filter(Attempt::succeeded).toList();
        Gap longest = new Gap(nanos, nanos);
        long last = nanos;
        for (Attempt success : successes) {
            if (success.endNanos() > nanos && success.endNanos() - last > longest.toNanos() - longest.fromNanos()) {
                longest = new Gap(last, success.endNanos());
            }
            last = success.endNanos();
        }
        long now = System.nanoTime();
        return now - last > longest.toNanos() - longest.fromNanos() ? new Gap(last, now) : longest;
    }

    /// Waits until an attempt that began after `nanos` succeeds; returns when it ended.
    public long awaitSuccessAfter(long nanos, Duration within) {
        Await.until("a new connection to " + target + " is served", within,
                () -> attempts.stream().anyMatch(each -> each.succeeded() && each.startNanos() >= nanos),
                () -> "the last attempts: " + lastProblems());
        return attempts().stream().filter(each -> each.succeeded() && each.startNanos() >= nanos)
                .mapToLong(Attempt::endNanos).min().orElseThrow();
    }

    private String lastProblems() {
        List<Attempt> all = attempts();
        return all.subList(Math.max(0, all.size() - 5), all.size()).stream()
                .map(each -> each.succeeded() ? "ok" : each.problem()).toList().toString();
    }

    @Override
    public void close() {
        stopped = true;
        workers.shutdownNow();
        try {
            clock.join();
            workers.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
