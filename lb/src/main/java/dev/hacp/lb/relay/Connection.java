package dev.hacp.lb.relay;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.Upstream;
import dev.hacp.lb.frontend.Listener;
import dev.hacp.lb.table.ConnectionRow;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A client and its backend. All of it belongs to one loop. Kept slim: addresses are numbers, not objects, because there
/// are thousands of these that do nothing for days.
final class Connection extends Chain.Link<Connection> {

    private final RelayLoop loop;
    private final Listener listener;
    private final Leg client;
    private final @Nullable VirtualIp vip;
    private final Meter meter;
    /// Since when its loop has it.
    private long createdNanos;
    private @Nullable Leg server;
    private @Nullable Upstream backend;
    private @Nullable Attempt attempt;
    private @Nullable HeaderReader header;
    // IPv4 as in an IPv4-mapped IPv6 address.
    private long clientHigh;
    private long clientLow;
    private char clientPort;
    private final char localPort;
    private int movedAtSecond;
    private boolean over;
    private boolean spoke;
    private boolean sourceCounted;
    private boolean backendEndedFirst;
    private boolean looked;
    private boolean resumable;
    /// See [PeerWatch]; the first tick of its life is spared.
    private boolean resting;
    private byte ticksToLook;
    /// Another balancer's connection: its PROXY header names the client.
    private boolean proxied;

    Connection(RelayLoop loop, Listener listener, int fd, InetSocketAddress client, @Nullable VirtualIp vip,
            int localPort) {
        this.loop = loop;
        this.listener = listener;
        this.client = new Leg(this, fd);
        this.vip = vip;
        this.meter = loop.meter(vip);
        this.localPort = (char) localPort;
        this.movedAtSecond = loop.second();
        clientAddress(client);
    }

    RelayLoop loop() {
        return loop;
    }

    Leg client() {
        return client;
    }

    @Nullable
    VirtualIp vip() {
        return vip;
    }

    @Nullable
    Upstream backend() {
        return backend;
    }

    @Nullable
    Attempt attempt() {
        return attempt;
    }

    @Nullable
    Leg server() {
        return server;
    }

    @Nullable
    Leg other(Leg leg) {
        return leg.isClient() ? server : client;
    }

    long createdNanos() {
        return createdNanos;
    }

    int movedAtSecond() {
        return movedAtSecond;
    }

    /// The client has never sent anything, not even what still waits for the backend.
    boolean silent() {
        return !spoke;
    }

    /// Bytes of the client have come; another balancer's header is none of them.
    void heard() {
        if (!spoke && !over && header == null) {
            spoke = true;
            loop.spoke();
        }
    }

    /// The client's address counts for the limit per source.
    void sourceCounted() {
        sourceCounted = true;
    }

    void clientAddress(InetSocketAddress address) {
        ByteBuffer raw = ByteBuffer.wrap(address.getAddress().getAddress());
        if (raw.remaining() == 4) {
            clientHigh = 0;
            clientLow = 0xffffL << 32 | (raw.getInt() & 0xffffffffL);
        } else {
            clientHigh = raw.getLong();
            clientLow = raw.getLong();
        }
        clientPort = (char) address.getPort();
    }

    InetAddress clientAddress() {
        boolean ipv4 = clientHigh == 0 && clientLow >>> 32 == 0xffffL;
        return IpAddresses.of(ipv4
                ? ByteBuffer.allocate(4).putInt((int) clientLow).array()
                : ByteBuffer.allocate(16).putLong(clientHigh).putLong(clientLow).array());
    }

    InetSocketAddress clientSocketAddress() {
        return new InetSocketAddress(clientAddress(), clientPort);
    }

    /// Begins: as a task on the loop, not inside a batch of events.
    void start(boolean expectHeader) {
        assert loop.inEventLoop();
        proxied = expectHeader;
        createdNanos = System.nanoTime();
        loop.add(this);
        try {
            if (expectHeader) {
                header = new HeaderReader(this);
            } else {
                client.connected();
                Attempt a = new Attempt(this);
                attempt = a;
                a.dial();
            }
            if (!over) {
                client.register(loop.eventLoop());
            }
        } catch (Throwable t) {
            broken(t);
        }
    }

    /// The PROXY header is read; what came with it is the first to be sent.
    void headerRead() {
        header = null;
        client.connected();
        client.readable();
        Attempt a = new Attempt(this);
        attempt = a;
        loop.execute(a);
    }

    /// An event of a leg that is not connected yet.
    ///
    /// @return whether it is now
    boolean connecting(Leg leg, int ops) {
        HeaderReader reader = header;
        if (leg.isClient()) {
            if (reader != null) {
                reader.ready();
            }
            return false;
        }
        Attempt a = attempt;
        return a != null && (ops & (Native.EPOLLOUT | Leg.FAILURE_EVENTS)) != 0 && a.ready(ops);
    }

