package dev.hacp.leader.channel;

import dev.hacp.core.Ticker;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Sockets, TLS and framing below [MemberConnection]: one event loop for everything, thread `hacp-channel`.
final class Wiring {

    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration HANDSHAKE = Duration.ofSeconds(2);
    /// Silence after which a connection is given up and made anew: TCP's own retransmissions back off for longer than a
    /// healed link should wait. Pings come every second.
    private static final Duration SILENCE = Duration.ofMillis(2500);

    private final ChannelConfig config;
    private final MemberConnection.Events events;
    private final Ticker ticker;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ChannelGroup open;
    private final SslContext serverTls;
    private final SslContext clientTls;

    /// @param trusted whether a certificate with this fingerprint may speak
    Wiring(ChannelConfig config, SelfSigned identity, Predicate<String> trusted, MemberConnection.Events events,
            Ticker ticker) {
        this.config = config;
        this.events = events;
        this.ticker = ticker;
        this.group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("hacp-channel", true),
                NioIoHandler.newFactory());
        this.loop = group.next();
        this.open = new DefaultChannelGroup(loop, true);
        this.serverTls = MemberTls.server(identity, trusted);
        this.clientTls = MemberTls.client(identity, trusted);
    }

    EventLoop loop() {
        return loop;
    }

    /// Listens for members; waits until the address is bound or is not.
    ChannelFuture listen(InetAddress address, int port) {
        ChannelFuture bound = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(pipeline(serverTls, false, begun -> {})).bind(address, port).awaitUninterruptibly();
        open.add(bound.channel());
        return bound;
    }

    /// Dials a member again and again while the target wants it.
    ///
    /// @param begun told of each connection, before its handshake
    Dialer dialer(Dialer.Target target, Consumer<MemberConnection> begun) {
        return new Dialer(loop, bootstrap(pipeline(clientTls, true, begun)), target);
    }

    /// Connects and hangs up again and again, to learn when nobody listens there.
    Dialer knocker(Dialer.Target target) {
        return new Dialer(loop, bootstrap(new Knock()), target);
    }

    private Bootstrap bootstrap(ChannelHandler handler) {
        return new Bootstrap().group(loop).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis()).handler(handler);
    }

    private ChannelHandler pipeline(SslContext tls, boolean dialled, Consumer<MemberConnection> begun) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                open.add(channel);
                SslHandler ssl = tls.newHandler(channel.alloc());
                ssl.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
                MemberConnection connection = new MemberConnection(config, events, ticker, dialled);
                channel.pipeline().addLast(new IdleStateHandler(SILENCE.toMillis(), 0, 0, TimeUnit.MILLISECONDS), ssl,
                        new LengthFieldBasedFrameDecoder(FrameCodec.LONGEST_FRAME + 4, 0, 4, 0, 4),
                        new LengthFieldPrepender(4), connection);
                begun.accept(connection);
            }
        };
    }

    private static final class Knock extends ChannelInboundHandlerAdapter {

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }

    /// The channels first and by name: a loop that is told to shut down without a quiet period may end before it has closed
    /// them (SingleThreadIoEventLoop.run looks whether it shuts down once before its tasks and once after them), and a
    /// listening socket left behind takes connections that nobody serves.
    void close() {
        open.close().awaitUninterruptibly(500);
        group.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1000);
    }
}
