package dev.hacp.lb.health;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Stands before a server and can stop moving bytes, as a stopped process or a black hole does: connections stay, new
/// ones are still accepted by the kernel, nothing is ever answered.
final class FreezableProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final int target;
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private volatile boolean frozen;

    FreezableProxy(int target) throws IOException {
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    void freeze() {
        frozen = true;
    }

    private void accept() {
        try {
            while (!frozen) {
                Socket client = listener.accept();
                sockets.add(client);
                if (frozen) {
                    return;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(server);
                Thread.ofVirtual().start(() -> copy(client, server));
                Thread.ofVirtual().start(() -> copy(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            int n = from.getInputStream().read(buffer);
            while (n >= 0 && !frozen) {
                to.getOutputStream().write(buffer, 0, n);
                n = from.getInputStream().read(buffer);
            }
            if (!frozen) {
                to.close();
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