    void established(Upstream accepted, Leg leg) {
        attempt = null;
        backend = accepted;
        server = leg;
        leg.connected();
        if (resumable) {
            accepted.resumable(true);
        }
        loop.established(this);
        if (loop.config().proxyProtocol().send()) {
            if (HeaderWriter.write(this, leg)) {
                client.pump();
            }
            return;
        }
        client.pump();
        if (client.bytes() == 0 && !over) {
            loop.handshakeAcks().await(this);
        }
    }

    void nextLook(int ticks) {
        resting = false;
        ticksToLook = (byte) ticks;
    }

    boolean isLookDue() {
        return --ticksToLook <= 0;
    }

    void rest() {
        resting = true;
    }

    /// Bytes have moved, or a side has ended its direction.
    void stirred() {
        movedAtSecond = loop.second();
        if (resting) {
            loop.peers().watch(this);
        }
    }

    void moved(Leg from, long bytes) {
        stirred();
        if (!looked && from.isClient()) {
            firstBytes(loop.lastRead(), 0, (int) Math.min(bytes, RelayLoop.BUFFER));
        }
        if (from.isClient()) {
            heard(); // what came together with a PROXY header
            meter.received(bytes);
        } else {
            meter.sent(bytes);
        }
        Upstream b = backend;
        if (b == null) {
            return;
        }
        if (from.isClient()) {
            b.sent(bytes);
        } else {
            b.received(bytes);
        }
    }

    /// The client begins to speak. HTTP/2 is what kubelets, controllers and watches speak: their client libraries make a new
    /// connection and go on. `kubectl exec`, `attach` and `port-forward` cannot use it, and end when they are cut.
    void firstBytes(ByteBuffer from, int start, int length) {
        looked = true;
        resumable = ClientHello.offersHttp2(from, start, length);
        Upstream b = backend;
        if (resumable && b != null) {
            b.resumable(true);
        }
    }

    /// See [Upstream#resumable].
    boolean resumable() {
        return resumable;
    }

    void firstEnd(Leg leg) {
        backendEndedFirst = !leg.isClient();
        Upstream b = backend;
        if (backendEndedFirst && b != null && leg.bytes() == 0 && client.bytes() > 0) {
            b.resetBeforeFirstByte();
        }
    }

    void bothEnded() {
        end(backendEndedFirst ? Ending.BACKEND_CLOSED : Ending.CLIENT_CLOSED, false);
    }

    /// One side's socket failed: the other side is told in the same way.
    void failed(Leg leg, IOException cause) {
        boolean vanished = SocketErrors.vanished(cause);
        if (leg.isClient()) {
            end(vanished ? Ending.CLIENT_VANISHED : Ending.CLIENT_RESET, true);
            return;
        }
        Upstream b = backend;
        if (b != null && !over) {
            b.reset();
            if (leg.bytes() == 0 && client.bytes() > 0 && !client.ended()) {
                b.resetBeforeFirstByte();
            }
        }
        end(vanished ? Ending.BACKEND_VANISHED : Ending.BACKEND_RESET, true);
    }

    /// A fault of ours costs this connection, not the loop.
    void broken(Throwable t) {
        loop.fault(t);
        end(Ending.FAILED, true);
    }

    void end(Ending ending, boolean reset) {
        assert loop.inEventLoop();
        if (over) {
            return;
        }
        over = true;
        if (loop.config().accessLog()) {
            AccessLog.write(this, ending);
        }
        Attempt a = attempt;
        if (a != null) {
            attempt = null;
            a.cancel();
        }
        client.finish(reset);
        if (server != null) {
            server.finish(reset);
        }
        if (header != null) {
            header.close();
            header = null;
        }
        if (backend != null) {
            if (resumable) {
                backend.resumable(false);
            }
            backend.closed();
        }
        loop.admission().release(
                sourceCounted && loop.admission().countsSources() ? clientAddress() : null);
        loop.ended(this, ending);
    }

    boolean over() {
        return over;
    }

    /// What the client dialled.
    InetSocketAddress dialled() {
        return vip != null ? new InetSocketAddress(vip.address(), localPort) : listener.address();
    }

    /// The socket's own address at this moment; null when the kernel has forgotten it.
    static @Nullable InetSocketAddress localAddress(Leg leg) {
        return new Socket(leg.intValue()).localAddress();
    }

    /// Null when a new owner of the VIP could not wake it: not to a VIP, or its socket's peer is another balancer.
    @Nullable
    ClientConnection asClientConnection() {
        return vip == null || proxied ? null : new ClientConnection(vip, localPort, clientSocketAddress());
    }

    ConnectionRow row(long nowNanos) {
        Leg s = server;
        long age = nowNanos - createdNanos;
        // The loop's clock goes by seconds: what it says may be from before the connection was there.
        long idle = Math.clamp(nowNanos - loop.originNanos() - TimeUnit.SECONDS.toNanos(movedAtSecond), 0, age);
        return new ConnectionRow(Optional.ofNullable(vip), HostPort.of(dialled()), clientSocketAddress(),
                Optional.ofNullable(backend).map(Upstream::id), client.bytes(), s == null ? 0 : s.bytes(),
                Duration.ofNanos(age), Duration.ofSeconds(TimeUnit.NANOSECONDS.toSeconds(idle)));
    }
}
