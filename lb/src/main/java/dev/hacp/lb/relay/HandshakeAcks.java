package dev.hacp.lb.relay;

import io.netty.channel.IoEventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/// The last segments of handshakes with backends. With TCP_QUICKACK off, each rides on the client's first bytes, one packet less;
/// but a backend that is to speak first would learn of the connection from the kernel's delayed ACK only, 0.2 s later. So where
/// the client has said nothing for a moment, it goes alone. On one loop's thread.
final class HandshakeAcks implements Runnable {

    /// TLS clients speak within a fraction of it.
    private static final long PATIENCE_MILLIS = 2;

    private final IoEventLoop eventLoop;
    private final ArrayDeque<Connection> waiting = new ArrayDeque<>();
    private boolean scheduled;

    HandshakeAcks(IoEventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    /// A backend accepted, and there is nothing to send to it yet.
    void await(Connection connection) {
        waiting.addLast(connection);
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            eventLoop.schedule(this, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// In the order in which their clients came: roughly that of their backends' accepting, which is all it needs.
    @Override
    public void run() {
        scheduled = false;
        long due = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        for (Connection c = waiting.peekFirst(); c != null
                && c.createdNanos() - due <= 0; c = waiting.peekFirst()) {
            waiting.removeFirst();
            Leg server = c.server();
            if (c.over() || server == null || c.client().bytes() > 0) {
                continue;
            }
            try {
                server.acknowledge();
            } catch (Throwable t) {
                c.broken(t);
            }
        }
        if (!waiting.isEmpty()) {
            schedule();
        }
    }
}
