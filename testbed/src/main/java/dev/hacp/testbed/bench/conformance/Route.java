package dev.hacp.testbed.bench.conformance;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/// The way from the clients' host through one balancer to a server that this program plays. Closing it ends what was opened on it.
final class Route implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Proxy proxy;
    private final Host clients;
    private final InetSocketAddress front;
    private final ServerSocket listener;
    private final Daemon daemon;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /// Both ends of one connection.
    record Pair(Socket client, Socket server) {}

    Route(Proxy proxy, Host clients, Host middle, Wiring wiring, ServerSocket listener, Path file) throws IOException {
        this.proxy = proxy;
        this.clients = clients;
        this.front = wiring.front();
        this.listener = listener;
        this.daemon = Daemon.start(middle.namespace(), Path.of(file + ".log"), Map.of(), proxy.command(wiring, file));
        open.push(daemon);
        open.push(listener);
        int port = front.getPort();
        try {
            Await.until(proxy + " listens", PATIENCE,
                    () -> middle.attempt("ss", "-Hltn", "sport", "=", ":" + port).output().contains(":" + port),
                    () -> daemon.logTail(20));
        } catch (AssertionError e) {
            close();
            throw e;
        }
    }

    Proxy proxy() {
        return proxy;
    }

    Host clients() {
        return clients;
    }

    /// @param receiveBuffer in bytes; 0: the system's own
    Socket dial(int receiveBuffer) {
        Socket socket = clients.call(() -> {
            Socket s = new Socket();
            if (receiveBuffer > 0) {
                s.setReceiveBufferSize(receiveBuffer);
            }
            s.setSoTimeout((int) PATIENCE.toMillis());
            s.setTcpNoDelay(true);
            s.connect(front, (int) PATIENCE.toMillis());
            return s;
        });
        keep(socket);
        return socket;
    }

    /// The server's end of the oldest connection that it has not accepted yet.
    ///
    /// @throws java.net.SocketTimeoutException when there is none within the time
    Socket accept(Duration within) throws IOException {
        listener.setSoTimeout((int) within.toMillis());
        Socket socket = listener.accept();
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.setTcpNoDelay(true);
        keep(socket);
        return socket;
    }

    /// A connection over which one byte has gone.
    Pair connect(int receiveBuffer) throws IOException {
        Socket client = dial(receiveBuffer);
        client.getOutputStream().write('?');
        Socket server = accept(PATIENCE);
        if (server.getInputStream().read() != '?') {
            throw new IOException("the first byte does not arrive");
        }
        return new Pair(client, server);
    }

    private synchronized void keep(AutoCloseable resource) {
        open.push(resource);
    }

    @Override
    public synchronized void close() {
        for (AutoCloseable resource : open) {
            try {
                resource.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        open.clear();
    }
}
