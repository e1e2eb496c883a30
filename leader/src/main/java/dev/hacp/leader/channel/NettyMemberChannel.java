package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.MemberChannel;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
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
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TLS connection to each member of the directory, all on one event loop (thread `hacp-channel`), which owns every
/// mutable field here. The lower name dials. The higher one only knocks, while there is no connection, to learn whether
/// anybody listens there: a port that refuses means that the peer's process is gone.
public final class NettyMemberChannel implements MemberChannel {

    private static final Logger log = LoggerFactory.getLogger(NettyMemberChannel.class);
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration HANDSHAKE = Duration.ofSeconds(2);
    /// Silence after which a connection is given up and made anew: TCP's own retransmissions back off for longer than a
    /// healed link should wait. Pings come every second.
    private static final Duration SILENCE = Duration.ofMillis(2500);
    private static final Duration GOODBYE = Duration.ofMillis(200);

    private final ChannelConfig config;
    private final Directory directory;
    private final Supplier<? extends Collection<ClientConnection>> ownClients;
    private final Ticker ticker;
    private final SelfSigned identity;
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final SslContext serverTls;
    private final SslContext clientTls;
    private final ClientTables tables = new ClientTables();
    private final Map<NodeName, Peer> peers = new HashMap<>();
    private final List<StaticPeer> staticPeers = new ArrayList<>();
    private final Set<MemberConnection> opening = new HashSet<>();
    private volatile Map<String, NodeName> byFingerprint = Map.of();
    private volatile @Nullable Listener listener;
    private @Nullable Channel server;

