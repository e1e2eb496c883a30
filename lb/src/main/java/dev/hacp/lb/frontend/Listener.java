package dev.hacp.lb.frontend;

import dev.hacp.core.HostPort;
import dev.hacp.core.VirtualIp;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.epoll.Native;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening socket on an event loop. Accepted sockets inherit NODELAY and keepalive from it, which saves five system calls
/// per client.
public final class Listener implements EpollIoHandle, Runnable {

    private static final Logger log = LoggerFactory.getLogger(Listener.class);

    // include/uapi/linux/in6.h: IPv6 knows only the option of the address family's own level.
    private static final int IPPROTO_IP = 0;
    private static final int IP_FREEBIND = 15;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_QUICKACK = 12;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_FREEBIND = 78;
    /// The kernel cuts it to net.core.somaxconn.
    private static final int BACKLOG = 16384;
    /// Between two batches the loop serves its connections.
    private static final int BATCH = 64;
    /// Out of files: a retry at once would spin.
    private static final long PAUSE_MILLIS = 100;
    private static final long BUSY_MILLIS = 5;

    private final IoEventLoop loop;
    private final Listen listen;
    private final LinuxSocket socket;
    private final InetSocketAddress address;
    private final AcceptedSockets sink;
    private final byte[] peer = new byte[32];
    private final ConcurrentHashMap<InetAddress, VirtualIp> vips = new ConcurrentHashMap<>();
    private @Nullable IoRegistration registration;
    private boolean queued;
    private boolean pausing;
    private boolean closed;

    private Listener(IoEventLoop loop, Listen listen, LinuxSocket socket, AcceptedSockets sink) {
        this.loop = loop;
        this.listen = listen;
        this.socket = socket;
        this.address = socket.localAddress();
        this.sink = sink;
    }

    /// Binds and listens, but accepts nothing before [#start]. Called on the loop.
    ///
    /// @throws IOException naming the address and what to do
    public static Listener open(IoEventLoop loop, Listen listen, KeepAlive keepAlive, AcceptedSockets sink)
            throws IOException {
        LinuxSocket socket = LinuxSocket
                .newSocketStream(listen.isIpv6() ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
        try {
            socket.setReuseAddress(true);
            socket.setTcpNoDelay(true);
            keepAlive.apply(socket);
            if (listen.isIpv6()) {
                // A wildcard IPv6 listener must leave IPv4 to a listener of its own.
                socket.setIntOpt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
            }
            if (listen.freebind()) {
                if (listen.isIpv6()) {
                    socket.setIntOpt(IPPROTO_IPV6, IPV6_FREEBIND, 1);
                } else {
                    socket.setIntOpt(IPPROTO_IP, IP_FREEBIND, 1);
                }
            }
            socket.bind(listen.address());
            socket.listen(BACKLOG);
            // After listen(2), which resets it. The client's first bytes are acknowledged by the answer, one packet less; the
            // kernel itself changes to that as soon as the first answer was sent.
            socket.setIntOpt(IPPROTO_TCP, TCP_QUICKACK, 0);
            return new Listener(loop, listen, socket, sink);
        } catch (IOException e) {
            socket.close();
            throw new IOException("cannot listen on " + listen + ": " + e.getMessage()
                    + " (is another process on that port? see `ss -ltnp`)", e);
        }
    }

    /// On the loop.
    public void start() {
        assert loop.inEventLoop();
        IoRegistration r = loop.register(this).getNow();
        registration = r;
        r.submit(EpollIoOps.valueOf(Native.EPOLLIN | Native.EPOLLET));
    }

    public Listen listen() {
        return listen;
    }

    /// With the port that the kernel chose.
    public InetSocketAddress address() {
        return address;
    }

    public HostPort hostPort() {
        return HostPort.of(address);
    }

    /// For steering (the socket map of sk_lookup); valid until the listener is closed.
    public int fileDescriptor() {
        return socket.intValue();
    }

    /// The VIP of a steered connection; null when it was dialled at an address that cannot be one (loopback).
    public @Nullable VirtualIp vip(InetAddress local) {
        VirtualIp known = vips.get(local);
        if (known == null && !local.isLoopbackAddress() && !local.isLinkLocalAddress()) {
            known = new VirtualIp(local);
            vips.put(local, known);
        }
        return known;
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    /// Sockets are made outside of the loop's batch of events: a batch may still hold an event for a descriptor number that
    /// was closed in it and would be given to the new socket.
    @Override
    public void handle(IoRegistration r, IoEvent event) {
        assert loop.inEventLoop();
        if (!queued && !pausing) {
            queued = true;
            loop.execute(this);
        }
    }

    @Override
    public void run() {
        assert loop.inEventLoop();
        queued = false;
        pausing = false;
        if (closed) {
            return;
        }
        try {
            for (int i = 0; i < BATCH; i++) {
                if (sink.isBusy()) {
                    pause(BUSY_MILLIS);
                    return;
                }
                int fd = socket.accept(peer);
                if (fd < 0) {
                    return;
                }
                // Netty's form: the length, the address, the port.
                sink.accepted(fd, NativeInetAddress.address(peer, 1, peer[0]), this);
            }
            queued = true;
            loop.execute(this);
        } catch (IOException e) {
            // EMFILE and the like: the client waits in the backlog until then.
            log.warn("cannot accept on {}, trying again in {} ms: {}", listen, PAUSE_MILLIS, e.getMessage());
            pause(PAUSE_MILLIS);
        }
    }

    private void pause(long millis) {
        pausing = true;
        loop.schedule(this, millis, TimeUnit.MILLISECONDS);
    }

    /// Ends a connection that was accepted but is not wanted, with a reset.
    public static void reset(int fd) {
        Socket socket = new Socket(fd);
        try {
            socket.setSoLinger(0);
        } catch (IOException e) {
            log.debug("the refused client is already gone: {}", e.getMessage());
        }
        close(socket);
    }

    /// On the loop.
    @Override
    public void close() {
        assert loop.inEventLoop();
        if (closed) {
            return;
        }
        closed = true;
        close(socket);
        if (registration != null) {
            registration.cancel();
        }
    }

    private static void close(FileDescriptor fd) {
        try {
            fd.close();
        } catch (IOException e) {
            log.debug("close: {}", e.getMessage());
        }
    }
}
