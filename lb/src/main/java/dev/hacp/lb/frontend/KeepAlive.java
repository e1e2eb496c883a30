package dev.hacp.lb.frontend;

import io.netty.channel.unix.Socket;
import java.io.IOException;

/// How the peer of an idle connection is found to be gone: its kernel leaves every probe unanswered. In seconds.
///
/// Probes begin after a time without a segment from the peer that differs from connection to connection, and a second apart:
/// with a probe on the way every second, none of them matters (RFC 9293, 3.8.4: one unanswered probe must not end a connection),
/// and a network that is away for five seconds ends nothing. TCP_USER_TIMEOUT stays unset: it would take the place of the count of
/// probes, and would end the connection of a living peer that does not read for a while (RFC 9293, 3.8.6.1). Where bytes wait for
/// the peer the kernel sends no probes: that is `dev.hacp.lb.relay.PeerWatch`'s.
///
/// Why the first probe is early, and not always after the same time: the kernel's timers are coarser the further off they are, a
/// quarter or half a second beyond 2 to 4 s (kernel/time/timer.c, HZ 250 to 1000), so that the probes of all connections that
/// moved bytes in that time leave in one burst; on loopback and veth what is beyond net.core.netdev_max_backlog (1000) is lost.
///
/// @param leastIdleSeconds of the peer's silence before the first probe
/// @param mostIdleSeconds  of the same, for connections that are not told apart
/// @param intervalSeconds  between probes
/// @param goneAfterSeconds of silence, all probes unanswered
public record KeepAlive(int leastIdleSeconds, int mostIdleSeconds, int intervalSeconds, int goneAfterSeconds) {

    public static final KeepAlive DEFAULT = new KeepAlive(3, 4, 1, 10);

    // include/uapi/linux/tcp.h
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_KEEPIDLE = 4;
    private static final int TCP_KEEPINTVL = 5;
    private static final int TCP_KEEPCNT = 6;
    private static final int TCP_RTO_MAX_MS = 44;
    /// Between two attempts to reach a peer that reads nothing, which the kernel otherwise stretches to two minutes; so its
    /// end is noticed within three times that.
    private static final int RTO_MAX_MILLIS = 5_000;

    /// Linux 6.15 has it; asked once.
    private static volatile boolean limitsRetransmission = true;

    /// For a listener: accepted sockets inherit it.
    public void apply(Socket socket) throws IOException {
        apply(socket, mostIdleSeconds - leastIdleSeconds);
    }

    /// @param number of the connection: neighbours differ
    public void apply(Socket socket, int number) throws IOException {
        socket.setKeepAlive(true);
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds);
        if (limitsRetransmission) {
            try {
                socket.setIntOpt(IPPROTO_TCP, TCP_RTO_MAX_MS, RTO_MAX_MILLIS);
            } catch (IOException e) {
                limitsRetransmission = false;
            }
        }
        first(socket, idleSeconds(number));
    }

    /// For a socket that has inherited the rest.
    public void spread(Socket socket, int number) throws IOException {
        int idle = idleSeconds(number);
        if (idle != mostIdleSeconds) {
            first(socket, idle);
        }
    }

    private int idleSeconds(int number) {
        return leastIdleSeconds + Math.floorMod(number, mostIdleSeconds - leastIdleSeconds + 1);
    }

    private void first(Socket socket, int idle) throws IOException {
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPCNT, (goneAfterSeconds - idle) / intervalSeconds);
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, idle);
    }
}
