package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.MemberChannel;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.handler.ssl.JdkSslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What those do to the member port who are no members. The members are at 127.0.0.1, strangers at 127.0.1.x.
class StrangersTest {

    private static final NodeName A = new NodeName("a");
    private static final NodeName B = new NodeName("b");
    private static final NodeName C = new NodeName("c");

    private final Map<NodeName, Member> published = new ConcurrentHashMap<>();
    private final List<Agent> agents = new CopyOnWriteArrayList<>();
    private final List<Socket> strangers = new ArrayList<>();

    private final class Agent implements Directory, MemberChannel.Listener {
        final NodeName name;
        final NettyMemberChannel channel;
        final List<String> told = new CopyOnWriteArrayList<>();
        final List<String> askedBy = new CopyOnWriteArrayList<>();
        final CountDownLatch mayAsk;
        volatile Consumer<Collection<Member>> changed = members -> {};

        /// @param mayAsk what a handshake with an unknown certificate waits for
        Agent(NodeName name, CountDownLatch mayAsk) {
            this.name = name;
            this.mayAsk = mayAsk;
            channel = new NettyMemberChannel(
                    new ChannelConfig(name, "kube-system/hacp", new HostPort("127.0.0.1", 0), List.of()), this, Set::of,
                    Ticker.system());
            agents.add(this);
            channel.start(this);
        }

        HostPort address() {
            return channel.listening();
        }

        @Override
        public void start(String fingerprint, Consumer<Collection<Member>> listener) {
            changed = listener;
            published.put(name, new Member(name, address(), fingerprint));
            agents.forEach(agent -> agent.changed.accept(List.copyOf(published.values())));
        }

        @Override
        public void refresh() {
            askedBy.add(Thread.currentThread().getName());
            try {
                // Not forever: were it the event loop that waits, the test could not end.
                if (!mayAsk.await(10, TimeUnit.SECONDS)) {
                    askedBy.add("nobody in time");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void leave() {}

        @Override
        public void close() {}

        @Override
        public void members(Set<NodeName> now) {}

        @Override
        public void heartbeat(NodeName from, Heartbeat heartbeat, long receivedNanos) {
            told.add(from + " beat " + heartbeat.stamp().sentNanos());
        }

        @Override
        public void lost(NodeName peer, MemberChannel.Loss loss) {
            told.add(peer + " " + loss);
        }

        boolean isConnectedTo(Agent other) {
            return channel.peers().stream().anyMatch(peer -> peer.node().equals(other.name) && peer.connected());
        }

        long rejected() {
            return channel.counters().rejected().values().stream().mapToLong(Long::longValue).sum();
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Socket stranger : strangers) {
            stranger.close();
        }
        agents.forEach(agent -> agent.mayAsk.countDown());
        agents.forEach(agent -> agent.channel.close());
    }

    @Test
    void ofAThousandSilentStrangersOnlySixteenAreKeptAndTheMembersStayConnected() throws Exception {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        for (int i = 0; i < 1000; i++) {
            stranger(a, 1 + i % 20);
            assertThat(a.channel.counters().unauthenticated()).isLessThanOrEqualTo(Admission.MOST_STRANGERS);
            if (i % 100 == 99) {
                b.channel.send(A, FrameCodecTest.heartbeat(i, Optional.empty()));
            }
        }
        await().until(() -> a.told.size() == 10);
        assertThat(a.told).allMatch(line -> line.startsWith("b beat "));
        await().until(() -> a.rejected() > 900);
        // Their deadline.
        await().until(() -> a.channel.counters().unauthenticated() == 0);
        assertThat(a.isConnectedTo(b)).isTrue();
    }

    @Test
    void aMemberComesInWhileStrangersHaveAllTheirConnections() throws Exception {
        Agent c = agent(C);
        Agent a = agent(A);
        connect(a, c);
        int round = 0;
        boolean besieged = false;
        // Their deadline may pass first where everything takes long: then once more.
        while (!besieged && round++ < 10) {
            agents.remove(a);
            a.channel.close();
            besiege(c);
            // Of these names a dials.
            a = agent(A);
            connect(a, c);
            besieged = c.channel.counters().unauthenticated() >= Admission.MOST_STRANGERS;
        }
        assertThat(besieged).as("connected while strangers had all their connections").isTrue();
    }

    @Test
    void neitherHeartbeatsNorMembersHandshakesWaitForTheHandshakeOfAStranger() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Agent b = new Agent(B, never);
        Agent a = agent(A);
        connect(a, b);
        Thread stranger = Thread.ofVirtual().start(() -> handshake(b));
        try {
            await().until(() -> b.askedBy.equals(List.of("hacp-tls-strangers")));
            a.channel.send(B, FrameCodecTest.heartbeat(1, Optional.empty()));
            await().until(() -> b.told.contains("a beat 1"));
            connect(a, b, agent(C));
        } finally {
            never.countDown();
            stranger.join();
        }
    }

    @Test
    void aMemberThatIsConnectedCountsNoLonger() {
        Agent a = agent(A);
        Agent b = agent(B);
        connect(a, b);
        await().until(() -> b.channel.counters().unauthenticated() == 0);
        await().until(() -> a.channel.counters().unauthenticated() == 0);
        assertThat(b.rejected()).isZero();
    }

    /// A whole handshake with a certificate that nobody published.
    private static void handshake(Agent with) {
        SelfSigned identity = SelfSigned.create(C);
        var tls = ((JdkSslContext) MemberTls.client(identity, anyone -> true)).context();
        try (Socket socket = open(with, 1);
                SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(socket, "b", 1, true)) {
            secured.startHandshake();
            secured.getInputStream().read();
        } catch (IOException e) {
            // Refused: what a stranger comes to.
        }
    }

    /// Until strangers have all that they may have; they keep it until the deadline.
    private void besiege(Agent agent) {
        await().until(() -> {
            for (int i = 1; i <= 20; i++) {
                stranger(agent, i);
            }
            return agent.channel.counters().unauthenticated() >= Admission.MOST_STRANGERS;
        });
    }

    private void stranger(Agent with, int number) throws IOException {
        try {
            strangers.add(open(with, number));
        } catch (SocketException e) {
            // Reset before it knew that it was connected.
        }
    }

    private static Socket open(Agent with, int number) throws IOException {
        Socket socket = new Socket();
        socket.setSoLinger(true, 0);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.1." + number), 0));
        socket.connect(new InetSocketAddress(with.address().host(), with.address().port()), 10_000);
        return socket;
    }

    private Agent agent(NodeName name) {
        return new Agent(name, new CountDownLatch(0));
    }

    private static void connect(Agent... all) {
        for (Agent one : all) {
            for (Agent other : all) {
                await().until(() -> one == other || one.isConnectedTo(other));
            }
        }
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
    }
}
