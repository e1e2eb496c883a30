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
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Sockets, TLS and framing below [MemberConnection]. The event loop `hacp-channel` has all connections and carries the
/// heartbeats. What strangers can make expensive is done elsewhere: `hacp-accept` accepts and rejects, `hacp-tls` and, for
/// connections from addresses where no member is, `hacp-tls-strangers` do the cryptography of handshakes.
final class Wiring {

    private static final Duration CONNECT = Duration.ofSeconds(1);
    /// For TLS, and for an accepted connection's hello as well.
    private static final Duration HANDSHAKE = Duration.ofSeconds(2);
    /// Silence after which a connection is given up and opened again: TCP's own retransmissions back off for longer
    /// than a healed link should wait. Pings come every second.
    private static final Duration SILENCE = Duration.ofMillis(2500);

    private final ChannelConfig config;
    private final MemberConnection.Events events;
    private final Ticker ticker;
    private final EventLoopGroup acceptGroup;
    private final EventLoop acceptLoop;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ChannelGroup open;
    private final SslContext serverTls;
    private final SslContext clientTls;
    private final ExecutorService handshakes = handshakes("hacp-tls");
    private final ExecutorService strangersHandshakes = handshakes("hacp-tls-strangers");
    /// Of the accept loop.
    private final Admission admission = new Admission();

    /// @param trusted whether a certificate with this fingerprint may speak
    Wiring(ChannelConfig config, SelfSigned identity, Predicate<String> trusted, MemberConnection.Events events,
            Ticker ticker) {
        this.config = config;
        this.events = events;
        this.ticker = ticker;
        this.acceptGroup = oneLoop("hacp-accept");
        this.acceptLoop = acceptGroup.next();
        this.group = oneLoop("hacp-channel");
        this.loop = group.next();
        this.open = new DefaultChannelGroup(loop, true);
        this.serverTls = MemberTls.server(identity, trusted);
        this.clientTls = MemberTls.client(identity, trusted);
    }

    private static EventLoopGroup oneLoop(String thread) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(thread, true), NioIoHandler.newFactory());
    }

    /// The queue is short: each connection has one task at a time, and [Admission] bounds the connections.
    private static ExecutorService handshakes(String thread) {
        ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name(thread).daemon().factory());
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    EventLoop loop() {
        return loop;
    }

    /// Listens for members; waits until the address is bound or is not.
    ChannelFuture listen(InetAddress address, int port) {
        ChannelFuture bound = new ServerBootstrap().group(acceptGroup, group).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true).handler(new AdmissionHandler(admission, ticker))
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(accepted()).bind(address, port)
                .awaitUninterruptibly();
        open.add(bound.channel());
        return bound;
    }

    /// Where members are, and how many at each address.
    void members(Map<InetAddress, Integer> addresses) {
        inAcceptLoop(() -> admission.members(addresses));
    }

    PortCounters counters() {
        return admission.counters();
    }

    /// Dials a member again and again while the target wants it.
    ///
    /// @param begun told of each connection, before its handshake
    Dialer dialer(Dialer.Target target, Consumer<MemberConnection> begun) {
        return new Dialer(loop, bootstrap(dialled(begun)), target);
    }

    /// Connects and hangs up again and again, to learn when nobody listens there.
    Dialer knocker(Dialer.Target target) {
        return new Dialer(loop, bootstrap(new Knock()), target);
    }

    private Bootstrap bootstrap(ChannelHandler handler) {
        return new Bootstrap().group(loop).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis()).handler(handler);
    }

    private ChannelHandler dialled(Consumer<MemberConnection> begun) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                MemberConnection connection = new MemberConnection(config, events, ticker, true, () -> {});
                fill(channel, clientTls.newHandler(channel.alloc(), handshakes), connection);
                begun.accept(connection);
            }
        };
    }

    private ChannelHandler accepted() {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                Admission.Slot slot = channel.attr(AdmissionHandler.SLOT).get();
                channel.closeFuture().addListener(closed -> release(slot));
                MemberConnection connection = new MemberConnection(config, events, ticker, false, () -> release(slot));
                fill(channel, serverTls.newHandler(channel.alloc(), slot.isMember() ? handshakes : strangersHandshakes),
                        connection);
                Future<?> deadline = channel.eventLoop().schedule(() -> {
                    if (connection.peer().isEmpty()) {
                        channel.close();
                    }
                }, HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS);
                channel.closeFuture().addListener(closed -> deadline.cancel(false));
            }
        };
    }

    private void release(Admission.Slot slot) {
        inAcceptLoop(slot::release);
    }

    private void inAcceptLoop(Runnable change) {
        if (!acceptLoop.isShuttingDown()) {
            acceptLoop.execute(change);
        }
    }

    private void fill(Channel channel, SslHandler tls, MemberConnection connection) {
        open.add(channel);
        tls.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
        channel.pipeline().addLast(new IdleStateHandler(SILENCE.toMillis(), 0, 0, TimeUnit.MILLISECONDS), tls,
                new LengthFieldBasedFrameDecoder(FrameCodec.LONGEST_FRAME + 4, 0, 4, 0, 4),
                new LengthFieldPrepender(4), connection);
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
        var accepting = acceptGroup.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS);
        group.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1000);
        accepting.awaitUninterruptibly(1000);
        handshakes.shutdown();
        strangersHandshakes.shutdown();
    }
}
