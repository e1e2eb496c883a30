package dev.hacp.testbed.bench;

import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A machine of the LAN that opens TCP connections to the members' port and says nothing: 10 s to each node alone, 10 s to all
/// of them, and again.
final class MemberFlood implements Scenario {

    private static final int PORT = 9644;
    private static final Duration TURN = Duration.ofSeconds(10);
    private static final Duration KEPT = Duration.ofSeconds(3);

    private final int rate;
    private @Nullable Host source;
    private @Nullable Thread thread;
    private volatile boolean stopped;
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private record Open(SocketChannel channel, long sinceNanos) {}

    /// @param rate connections a second
    MemberFlood(int rate) {
        this.rate = rate;
    }

    @Override
    public String title() {
        return "port " + PORT + " flooded with " + rate + " connections/s";
    }

    @Override
    public boolean concernsPeers() {
        return false;
    }

    @Override
    public void prepare(SideBySide sides) {
        if (source == null) {
            source = sides.cluster().lan().host("flood");
        }
        sides.settle();
    }

    @Override
    public void begin(SideBySide sides, Duration length) {
        if (source == null) {
            throw new IllegalStateException("not prepared");
        }
        stopped = false;
        List<InetSocketAddress> targets = sides.cluster().nodes().stream()
                .map(node -> new InetSocketAddress(node.ipv4(), PORT)).toList();
        thread = source.namespace().execute("flood", () -> flood(targets, length));
    }

    private void flood(List<InetSocketAddress> targets, Duration length) {
        Deque<Open> open = new ArrayDeque<>();
        long start = System.nanoTime();
        long tried = 0;
        try {
            long elapsed = 0;
            while (!stopped && elapsed < length.toNanos()) {
                elapsed = System.nanoTime() - start;
                int turn = (int) (elapsed / TURN.toNanos() % (targets.size() + 1));
                // What was missed because this thread was late is not made up for all at once.
                tried = Math.max(tried, elapsed * rate / 1_000_000_000 - rate / 10);
                while (tried < elapsed * rate / 1_000_000_000) {
                    open(targets.get((int) (turn < targets.size() ? turn : tried % targets.size())), open);
                    tried++;
                }
                while (!open.isEmpty() && System.nanoTime() - open.getFirst().sinceNanos() > KEPT.toNanos()) {
                    open.removeFirst().channel().close();
                }
                LockSupport.parkNanos(5_000_000);
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        } finally {
            for (Open each : open) {
                try {
                    each.channel().close();
                } catch (IOException e) {
                    // It goes with its namespace.
                }
            }
        }
    }

    private void open(InetSocketAddress target, Deque<Open> open) {
        try {
            SocketChannel channel = SocketChannel.open();
            // A reset at the end: no port waits in TIME_WAIT.
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.configureBlocking(false);
            open.addLast(new Open(channel, System.nanoTime()));
            channel.connect(target);
            opened.incrementAndGet();
        } catch (IOException e) {
            failed.incrementAndGet();
        }
    }

    @Override
    public String end(SideBySide sides) {
        stopped = true;
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return opened + " connections begun, " + failed + " failed";
    }
}
