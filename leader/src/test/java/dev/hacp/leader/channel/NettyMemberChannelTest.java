package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.ConfigurationException;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.MemberChannel;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.handler.ssl.JdkSslContext;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Several channels in one JVM over loopback, with real TLS; the directory is a map that stands for the API.
class NettyMemberChannelTest {

    private static final NodeName A = new NodeName("a");
    private static final NodeName B = new NodeName("b");
    private static final NodeName C = new NodeName("c");

    private final Map<NodeName, Member> published = new ConcurrentHashMap<>();
    private final List<FakeDirectory> directories = new CopyOnWriteArrayList<>();
    private final List<Agent> agents = new ArrayList<>();

    private final class FakeDirectory implements Directory {
        private final Agent agent;
        private volatile Consumer<Collection<Member>> changed = members -> {};
        private volatile boolean withdrawn;
        volatile Set<NodeName> connected = Set.of();

        FakeDirectory(Agent agent) {
            this.agent = agent;
        }

        @Override
        public void start(String fingerprint, Consumer<Collection<Member>> listener) {
            changed = listener;
            directories.add(this);
            published.put(agent.name, new Member(agent.name, agent.advertised, fingerprint));
            tellAll();
        }

        @Override
        public void refresh() {
            changed.accept(withdrawn ? List.of() : List.copyOf(published.values()));
        }

        @Override
        public void connected(Set<NodeName> members) {
            connected = members;
        }

        void withdraw() {
            withdrawn = true;
            refresh();
        }

        @Override
        public void leave() {
            published.remove(agent.name);
            tellAll();
        }

        @Override
        public void close() {
            directories.remove(this);
        }
    }

    private void tellAll() {
        directories.forEach(FakeDirectory::refresh);
    }

    private final class Agent implements MemberChannel.Listener {
        final NodeName name;
        final HostPort address;
        final HostPort advertised;
        final NettyMemberChannel channel;
        final List<String> told = new CopyOnWriteArrayList<>();
        final Set<ClientConnection> clients = ConcurrentHashMap.newKeySet();
        final List<List<HostPort>> servers = new CopyOnWriteArrayList<>();
        volatile Set<NodeName> members = Set.of();

        Agent(NodeName name, HostPort address) {
            this(name, address, address, List.of());
        }

        Agent(NodeName name, HostPort address, HostPort advertised, List<HostPort> staticPeers) {
            this.name = name;
            this.advertised = advertised;
            this.address = address;
            this.channel = new NettyMemberChannel(new ChannelConfig(name, "kube-system/hacp", address, staticPeers),
                    new FakeDirectory(this), () -> clients, Ticker.system());
            agents.add(this);
            channel.onApiServers(servers::add);
            channel.start(this);
        }

        @Override
        public void members(Set<NodeName> now) {
            members = now;
        }

        @Override
        public void heartbeat(NodeName from, Heartbeat heartbeat, long receivedNanos) {
            told.add(from + " beat " + heartbeat.stamp().sentNanos());
        }

        @Override
        public void differs(NodeName peer, String why) {
            told.add(peer + " differs: " + why);
        }

        @Override
        public void lost(NodeName peer, MemberChannel.Loss loss) {
            told.add(peer + " " + loss);
        }

        boolean connectedTo(NodeName peer) {
            return channel.peers().stream().anyMatch(p -> p.node().equals(peer) && p.connected());
        }
    }

    @AfterEach
    void closeAll() {
        agents.forEach(agent -> agent.channel.close());
    }

    @Test
    void aMemberThatCouldNotOwnWhatWeOwnIsToldAfterTheMembersAndAgainWhenItCould() {
        Agent a = agent(A);
        Agent b = agent(B);
        await().until(() -> a.members.equals(Set.of(A, B)));
        Member alike = published.get(B);
        published.put(B, new Member(B, alike.address(), alike.fingerprint(),
                new Difference("port 7443 (here 6443)", "version 0.3.0 (here 0.2.0)")));
        tellAll();
        await().until(() -> a.told.contains("b differs: port 7443 (here 6443)"));
        assertThat(a.channel.peers()).singleElement()
                .returns("port 7443 (here 6443), version 0.3.0 (here 0.2.0)", peer -> peer.difference().toString());
        tellAll();
        published.put(B, alike);
        tellAll();
        await().until(() -> a.told.contains("b differs: "));
        assertThat(a.told).filteredOn(line -> line.contains("differs")).hasSize(2);
        assertThat(b.told).noneMatch(line -> line.contains("differs"));
    }

