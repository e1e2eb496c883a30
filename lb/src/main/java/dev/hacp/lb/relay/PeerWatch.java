package dev.hacp.lb.relay;

import dev.hacp.lb.frontend.KeepAlive;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/// Finds the peers that are gone, and those that do not finish: of one loop's connections, on its thread.
///
/// The kernel finds the peer of an idle connection by keepalive. It sends no such probes while bytes wait for the peer, and its
/// own limit for those is a quarter of an hour, or TCP_USER_TIMEOUT, which does not tell a dead peer from one that is alive and
/// reads nothing (`kubectl cp` stopped with Ctrl-Z). So connections that moved bytes are looked at: a peer is gone when bytes wait
/// for it, it was asked more than once, and no segment of it has come for as long as keepalive would wait. A peer that answers the
/// probes of its closed window is left alone for as long as it does (RFC 9293, 3.8.6.1).
///
/// A connection of which one side has ended is ended when nothing has come from the other side for a while.
///
/// Connections at rest cost nothing: they are watched again when bytes move.
final class PeerWatch {

    /// Between two looks, in ticks; while a peer is waited for: each tick.
    private static final int TICKS = 4;
    /// One segment may be lost.
    private static final int UNANSWERED = 2;

    private final KeepAlive keepAlive;
    private final long goneMillis;
    private final long halfClosedSeconds;
    private final TcpInfo info = new TcpInfo();
    private final ArrayDeque<Connection> watched = new ArrayDeque<>();
    private int number;

    PeerWatch(RelayConfig config) {
        this.keepAlive = config.keepAlive();
        this.goneMillis = TimeUnit.SECONDS.toMillis(keepAlive.goneAfterSeconds());
        this.halfClosedSeconds = config.halfClosed().toSeconds();
    }

    /// It has lived for a tick: what follows are system calls that a short connection is spared.
    void grown(Connection c) {
        number++;
        try {
            keepAlive.spread(c.client().socket(), number);
        } catch (IOException e) {
            RelayLoop.log.debug("keepalive of a client's connection: {}", e.getMessage());
        }
        guard(c);
        watch(c);
    }

    /// The client's socket has it from its listener.
    void guard(Connection c) {
        Leg server = c.server();
        if (server == null) {
            return;
        }
        try {
            keepAlive.apply(server.socket(), number);
        } catch (IOException e) {
            RelayLoop.log.debug("keepalive of a backend connection: {}", e.getMessage());
        }
    }

    /// Bytes move, or have moved since the last look.
    void watch(Connection c) {
        c.nextLook(1 + (watched.size() & (TICKS - 1)));
        watched.addLast(c);
    }

    void tick(int second) {
        for (int n = watched.size(); n > 0; n--) {
            Connection c = watched.removeFirst();
            if (c.over()) {
                continue;
            }
            if (!c.isLookDue()) {
                watched.addLast(c);
                continue;
            }
            try {
                look(c, second);
            } catch (Throwable t) {
                c.broken(t);
            }
        }
    }

    private void look(Connection c, int second) {
        Leg client = c.client();
        Leg server = c.server();
        boolean clientWaits = waitsFor(c, client);
        boolean leftToTheClient = info.isLeftToThePeer();
        boolean serverWaits = server != null && waitsFor(c, server);
        if (c.over()) {
            return;
        }
        // A tick's stamp is up to a second old when it is set.
        int restingSeconds = second - c.movedAtSecond() - 1;
        boolean halfClosed = server != null && (client.hungUp() || server.hungUp());
        if (halfClosed && !clientWaits && restingSeconds >= halfClosedSeconds
                && (client.hungUp() || leftToTheClient)) {
            c.end(Ending.HALF_CLOSED, true);
            return;
        }
        if (server != null && !clientWaits && !serverWaits && !halfClosed && restingSeconds > 0) {
            c.rest();
            return;
        }
        c.nextLook(clientWaits || serverWaits || halfClosed ? 1 : TICKS);
        watched.addLast(c);
    }

    /// Ends the connection if nobody is there to wait for.
    ///
    /// @return whether bytes wait for this peer
    private boolean waitsFor(Connection c, Leg leg) {
        try {
            info.read(leg.socket());
        } catch (IOException e) {
            RelayLoop.log.debug("TCP_INFO: {}", e.getMessage());
            return true;
        }
        if (info.isClosed() || !info.isWaiting()) {
            return false;
        }
        if (info.silentMillis() >= goneMillis && info.unanswered() >= UNANSWERED) {
            c.failed(leg, SocketErrors.timedOut());
        }
        return true;
    }
}
