package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.FaultGuard;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.pki.Certificates;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TLS connection: says hello, checks who the other side is, then passes frames on. Lives on the channel's event loop.
final class MemberConnection extends SimpleChannelInboundHandler<ByteBuf> {

    private static final Logger log = LoggerFactory.getLogger(MemberConnection.class);
    private static final Duration PING = Duration.ofSeconds(1);

    /// The channel's side of it.
    interface Events {

        /// Whose certificate this is; empty for a stranger and for ourselves.
        Optional<NodeName> nodeOf(String fingerprint);

        /// @return whether it becomes the connection to this peer
        boolean established(MemberConnection connection);

        void received(MemberConnection connection, Frame frame, long nanos);

        void closed(MemberConnection connection);

        void writable(MemberConnection connection);
    }

    private final ChannelConfig config;
    private final Events events;
    private final Ticker ticker;
    private final boolean dialled;
    private final Runnable authenticated;
    private @Nullable ChannelHandlerContext context;
    private @Nullable NodeName certified;
    private @Nullable NodeName peer;
    private boolean needsSnapshot;
    private long roundTripNanos;

    /// @param authenticated called once, when it is known to be a member's
    MemberConnection(ChannelConfig config, Events events, Ticker ticker, boolean dialled, Runnable authenticated) {
        this.config = config;
        this.events = events;
        this.ticker = ticker;
        this.dialled = dialled;
        this.authenticated = authenticated;
    }

    /// Known once it is established.
    Optional<NodeName> peer() {
        return Optional.ofNullable(peer);
    }

    /// Who the certificate says the other side is; known once TLS is up.
    Optional<NodeName> certified() {
        return Optional.ofNullable(certified);
    }

    /// Who opened it: with two at a time, both sides keep the one that the lower name dialled.
    NodeName initiator() {
        return dialled || peer == null ? config.self() : peer;
    }

    /// Whence or where to; empty once it is gone.
    Optional<InetAddress> remote() {
        return context != null && context.channel().remoteAddress() instanceof InetSocketAddress remote
                ? Optional.ofNullable(remote.getAddress())
                : Optional.empty();
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    void send(Frame frame) {
        ChannelHandlerContext open = context;
        if (open != null) {
            ByteBuf out = open.alloc().buffer(256);
            FrameCodec.encode(frame, out);
            open.writeAndFlush(out);
        }
    }

    boolean isWritable() {
        return context != null && context.channel().isWritable();
    }

    void sendSnapshot(Collection<ClientConnection> clients) {
        needsSnapshot = false;
        List<ClientConnection> all = new ArrayList<>(clients);
        int from = 0;
        do {
            int to = Math.min(all.size(), from + FrameCodec.CONNECTIONS_PER_FRAME);
            send(new Frame.Clients(from == 0, all.subList(from, to), List.of()));
            from = to;
        } while (from < all.size());
    }

    /// A peer that does not read gets the whole table later instead of a queue that grows here.
    void sendChange(List<ClientConnection> added, List<ClientConnection> removed) {
        if (needsSnapshot || !isWritable()) {
            needsSnapshot = true;
            return;
        }
        int most = FrameCodec.CONNECTIONS_PER_FRAME;
        for (int from = 0; from < Math.max(added.size(), removed.size()); from += most) {
            send(new Frame.Clients(false, part(added, from, most), part(removed, from, most)));
        }
    }

    private static List<ClientConnection> part(List<ClientConnection> all, int from, int most) {
        return from >= all.size() ? List.of() : all.subList(from, Math.min(all.size(), from + most));
    }

    boolean needsSnapshot() {
        return needsSnapshot;
    }

    void close() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        switch (event) {
            case SslHandshakeCompletionEvent tls when tls.isSuccess() -> {
                certified = certified(ctx).orElse(null);
                if (certified == null) {
                    ctx.close();
                } else {
                    send(new Frame.Hello(FrameCodec.VERSION, config.self(), config.group()));
                }
            }
            case SslHandshakeCompletionEvent tls -> {
                log.debug("{}: no TLS: {}", ctx.channel().remoteAddress(), tls.cause().toString());
                ctx.close();
            }
            case IdleStateEvent idle -> {
                log.debug("{}: silent", peer);
                ctx.close();
            }
            default -> super.userEventTriggered(ctx, event);
        }
    }

    private Optional<NodeName> certified(ChannelHandlerContext ctx) throws SSLPeerUnverifiedException {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        X509Certificate certificate = (X509Certificate) tls.engine().getSession().getPeerCertificates()[0];
        // Asked again: a resumed session was verified when it was new.
        return events.nodeOf(Certificates.fingerprint(certificate));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
        long nanos = ticker.nanos();
        Frame frame = FrameCodec.decode(in);
        if (peer == null) {
            greet(ctx, frame);
            return;
        }
        switch (frame) {
            case Frame.Ping(long sent) -> send(new Frame.Pong(sent));
            case Frame.Pong(long sent) -> roundTripNanos = Math.max(0, nanos - sent);
            case Frame.Hello again -> throw new MalformedFrameException("a second hello from " + again.node());
            case Frame.Unknown(int kind) -> log.debug("{}: skipped a frame of kind {}", peer, kind);
            default -> events.received(this, frame, nanos);
        }
    }

    private void greet(ChannelHandlerContext ctx, Frame frame) {
        if (!(frame instanceof Frame.Hello(int version, NodeName node, String group))) {
            throw new MalformedFrameException("no hello (expected: first)");
        }
        if (version < 1 || !node.equals(certified) || !group.equals(config.group())) {
            throw new MalformedFrameException("it is " + node + " of " + group + ", version " + version + " (expected: "
                    + certified + " of " + config.group() + ")");
        }
        peer = node;
        if (!events.established(this)) {
            peer = null;
            ctx.close();
            return;
        }
        authenticated.run();
        FaultGuard pinging = new FaultGuard("the pings to " + node, ticker);
        Future<?> pings = ctx.executor().scheduleAtFixedRate(
                pinging.around(() -> send(new Frame.Ping(ticker.nanos()))), 0, PING.toMillis(), TimeUnit.MILLISECONDS);
        ctx.channel().closeFuture().addListener(closed -> pings.cancel(false));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (isWritable()) {
            events.writable(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        events.closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("{}: {}", ctx.channel().remoteAddress(), cause.toString());
        ctx.close();
    }
}
