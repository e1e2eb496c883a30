package dev.hacp.cli.drill;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Connections to the VIP on which nothing is said, as those of a quiet watcher: when does each notice that its server has
/// gone? Each is opened again after its end.
final class IdleClients implements AutoCloseable {

    static final int COUNT = 5;
    private static final int TIMEOUT_MILLIS = 1000;
    // kube-apiserver closes a connection that says nothing after 32 s (its ReadHeaderTimeout), which is no move.
    private static final int LIFE_MILLIS = 20_000;
    private static final Duration AGAIN = Duration.ofMillis(100);

    private record Ending(int client, long nanos) {}

    private final InetSocketAddress vip;
    private final Optional<InetAddress> source;
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final ConcurrentHashMap<Integer, Socket> open = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    IdleClients(InetSocketAddress vip, Optional<InetAddress> source) {
        this.vip = vip;
        this.source = source;
        for (int client = 0; client < COUNT; client++) {
            int number = client;
            Thread.ofVirtual().name("drill-idle-" + client).start(() -> live(number));
        }
    }

    private void live(int client) {
        try {
            while (!stopped) {
                Socket socket = connect();
                if (socket == null) {
                    Thread.sleep(AGAIN);
                    continue;
                }
                open.put(client, socket);
                boolean ended = hasEnded(socket);
                open.remove(client);
                if (ended && !stopped) {
                    endings.add(new Ending(client, System.nanoTime()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for the end of the connection.
    ///
    /// @return false when it has lasted long enough
    private static boolean hasEnded(Socket socket) {
        try (socket) {
            socket.setSoTimeout(LIFE_MILLIS);
            // Nothing is expected but the end: a close, or a reset as an exception.
            socket.getInputStream().read();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private @Nullable Socket connect() {
        Socket socket = new Socket();
        try {
            if (source.isPresent()) {
                socket.bind(new InetSocketAddress(source.get(), 0));
            }
            socket.connect(vip, TIMEOUT_MILLIS);
            return socket;
        } catch (IOException e) {
            close(socket);
            return null;
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It was going away anyhow.
        }
    }

    int connected() {
        return open.size();
    }

    /// How many of them have noticed an end after `nanos`.
    int awakeSince(long nanos) {
        return (int) firstEndings(nanos).count();
    }

    /// When the last of those noticed.
    Optional<Long> lastAwake(long nanos) {
        return firstEndings(nanos).max().stream().boxed().findFirst();
    }

    private LongStream firstEndings(long nanos) {
        return LongStream.range(0, COUNT).flatMap(client -> endings.stream()
                .filter(each -> each.client() == client && each.nanos() - nanos >= 0).mapToLong(Ending::nanos)
                .limit(1));
    }

    @Override
    public void close() {
        stopped = true;
        open.values().forEach(IdleClients::close);
    }
}
