package dev.hacp.lb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A backend with long-lived connections: sends back what it gets, and resets all of them when it stops, as a process
/// that is killed does.
final class KillableServer implements AutoCloseable {

    private final ServerSocket listener;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /// @param port 0 = any; one that was just in use is taken again
    KillableServer(int port) {
        try {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on port " + port, e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                clients.add(client);
                Thread.ofVirtual().start(() -> echo(client));
            }
        } catch (IOException e) {
            // Stopped.
        }
    }

    private void echo(Socket client) {
        byte[] buffer = new byte[256];
        try (client) {
            int n = client.getInputStream().read(buffer);
            while (n >= 0) {
                client.getOutputStream().write(buffer, 0, n);
                n = client.getInputStream().read(buffer);
            }
        } catch (IOException e) {
            // The client or we ended it.
        } finally {
            clients.remove(client);
            if (stopped) {
                reset(client);
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        clients.forEach(KillableServer::reset);
    }

    private static void reset(Socket client) {
        try (client) {
            client.setSoLinger(true, 0);
        } catch (IOException e) {
            // It ended by itself.
        }
    }
}