    @Test
    void anAgentThatMayNotBeAMemberLosesItsConnectionsAndItsElectionHearsOfNoSmallerMembership() {
        Agent a = agent(A);
        Agent b = agent(B);
        await().until(() -> a.connectedTo(B) && b.connectedTo(A));
        directories.stream().filter(directory -> directory.agent == a).forEach(FakeDirectory::withdraw);
        await().until(() -> a.channel.peers().isEmpty());
        await().until(() -> !b.connectedTo(A));
        assertThat(a.members).containsExactlyInAnyOrder(A, B);
    }

    @Test
    void anAgentWhoseLeaseHasGrownOldDoesNotCountAndTheDirectoryHearsThatItIsConnected() {
        Agent a = agent(A);
        Agent b = agent(B);
        FakeDirectory ofB = directories.stream().filter(directory -> directory.agent == b).findFirst().orElseThrow();
        await().until(() -> ofB.connected.equals(Set.of(A)));
        Member member = published.get(A);
        published.put(A, new Member(A, member.address(), member.fingerprint(), Difference.NONE, false));
        tellAll();
        await().until(() -> b.members.equals(Set.of(B)) && b.channel.peers().isEmpty());
        assertThat(ofB.connected).containsExactly(A);
        a.channel.close();
        await().until(() -> ofB.connected.isEmpty());
    }

    @Test
    void threeMembersFindEachOtherAndHeartbeatsArriveInOrder() {
        Agent a = agent(A);
        Agent b = agent(B);
        Agent c = agent(C);
        for (Agent one : List.of(a, b, c)) {
            await().until(() -> one.channel.peers().stream().filter(PeerStatus::connected).count() == 2);
            assertThat(one.members).containsExactlyInAnyOrder(A, B, C);
        }
        for (int i = 0; i < 100; i++) {
            a.channel.send(B, FrameCodecTest.heartbeat(i, Optional.empty()));
        }
        c.channel.send(A, FrameCodecTest.heartbeat(7, Optional.of(new Heartbeat.Grant(A, 3, "55"))));
        await().until(() -> b.told.contains("a beat 99"));
        assertThat(b.told).startsWith("a beat 0", "a beat 1", "a beat 2").hasSize(100);
        await().until(() -> a.told.contains("c beat 7"));
        await().until(() -> a.channel.peers().stream().allMatch(p -> p.roundTrip().isPositive()));
    }

    @Test
    void aPeerWhoseProcessEndsIsReportedBrokenAndThenRefusedOnBothSidesOfThePair() {
        Agent a = agent(A);
        Agent b = agent(B);
        Agent c = agent(C);
        connect(a, b, c);
        b.channel.close();
        for (Agent one : List.of(a, c)) {
            await().until(() -> one.told.contains("b REFUSED"));
            assertThat(one.told).containsSubsequence("b BROKEN", "b REFUSED").doesNotContain("b LEFT");
            assertThat(one.members).contains(B);
        }
    }

    @Test
    void aPeerThatComesBackWithANewCertificateIsConnectedAgain() {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        b.channel.close();
        await().until(() -> a.told.contains("b REFUSED"));
        Agent again = new Agent(B, b.address);
        connect(a, again);
        again.channel.send(A, FrameCodecTest.heartbeat(1, Optional.empty()));
        await().until(() -> a.told.contains("b beat 1"));
    }

