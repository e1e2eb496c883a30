package dev.hacp.testbed.kube;

import dev.hacp.testbed.lan.Host;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.security.cert.X509Certificate;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// An API server inside this JVM, listening on the wildcard address of a host, for machines without the real programs.
/// It knows objects, versions, watches and who may ask; it has no RBAC rules, no admission and no etcd that can stall.
public final class EmbeddedApiServer implements ApiServer {

    private final Host host;
    private final ObjectStore store;
    private final X509Certificate authority;
    private final SslContext ssl;
    private volatile boolean ready;
    private @Nullable Serving serving;
    private @Nullable CountDownLatch pause;

    /// What exists while it runs: one event loop, so that pausing that one thread pauses all.
    private record Serving(MultiThreadIoEventLoopGroup loop, ChannelGroup channels) {}

    EmbeddedApiServer(Host host, ObjectStore store, Pki pki, Pki.Credential certificate) {
        this.host = host;
        this.store = store;
        this.authority = pki.ca();
        try {
            this.ssl = SslContextBuilder
                    .forServer(certificate.bundle().getKeyPair().getPrivate(),
                            certificate.bundle().getCertificatePath())
                    .trustManager(new AnyCertificate(authority)).clientAuth(ClientAuth.OPTIONAL).build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// TLS takes every certificate, as kube-apiserver's does; [ClientIdentity] decides per request.
    private record AnyCertificate(X509Certificate authority) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[]{authority};
        }
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public synchronized void start() {
        if (serving != null) {
            return;
        }
        MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1,
                new DefaultThreadFactory(commonName(), true), NioIoHandler.newFactory());
        // Stays closed: a client that is accepted while we close is closed too. The group must be empty before the loop
        // is shut down, which without a quiet period may leave channels open.
        ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        // Only the socket itself must be made inside the namespace; any thread may use it then.
        ServerSocketChannel socket = host.call(ServerSocketChannel::open);
        ServerBootstrap bootstrap = new ServerBootstrap().group(loop)
                .channelFactory(() -> new NioServerSocketChannel(socket)).option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(ssl.newHandler(channel.alloc()), new HttpServerCodec(),
                                new HttpObjectAggregator(1 << 20), new ApiHandler(store, authority, () -> ready));
                    }
                });
        channels.add(bootstrap.bind(new InetSocketAddress(PORT)).syncUninterruptibly().channel());
        serving = new Serving(loop, channels);
        ready = true;
    }

    /// What /readyz answers from now on, everything else working: a server that drains.
    public void setReady(boolean value) {
        ready = value;
    }

    @Override
    public synchronized void kill() {
        resume();
        ready = false;
        if (serving != null) {
            serving.channels().close().awaitUninterruptibly(5, TimeUnit.SECONDS);
            serving.loop().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
            serving = null;
        }
    }

    @Override
    public void terminate() {
        setReady(false);
        kill();
    }

    @Override
    public synchronized void pause() {
        if (serving == null || pause != null) {
            return;
        }
        CountDownLatch until = new CountDownLatch(1);
        pause = until;
        serving.loop().execute(() -> {
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public synchronized void resume() {
        if (pause != null) {
            pause.countDown();
            pause = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return serving != null;
    }

    @Override
    public String logTail() {
        return commonName() + " is embedded in this JVM: running=" + isRunning() + " ready=" + ready;
    }
}