    /// @param ownClients the client connections that this agent has on the VIP just now; called on the event loop, quickly
    public NettyMemberChannel(ChannelConfig config, Directory directory,
            Supplier<? extends Collection<ClientConnection>> ownClients, Ticker ticker) {
        this.config = config;
        this.directory = directory;
        this.ownClients = ownClients;
        this.ticker = ticker;
        this.identity = SelfSigned.create(config.self());
        this.group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("hacp-channel", true),
                NioIoHandler.newFactory());
        this.loop = group.next();
        this.serverTls = MemberTls.server(identity, this::published);
        this.clientTls = MemberTls.client(identity, this::published);
    }

    /// @throws ConfigurationException when the address cannot be listened on
    @Override
    public void start(Listener members) {
        listener = members;
        ServerBootstrap bootstrap = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(pipeline(serverTls, false));
        HostPort listen = config.listen();
        InetAddress address = listen.literal().orElseThrow(() -> new ConfigurationException(
                List.of("--peer-address: '" + listen + "' (expected: an address and a port)")));
        var bound = bootstrap.bind(address, listen.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new ConfigurationException(List.of("--peer-address: cannot listen on " + listen + ": "
                    + bound.cause().getMessage() + " (expected: an address of this node and a free port)"));
        }
        server = bound.channel();
        loop.execute(() -> config.peers().stream().filter(one -> !one.equals(listen))
                .forEach(one -> staticPeers.add(new StaticPeer(one))));
        directory.start(identity.fingerprint(), found -> loop.execute(() -> membersChanged(found)));
    }

    /// Where it listens, with the port that the kernel chose when 0 was asked for.
    public HostPort listening() {
        Channel open = server;
        return open == null ? config.listen() : HostPort.of((InetSocketAddress) open.localAddress());
    }

    public String fingerprint() {
        return identity.fingerprint();
    }

    @Override
    public void send(NodeName peer, Heartbeat heartbeat) {
        loop.execute(() -> {
            Peer known = peers.get(peer);
            MemberConnection live = known == null ? null : known.live;
            if (live != null && (live.isWritable() || heartbeat.grant().isPresent())) {
                live.send(new Frame.Beat(heartbeat));
            }
        });
    }

    /// Tells the peers what changed in our table of client connections; batch it (every 50 to 100 ms is often enough).
    public void shareClients(Collection<ClientConnection> added, Collection<ClientConnection> removed) {
        List<ClientConnection> more = List.copyOf(added);
        List<ClientConnection> less = List.copyOf(removed);
        loop.execute(() -> {
            for (Peer peer : peers.values()) {
                if (peer.live != null) {
                    peer.live.sendChange(more, less);
                }
            }
        });
    }

    /// The client connections of this peer, as it told us last, also after it was lost.
    public Set<ClientConnection> clientsOf(NodeName peer) {
        return tables.of(peer);
    }

    /// The client connections of all peers together.
    public Set<ClientConnection> clientsOfPeers() {
        return tables.all();
    }

    /// For the status page; blocks for a moment.
    public List<PeerStatus> peers() {
        return loop.submit(() -> peers.values().stream().map(Peer::status)
                .sorted((a, b) -> a.node().compareTo(b.node())).toList()).awaitUninterruptibly().getNow();
    }

    @Override
    public void leave() {
        directory.leave();
        loop.submit(() -> {
            for (Peer peer : peers.values()) {
                peer.dialer.stop();
                if (peer.live != null) {
                    peer.live.send(new Frame.Goodbye());
                }
            }
        }).awaitUninterruptibly(GOODBYE.toMillis());
    }

    @Override
    public void close() {
        directory.close();
        listener = null;
        group.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1000);
    }

    private boolean published(String fingerprint) {
        boolean known = byFingerprint.containsKey(fingerprint);
        if (!known) {
            directory.refresh();
        }
        return known;
    }

    private void membersChanged(Collection<Member> members) {
        Map<String, NodeName> fingerprints = new HashMap<>();
        Set<NodeName> names = new TreeSet<>();
        for (Member member : members) {
            fingerprints.put(member.fingerprint(), member.node());
            names.add(member.node());
        }
        byFingerprint = Map.copyOf(fingerprints);
        for (Member member : members) {
            if (!member.node().equals(config.self())) {
                peers.computeIfAbsent(member.node(), node -> new Peer(member)).update(member);
            }
        }
        peers.values().removeIf(peer -> {
            boolean gone = !names.contains(peer.member.node());
            if (gone) {
                peer.dialer.stop();
                tables.forget(peer.member.node());
                if (peer.live != null) {
                    peer.live.close();
                }
            }
            return gone;
        });
        tell(l -> l.members(Set.copyOf(names)));
    }

    private interface Telling {
        void to(Listener listener);
    }

    private void tell(Telling telling) {
        Listener told = listener;
        if (told != null) {
            try {
                telling.to(told);
            } catch (RuntimeException e) {
                log.error("a listener of the member channel failed", e);
            }
        }
    }

    private ChannelHandler pipeline(SslContext tls, boolean dialled) {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                SslHandler ssl = tls.newHandler(channel.alloc());
                ssl.setHandshakeTimeoutMillis(HANDSHAKE.toMillis());
                MemberConnection connection = new MemberConnection(config, events, ticker, dialled);
                opening.add(connection);
                channel.pipeline().addLast(new IdleStateHandler(SILENCE.toMillis(), 0, 0, TimeUnit.MILLISECONDS), ssl,
                        new LengthFieldBasedFrameDecoder(FrameCodec.LONGEST_FRAME + 4, 0, 4, 0, 4),
                        new LengthFieldPrepender(4), connection);
            }
        };
    }

    private Bootstrap dialling(ChannelHandler handler) {
        return new Bootstrap().group(loop).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis()).handler(handler);
    }

    /// Connects and hangs up.
    @ChannelHandler.Sharable
    private static final class Knock extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }

    private final MemberConnection.Events events = new MemberConnection.Events() {

        @Override
        public Optional<NodeName> nodeOf(String fingerprint) {
            return Optional.ofNullable(byFingerprint.get(fingerprint)).filter(node -> !node.equals(config.self()));
        }

        @Override
        public boolean established(MemberConnection connection) {
            opening.remove(connection);
            Peer peer = connection.peer().map(peers::get).orElse(null);
            return peer != null && peer.accept(connection);
        }

        @Override
        public void received(MemberConnection connection, Frame frame, long nanos) {
            Peer peer = connection.peer().map(peers::get).orElse(null);
            if (peer == null || peer.live != connection) {
                return;
            }
            NodeName node = peer.member.node();
            switch (frame) {
                case Frame.Beat(Heartbeat heartbeat) -> tell(l -> l.heartbeat(node, heartbeat, nanos));
                case Frame.Goodbye() -> peer.leaves();
                case Frame.Clients clients -> tables.apply(node, clients);
                default -> log.debug("{}: {} is not for here", node, frame);
            }
        }

        @Override
        public void closed(MemberConnection connection) {
            opening.remove(connection);
            Peer peer = connection.peer().map(peers::get).orElse(null);
            if (peer != null && peer.live == connection) {
                peer.broken();
            }
        }

        @Override
        public void writable(MemberConnection connection) {
            if (connection.needsSnapshot()) {
                connection.sendSnapshot(ownClients.get());
            }
        }
    };

    /// A member of the directory other than this one.
    private final class Peer implements Dialer.Target {
        private final Dialer dialer;
        private Member member;
        private @Nullable MemberConnection live;
        private boolean left;
        private boolean refusedTold;

        Peer(Member member) {
            this.member = member;
            boolean weDial = config.self().compareTo(member.node()) < 0;
            this.dialer = new Dialer(loop, dialling(weDial ? pipeline(clientTls, true) : new Knock()), this);
        }

        void update(Member now) {
            boolean other = !now.equals(member);
            if (!now.fingerprint().equals(member.fingerprint()) && live != null) {
                // A new process of that node: the old one's connection is worth nothing.
                live.close();
            }
            member = now;
            if (other || live == null) {
                dialer.now();
            }
        }

        boolean accept(MemberConnection connection) {
            MemberConnection old = live;
            if (old != null) {
                NodeName lower = config.self().compareTo(member.node()) < 0 ? config.self() : member.node();
                if (old.initiator().equals(lower) && !connection.initiator().equals(lower)) {
                    return false;
                }
            }
            live = connection;
            if (old != null) {
                old.close();
            }
            left = false;
            refusedTold = false;
            connection.sendSnapshot(ownClients.get());
            return true;
        }

        void leaves() {
            left = true;
            MemberConnection open = live;
            live = null;
            tell(l -> l.lost(member.node(), Loss.LEFT));
            if (open != null) {
                open.close();
            }
        }

        void broken() {
            live = null;
            tell(l -> l.lost(member.node(), Loss.BROKEN));
            dialer.now();
        }

        @Override
        public HostPort address() {
            return member.address();
        }

        @Override
        public boolean wanted() {
            return live == null;
        }

        @Override
        public void refused() {
            if (live == null && !left && !refusedTold) {
                refusedTold = true;
                tell(l -> l.lost(member.node(), Loss.REFUSED));
            }
        }

        PeerStatus status() {
            return new PeerStatus(member.node(), member.address(), live != null,
                    Duration.ofNanos(live == null ? 0 : live.roundTripNanos()), tables.count(member.node()));
        }
    }

    /// An address from the configuration: whoever is there must be a member, and we dial whatever the names are.
    private final class StaticPeer implements Dialer.Target {
        private final HostPort address;
        private @Nullable MemberConnection last;

        StaticPeer(HostPort address) {
            this.address = address;
            Dialer dialer = new Dialer(loop, dialling(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(pipeline(clientTls, true));
                    last = null;
                    loop.execute(() -> last = channel.pipeline().get(MemberConnection.class));
                }
            }), this);
            loop.scheduleAtFixedRate(dialer::now, 0, 1, TimeUnit.SECONDS);
        }

        @Override
        public HostPort address() {
            return address;
        }

        @Override
        public boolean wanted() {
            Optional<Peer> peer = Optional.ofNullable(last).flatMap(MemberConnection::certified).map(peers::get);
            return peer.isEmpty() || peer.get().live == null;
        }

        @Override
        public void refused() {
            log.debug("{} refuses", address);
        }
    }

    @Override
    public String toString() {
        return "member channel of " + config.self() + " at " + config.listen().literal().map(IpAddresses::text)
                .orElse(config.listen().host());
    }
}
