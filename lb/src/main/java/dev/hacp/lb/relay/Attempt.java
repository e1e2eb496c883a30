package dev.hacp.lb.relay;

import dev.hacp.lb.backend.Tried;
import dev.hacp.lb.backend.Upstream;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/// The dialling of backends for one client: one after the other, until one accepts. Gone when it is connected.
final class Attempt extends Chain.Link<Attempt> implements Runnable {

    // include/uapi/linux/tcp.h: the handshake's last ACK may wait for the client's first bytes, one packet less.
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_QUICKACK = 12;

    private final Connection connection;
    private Tried tried = Tried.NONE;
    private @Nullable Upstream backend;
    private @Nullable LinuxSocket socket;
    private @Nullable Leg leg;
    private long startedNanos;

    Attempt(Connection connection) {
        this.connection = connection;
    }

    long startedNanos() {
        return startedNanos;
    }

    @Nullable
    Upstream backend() {
        return backend;
    }

    /// A task of its own on the loop, see [dev.hacp.lb.frontend.Listener#handle].
    @Override
    public void run() {
        if (connection.attempt() != this || backend != null) {
            return;
        }
        try {
            dial();
        } catch (Throwable t) {
            connection.broken(t);
        }
    }

    void dial() {
        RelayLoop loop = connection.loop();
        Upstream chosen = tried.size() >= loop.config().attempts()
                ? null
                : loop.pool().pick(connection.clientAddress(), tried);
        InetSocketAddress address = chosen == null ? null : chosen.address();
        if (chosen == null || address == null) {
            connection.end(Ending.NO_BACKEND, true);
            return;
        }
        backend = chosen;
        chosen.opened();
        if (tried.size() > 0) {
            chosen.retried();
        }
        startedNanos = System.nanoTime();
        loop.connecting(this);
        try {
            LinuxSocket s = LinuxSocket.newSocketStream(address.getAddress().getAddress().length == 4
                    ? SocketProtocolFamily.INET
                    : SocketProtocolFamily.INET6);
            Leg l = new Leg(connection, s);
            leg = l;
            s.setIntOpt(IPPROTO_TCP, TCP_QUICKACK, 0);
            socket = s;
            boolean done = s.connect(address);
            l.register(loop.eventLoop());
            if (done) {
                established(chosen, l);
            }
        } catch (ChannelException e) {
            // Netty's way to say that there is no file left for a socket.
            next(new IOException(e.getMessage(), e));
        } catch (IOException e) {
            next(e);
        }
    }

    /// @param ops what the kernel told of the socket
    /// @return whether it is connected now
    boolean ready(int ops) {
        LinuxSocket s = socket;
        Upstream b = backend;
        Leg l = leg;
        if (s == null || b == null || l == null) {
            return false;
        }
        try {
            // Writable and no error: nothing is left to ask.
            if ((ops & Leg.FAILURE_EVENTS) != 0 && !s.finishConnect()) {
                return false;
            }
        } catch (IOException e) {
            next(e);
            return false;
        }
        established(b, l);
        return true;
    }

    private void established(Upstream b, Leg l) {
        Chain.remove(this);
        b.connectSucceeded(System.nanoTime() - startedNanos);
        connection.established(b, l);
    }

    void timedOut() {
        next(new SocketTimeoutException("connect timed out"));
    }

    /// The backend went down: no need to wait for it.
    void abandon() {
        next(null);
    }

    private void next(@Nullable IOException cause) {
        Upstream b = backend;
        if (b == null) {
            return;
        }
        if (cause != null) {
            b.connectFailed(cause);
        }
        if (tried == Tried.NONE) {
            tried = new Tried();
        }
        tried.add(b);
        cancel();
        connection.loop().execute(this);
    }

    /// Gives up the current one.
    void cancel() {
        Chain.remove(this);
        if (leg != null) {
            leg.finish(true);
            leg = null;
        }
        socket = null;
        if (backend != null) {
            backend.closed();
            backend = null;
        }
    }
}
