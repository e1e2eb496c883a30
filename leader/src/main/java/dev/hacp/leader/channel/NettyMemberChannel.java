package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import dev.hacp.core.Pulse;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.MemberChannel;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TLS connection to each member of the directory, all on one event loop (thread `hacp-channel`), which owns every
/// mutable field here; strangers are kept away from it (see [Wiring], [Admission]). The node with the lower name
/// connects. The other one only probes the port, while there is no connection, to learn whether anybody listens there:
/// a port that refuses means that the peer's process is gone.
public final class NettyMemberChannel implements MemberChannel {

    private static final long NOTHING_WAITS = Long.MIN_VALUE;
    private static final Logger log = LoggerFactory.getLogger(NettyMemberChannel.class);
    private static final Duration GOODBYE = Duration.ofMillis(200);

    private final ChannelConfig config;
    private final Directory directory;
    private final Supplier<? extends Collection<ClientConnection>> ownClients;
    private final SelfSigned identity;
    private final Wiring wiring;
    private final EventLoop loop;
    private final Pulse pulse = new Pulse("hacp-channel");
    private final ClientTables tables = new ClientTables();
    private final Ticker ticker;
    /// Since when the event loop has had something of ours to do.
    private final AtomicLong waitingSince = new AtomicLong(NOTHING_WAITS);
    private Consumer<Map<NodeName, InetSocketAddress>> addressesTold = _ -> {};
    private Consumer<List<HostPort>> apiServersTold = _ -> {};
    private List<HostPort> ownApiServers = List.of();
    private final Map<NodeName, PeerLink> peers = new HashMap<>();
    private final MemberAddresses addresses;
    /// Why a member could not own what we own.
    private Map<NodeName, String> differing = Map.of();
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
        this.wiring = new Wiring(config, identity, this::isPublished, new ConnectionEvents(), ticker);
        this.loop = wiring.loop();
        this.addresses = new MemberAddresses(config.self(), config.peers());
        wiring.members(addresses.counts());
    }

    /// @throws ConfigurationException when the address cannot be listened on
    @Override
    public void start(Listener members) {
        listener = members;
        HostPort listen = config.listen();
        InetAddress address = listen.literal().orElseThrow(() -> new ConfigurationException(
                List.of("--peer-address: '" + listen + "' (expected: an address and a port)")));
        ChannelFuture bound = wiring.listen(address, listen.port());
        if (!bound.isSuccess()) {
            throw new ConfigurationException(List.of("--peer-address: cannot listen on " + listen + ": "
                    + bound.cause().getMessage() + " (expected: an address of this node and a free port)"));
        }
        server = bound.channel();
        loop.scheduleWithFixedDelay(pulse::beat, 0, Pulse.PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        loop.execute(() -> config.peers().stream().filter(one -> !one.equals(listen))
                .forEach(one -> StaticPeer.dial(one, wiring, this::isConnected)));
        directory.start(identity.fingerprint(), found -> loop.execute(() -> membersChanged(found)));
    }

    /// Where it listens, with the port that the kernel chose when 0 was asked for.
    public HostPort listening() {
        Channel open = server;
        return open == null ? config.listen() : HostPort.of((InetSocketAddress) open.localAddress());
    }

    /// Of the event loop.
    public Pulse pulse() {
        return pulse;
    }

    public String fingerprint() {
        return identity.fingerprint();
    }

    /// Where the other members are reached; called on the event loop at each change. Before [#start].
    public void onAddresses(Consumer<Map<NodeName, InetSocketAddress>> told) {
        addressesTold = told;
    }

    /// What a member knows of the API servers; called on the event loop, quickly. Before [#start].
    public void onApiServers(Consumer<List<HostPort>> told) {
        apiServersTold = told;
    }

    /// Tells the peers what this agent knows of the API servers, now and when they connect.
    public void shareApiServers(List<HostPort> servers) {
        List<HostPort> all = List.copyOf(servers);
        loop.execute(() -> {
            ownApiServers = all;
            for (PeerLink peer : peers.values()) {
                MemberConnection live = peer.live();
                if (live != null && live.isWritable()) {
                    live.send(new Frame.ApiServers(all));
                }
            }
        });
    }

    @Override
    public long deafNanos() {
        long since = waitingSince.get();
        return since == NOTHING_WAITS ? 0 : Math.max(0, ticker.nanos() - since);
    }

    @Override
    public void send(NodeName peer, Heartbeat heartbeat) {
        waitingSince.compareAndSet(NOTHING_WAITS, ticker.nanos());
        loop.execute(() -> {
            waitingSince.set(NOTHING_WAITS);
            PeerLink known = peers.get(peer);
            MemberConnection live = known == null ? null : known.live();
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
            for (PeerLink peer : peers.values()) {
                MemberConnection live = peer.live();
                if (live != null) {
                    live.sendChange(more, less);
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

    /// For the status page; blocks for a moment. Empty once the channel is closing.
    public List<PeerStatus> peers() {
        if (loop.isShuttingDown()) {
            return List.of();
        }
        return loop.submit(() -> peers.values().stream().filter(PeerLink::counts).map(this::status)
                .sorted((a, b) -> a.node().compareTo(b.node())).toList()).awaitUninterruptibly().getNow();
    }

    public PortCounters counters() {
        return wiring.counters();
    }

    private PeerStatus status(PeerLink peer) {
        MemberConnection live = peer.live();
        return new PeerStatus(peer.node(), peer.address(), live != null,
                Duration.ofNanos(live == null ? 0 : live.roundTripNanos()), tables.count(peer.node()),
                peer.difference());
    }

    @Override
    public void leave() {
        loop.submit(() -> peers.values().forEach(PeerLink::sayGoodbye)).awaitUninterruptibly(GOODBYE.toMillis());
        directory.leave();
    }

    @Override
    public void close() {
        pulse.end();
        directory.close();
        listener = null;
        wiring.close();
    }

    /// Of any thread.
    private boolean isPublished(String fingerprint) {
        boolean known = byFingerprint.containsKey(fingerprint);
        if (!known) {
            directory.refresh();
        }
        return known;
    }

    private boolean isConnected(NodeName node) {
        PeerLink peer = peers.get(node);
        return peer != null && peer.live() != null;
    }

    private void membersChanged(Collection<Member> members) {
        Map<String, NodeName> fingerprints = new HashMap<>();
        members.forEach(member -> fingerprints.put(member.fingerprint(), member.node()));
        List<Member> counting = members.stream().filter(Member::counts).toList();
        Set<NodeName> names = counting.stream().map(Member::node).collect(Collectors.toCollection(TreeSet::new));
        byFingerprint = Map.copyOf(fingerprints);
        addresses.published(members);
        wiring.members(addresses.counts());
        for (Member member : members) {
            if (!member.node().equals(config.self())) {
                peers.computeIfAbsent(member.node(), node -> link(member)).update(member);
            }
        }
        peers.values().removeIf(peer -> {
            boolean gone = !fingerprints.containsValue(peer.node());
            if (gone) {
                tables.forget(peer.node());
                peer.end();
            }
            return gone;
        });
        tellConnected();
        if (!members.isEmpty()) {
            tell(told -> told.members(Set.copyOf(names)));
        }
        tellDifferences(counting);
        tellAddresses(counting);
    }

    private void tellConnected() {
        directory.connected(peers.values().stream().filter(peer -> peer.live() != null).map(PeerLink::node)
                .collect(Collectors.toUnmodifiableSet()));
    }

    private void tellAddresses(Collection<Member> members) {
        Map<NodeName, InetSocketAddress> others = new HashMap<>();
        for (Member member : members) {
            if (!member.node().equals(config.self())) {
                member.address().literal()
                        .ifPresent(at -> others.put(member.node(), new InetSocketAddress(at, member.address().port())));
            }
        }
        addressesTold.accept(others);
    }

    private void tellDifferences(Collection<Member> members) {
        Map<NodeName, String> now = new TreeMap<>();
        members.stream().filter(member -> !member.node().equals(config.self()))
                .filter(member -> !member.difference().unable().isEmpty())
                .forEach(member -> now.put(member.node(), member.difference().unable()));
        Map<NodeName, String> before = differing;
        differing = now;
        members.stream().map(Member::node)
                .filter(node -> !Objects.equals(now.get(node), before.get(node)))
                .forEach(node -> tell(told -> told.differs(node, now.getOrDefault(node, ""))));
    }

    private PeerLink link(Member member) {
        return new PeerLink(config.self(), member, wiring, ownClients,
                (peer, loss) -> tell(told -> told.lost(peer, loss)));
    }

    private void tell(Consumer<Listener> telling) {
        Listener told = listener;
        if (told != null) {
            try {
                telling.accept(told);
            } catch (RuntimeException e) {
                log.error("a listener of the member channel failed", e);
            }
        }
    }

    /// Called on the event loop.
    private final class ConnectionEvents implements MemberConnection.Events {

        @Override
        public Optional<NodeName> nodeOf(String fingerprint) {
            return Optional.ofNullable(byFingerprint.get(fingerprint)).filter(node -> !node.equals(config.self()));
        }

        @Override
        public boolean established(MemberConnection connection) {
            PeerLink peer = linkOf(connection);
            if (peer == null || !peer.accept(connection)) {
                return false;
            }
            if (!ownApiServers.isEmpty()) {
                connection.send(new Frame.ApiServers(ownApiServers));
            }
            tellConnected();
            if (connection.remote().filter(from -> addresses.connected(peer.node(), from)).isPresent()) {
                wiring.members(addresses.counts());
            }
            return true;
        }

        @Override
        public void received(MemberConnection connection, Frame frame, long nanos) {
            PeerLink peer = linkOf(connection);
            if (peer == null || peer.live() != connection) {
                return;
            }
            NodeName node = peer.node();
            switch (frame) {
                case Frame.Beat(Heartbeat heartbeat) -> tell(told -> told.heartbeat(node, heartbeat, nanos));
                case Frame.Goodbye() -> {
                    peer.leaves();
                    tellConnected();
                }
                case Frame.Clients clients -> tables.apply(node, clients);
                case Frame.ApiServers(List<HostPort> servers) -> apiServersTold.accept(servers);
                default -> log.debug("{}: {} is not expected here", node, frame);
            }
        }

        @Override
        public void closed(MemberConnection connection) {
            PeerLink peer = linkOf(connection);
            if (peer != null && peer.live() == connection) {
                peer.broken();
                tellConnected();
            }
        }

        @Override
        public void writable(MemberConnection connection) {
            if (connection.needsSnapshot()) {
                connection.sendSnapshot(ownClients.get());
            }
        }

        private @Nullable PeerLink linkOf(MemberConnection connection) {
            return connection.peer().map(peers::get).orElse(null);
        }
    }

    @Override
    public String toString() {
        return "member channel of " + config.self() + " at " + config.listen().literal().map(IpAddresses::text)
                .orElse(config.listen().host());
    }
}