    /// An event loop that is busy when it is told to shut down may end without closing its channels: see Wiring.close.
    @Test
    void nobodyListensAfterCloseHoweverBusyTheLoopIs() throws Exception {
        for (int round = 0; round < 40; round++) {
            Agent a = agent(A);
            AtomicBoolean stop = new AtomicBoolean();
            Thread busy = Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    try {
                        a.channel.send(B, FrameCodecTest.heartbeat(1, Optional.empty()));
                    } catch (RejectedExecutionException closed) {
                        return;
                    }
                    Thread.onSpinWait();
                }
            });
            try {
                a.channel.close();
            } finally {
                stop.set(true);
                busy.join();
            }
            assertThatThrownBy(() -> new Socket(a.address.host(), a.address.port()).close())
                    .as("round %d", round).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aClosedChannelHasNoPeers() {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        a.channel.close();
        assertThat(a.channel.peers()).isEmpty();
    }

    @Test
    void aPeerThatLeavesSaysGoodbyeAndIsNoMemberAnyMore() {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        b.channel.leave();
        b.channel.close();
        await().until(() -> a.members.equals(Set.of(A)));
        assertThat(a.told).doesNotContain("b REFUSED");
    }

    @Test
    void aStaticPeerIsDialledWhateverTheNamesAreWhenItsPublishedAddressLeadsNowhere() {
        HostPort nowhere = new HostPort("127.0.0.1", freePort());
        HostPort addressOfA = new HostPort("127.0.0.1", freePort());
        HostPort addressOfB = new HostPort("127.0.0.1", freePort());
        Agent a = new Agent(A, addressOfA, nowhere, List.of());
        Agent b = new Agent(B, addressOfB, nowhere, List.of(addressOfA, addressOfB));
        connect(a, b);
        b.channel.send(A, FrameCodecTest.heartbeat(1, Optional.empty()));
        await().until(() -> a.told.contains("b beat 1"));
        a.channel.close();
        await().until(() -> b.told.contains("a BROKEN"));
        connect(new Agent(A, addressOfA, nowhere, List.of()), b);
    }

    @Test
    void theTableOfClientConnectionsIsSharedKeptWhenItsOwnerIsLostAndReplacedWhenItReturns() {
        Agent a = agent(A);
        ClientConnection first = FrameCodecTest.connection("10.0.0.10", "10.0.0.77", 40_000);
        ClientConnection second = FrameCodecTest.connection("fd00::10", "fd00::77", 40_001);
        a.clients.add(first);
        Agent b = agent(B);
        connect(a, b);
        await().until(() -> b.channel.clientsOf(A).equals(Set.of(first)));
        a.clients.add(second);
        a.channel.shareClients(List.of(second), List.of());
        await().until(() -> b.channel.clientsOf(A).equals(Set.of(first, second)));
        a.channel.shareClients(List.of(), List.of(first));
        await().until(() -> b.channel.clientsOf(A).equals(Set.of(second)));
        a.channel.close();
        await().until(() -> b.told.contains("a REFUSED"));
        assertThat(b.channel.clientsOf(A)).containsExactly(second);
        assertThat(b.channel.clientsOfPeers()).containsExactly(second);
        connect(new Agent(A, a.address), b);
        await().until(() -> b.channel.clientsOf(A).isEmpty());
    }

    @Test
    void whatAMemberKnowsOfTheApiServersIsToldWhenItConnectsAndWhenItChanges() {
        Agent a = agent(A);
        List<HostPort> one = List.of(new HostPort("10.0.0.1", 7443));
        List<HostPort> two = List.of(new HostPort("10.0.0.1", 7443), new HostPort("10.0.0.2", 7443));
        a.channel.shareApiServers(one);
        Agent b = agent(B);
        await().until(() -> b.servers.contains(one));
        a.channel.shareApiServers(two);
        await().until(() -> b.servers.getLast().equals(two));
        assertThat(a.servers).as("it told nothing").isEmpty();
    }

    @Test
    void aTableOfManyConnectionsArrivesWhole() {
        Agent a = agent(A);
        for (int i = 0; i < 20_000; i++) {
            a.clients
                    .add(FrameCodecTest.connection("10.0.0.10", "10.0." + (1 + i / 250) + "." + (1 + i % 250), 40_000));
        }
        Agent b = agent(B);
        connect(a, b);
        await().until(() -> b.channel.clientsOf(A).size() == 20_000);
    }

    @Test
    void aStrangerWithoutAPublishedFingerprintIsNotLetIn() throws Exception {
        Agent a = agent(A);
        SelfSigned stranger = SelfSigned.create(B);
        SSLContext tls = ((JdkSslContext) MemberTls.client(stranger, anyone -> true)).context();
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(a.address.host(), a.address.port())) {
            socket.setSoTimeout(10_000);
            assertThatThrownBy(() -> {
                socket.startHandshake();
                socket.getOutputStream().write(new byte[]{0, 0, 0, 1, 3});
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("closed");
                }
            }).isInstanceOf(IOException.class);
        }
        assertThat(a.told).isEmpty();
    }

    @Test
    void noiseOnThePortHarmsNobody() throws Exception {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        for (int i = 0; i < 20; i++) {
            try (Socket socket = new Socket(a.address.host(), a.address.port())) {
                socket.getOutputStream()
                        .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            } catch (SocketException e) {
                // One of too many.
            }
        }
        b.channel.send(A, FrameCodecTest.heartbeat(3, Optional.empty()));
        await().until(() -> a.told.contains("b beat 3"));
        assertThat(a.told).containsExactly("b beat 3");
    }

    @Test
    void aPortThatIsTakenIsSaidInOneSentence() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> new Agent(A, new HostPort("127.0.0.1", taken.getLocalPort())))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("--peer-address: cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    private Agent agent(NodeName name) {
        return new Agent(name, new HostPort("127.0.0.1", freePort()));
    }

    private static void connect(Agent... all) {
        for (Agent one : all) {
            for (Agent other : all) {
                if (one != other) {
                    await().until(() -> one.connectedTo(other.name));
                }
            }
        }
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

}
