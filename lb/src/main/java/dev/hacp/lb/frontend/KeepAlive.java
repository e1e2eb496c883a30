package dev.hacp.lb.frontend;

import io.netty.channel.unix.Socket;
import java.io.IOException;

/// How a peer that vanished is found out: in seconds, and in milliseconds for data that is not acknowledged.
///
/// With a user timeout the kernel ends an idle connection at the first probe past it (tcp_keepalive_timer): 5 s idle, a
/// probe, and 10 s after the last sign of life it is gone.
public record KeepAlive(int idleSeconds, int intervalSeconds, int probes, int userTimeoutMillis) {

    public static final KeepAlive DEFAULT = new KeepAlive(5, 5, 2, 10_000);

    // include/uapi/linux/tcp.h
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_KEEPIDLE = 4;
    private static final int TCP_KEEPINTVL = 5;
    private static final int TCP_KEEPCNT = 6;
    private static final int TCP_USER_TIMEOUT = 18;

    public void apply(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, idleSeconds);
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds);
        socket.setIntOpt(IPPROTO_TCP, TCP_KEEPCNT, probes);
        socket.setIntOpt(IPPROTO_TCP, TCP_USER_TIMEOUT, userTimeoutMillis);
    }
}
