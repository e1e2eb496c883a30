package dev.hacp.lb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.hacp.core.Cidr;
import dev.hacp.lb.backend.Backend;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.ConnectionCloser.Purpose;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.proxyprotocol.ProxyHeader;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.lb.table.ConnectionRow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BalancerTest {

    private final List<EchoServer> servers = new ArrayList<>();

    private EchoServer server() throws IOException {
        EchoServer server = new EchoServer();
        servers.add(server);
        return server;
    }

    @AfterEach
    void close() throws IOException {
        for (EchoServer server : servers) {
            server.close();
        }
    }

    /// A port that refuses: it was free a moment ago.
    private static int refusingPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean echoes(Socket socket) throws IOException {
        socket.getOutputStream().write(42);
        return socket.getInputStream().read() == 42;
    }

    private static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aClientGetsTheNextBackendWhenTwoRefuse() throws IOException {
        int first = refusingPort();
        int second = refusingPort();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, first, second,
                server().port())) {
            for (int i = 0; i < 20; i++) {
                try (Socket client = running.dial()) {
                    assertThat(echoes(client)).isTrue();
                }
            }
            assertThat(running.backend(first).status().connectErrors()).isPositive();
            assertThat(running.backend(servers.getFirst().port()).status().retries()).isPositive();
            await().until(() -> running.pool.backends().stream().allMatch(b -> b.current() == 0));
        }
    }

    @Test
    void aClientIsResetAtOnceWhenNobodyAccepts() throws IOException {
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, refusingPort())) {
            // The reset may be there before connect returns, before the write, or before the read.
            assertThatThrownBy(() -> {
                try (Socket client = running.dial()) {
                    echoes(client);
                }
            }).isInstanceOf(IOException.class).hasMessageMatching("(?i).*(reset|broken pipe).*");
            await().until(() -> running.ended(Ending.NO_BACKEND) == 1);
        }
    }

    @Test
    void aBackendThatIsDownHasBothSidesOfItsConnectionsReset() throws IOException {
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 2, server.port());
                Socket one = running.dial();
                Socket two = running.dial()) {
            assertThat(echoes(one) && echoes(two)).isTrue();
            Backend backend = running.backend(server.port());
            running.pool.health(backend, BackendState.DOWN, "the test says so");
            assertThat(ends(one) && ends(two)).isTrue();
            await().until(() -> server.connections() == 0 && backend.current() == 0);
            await().atMost(Duration.ofSeconds(10)).until(() -> running.ended(Ending.BACKEND_DOWN) == 2);
        }
    }

    @Test
    void aDrainingBackendKeepsItsConnections() throws IOException {
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, server.port());
                Socket client = running.dial()) {
            assertThat(echoes(client)).isTrue();
            running.pool.health(running.backend(server.port()), BackendState.DRAIN, "the test says so");
            assertThat(echoes(client)).isTrue();
        }
    }

    @Test
    void theLongestIdleConnectionsAreClosedFirst() throws Exception {
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 2, server.port());
                Socket idle = running.dial();
                Socket busy = running.dial()) {
            assertThat(echoes(idle) && echoes(busy)).isTrue();
            await().atMost(Duration.ofSeconds(10)).until(() -> echoes(busy) && idleSeconds(running) >= 2);
            running.balancer.closeLongestIdle(running.backend(server.port()), 1, Purpose.CANNOT_SERVE);
            assertThat(ends(idle)).isTrue();
            assertThat(echoes(busy)).isTrue();
            // Counted a moment after the client has heard of it.
            await().atMost(Duration.ofSeconds(10)).until(() -> running.ended(Ending.CANNOT_SERVE) == 1);
        }
    }

    @Test
    void rebalancingClosesNobodyWhoCannotResume() throws Exception {
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 2, server.port());
                Socket exec = running.dial();
                Socket plain = running.dial();
                Socket kubelet = running.dial()) {
            // The longest idle are those that cannot come back.
            assertThat(echoes(exec, Hellos.of("http/1.1")) && echoes(plain)).isTrue();
            assertThat(echoes(kubelet, Hellos.of("h2", "http/1.1"))).isTrue();
            running.balancer.closeLongestIdle(running.backend(server.port()), 3, Purpose.REBALANCE);
            assertThat(ends(kubelet)).isTrue();
            await().atMost(Duration.ofSeconds(10)).until(() -> running.ended(Ending.REBALANCED) == 1);
            assertThat(echoes(exec) && echoes(plain)).isTrue();
            assertThat(running.balancer.status().relay().connections()).isEqualTo(2);
        }
    }

    private static boolean echoes(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return Arrays.equals(socket.getInputStream().readNBytes(bytes.length), bytes);
    }

    private static long idleSeconds(RunningBalancer running) {
        return ConnectionRow.top(running.balancer.connections(), ConnectionRow.Order.IDLE, 1).getFirst().idle()
                .toSeconds();
    }

    @Test
    void theTableShowsEachConnectionWithItsBytes() throws IOException {
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 2, server.port());
                Socket client = running.dial();
                Socket other = running.dial()) {
            assertThat(echoes(client) && echoes(other) && echoes(other)).isTrue();
            List<ConnectionRow> rows = ConnectionRow.top(running.balancer.connections(), ConnectionRow.Order.BYTES, 5);
            assertThat(rows).hasSize(2);
            ConnectionRow row = rows.getLast();
            assertThat(row.client()).isEqualTo(client.getLocalSocketAddress());
            assertThat(row.backend()).contains(running.backend(server.port()).id());
            assertThat(List.of(row.bytesFromClient(), row.bytesToClient())).containsExactly(1L, 1L);
            assertThat(row.vip()).as("loopback is no VIP").isEmpty();
        }
    }

    @Test
    void stoppingLetsAShortConnectionEndAndResetsTheRest() throws Exception {
        RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, server().port());
        try (Socket brief = running.dial(); Socket lasting = running.dial()) {
            assertThat(echoes(brief) && echoes(lasting)).isTrue();
            InetSocketAddress address = running.address();
            Thread stopping = Thread.ofVirtual().start(() -> running.balancer.stop(Duration.ofMillis(700)));
            await().until(() -> refuses(address));
            assertThat(echoes(brief)).as("still served").isTrue();
            brief.shutdownOutput();
            assertThat(brief.getInputStream().read()).isEqualTo(-1);
            assertThatThrownBy(() -> lasting.getInputStream().read()).hasMessageContaining("reset");
            stopping.join();
        } finally {
            running.close();
        }
    }

    private static boolean refuses(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, 1000);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithTheRemedy() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> new RunningBalancer(
                    BalancerConfig.of(Listen.at((InetSocketAddress) taken.getLocalSocketAddress()))))
                    .isInstanceOf(IOException.class).hasMessageContaining("cannot listen on 127.0.0.1:")
                    .hasMessageContaining("ss -ltnp");
        }
    }

    @Test
    void eachLimitRefusesWithAResetAndIsCounted() throws IOException {
        int port = server().port();
        Cidr nobody = Cidr.parse("192.0.2.0/24");
        assertRefused(new Limits(0, 0, 0, List.of(nobody)), port, 0, Refusal.NOT_ALLOWED);
        assertRefused(new Limits(0, 2, 0, List.of()), port, 2, Refusal.TOO_MANY_FROM_SOURCE);
        assertRefused(new Limits(0, 0, 1, List.of()), port, 1, Refusal.TOO_FAST);
    }

    private static void assertRefused(Limits limits, int port, int good, Refusal expected) throws IOException {
        List<Socket> open = new ArrayList<>();
        try (RunningBalancer running = new RunningBalancer(limits, RelayConfig.DEFAULT, 2, port)) {
            for (int i = 0; i < good; i++) {
                Socket socket = running.dial();
                open.add(socket);
                assertThat(echoes(socket)).isTrue();
            }
            assertThatThrownBy(() -> {
                try (Socket refused = running.dial()) {
                    echoes(refused);
                }
            }).isInstanceOf(IOException.class);
            assertThat(refused(running, expected)).isEqualTo(1);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static long refused(RunningBalancer running, Refusal refusal) {
        return Objects.requireNonNull(running.balancer.status().refused().get(refusal));
    }

    @Test
    void aPlaceIsFreeAgainWhenItsConnectionEnds() throws IOException {
        try (RunningBalancer running = new RunningBalancer(new Limits(0, 1, 0, List.of()), RelayConfig.DEFAULT, 1,
                server().port())) {
            for (int i = 0; i < 5; i++) {
                await().until(() -> running.balancer.status().relay().connections() == 0);
                try (Socket client = running.dial()) {
                    assertThat(echoes(client)).isTrue();
                }
            }
        }
    }

    @Test
    void aFloodOfSilentConnectionsGivesWayToAClientThatSpeaks() throws IOException {
        int places = 200;
        List<Socket> flood = new ArrayList<>();
        try (RunningBalancer running = new RunningBalancer(new Limits(places, 0, 0, List.of()), RelayConfig.DEFAULT, 1,
                server().port())) {
            flood(running, flood, 3 * places);
            await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> {
                try (Socket attempt = running.dial()) {
                    return echoes(attempt);
                }
            });
            try (Socket lasting = running.dial()) {
                assertThat(echoes(lasting)).isTrue();
                flood(running, flood, places);
                assertThat(echoes(lasting)).as("who speaks keeps the place").isTrue();
                // The evicted one closes a moment after the one that it makes room for.
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> running.balancer.status().relay().connections() <= places);
            }
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
    }

    @Test
    void whoHasSpokenDoesNotGiveWayWhileItsBytesWaitForABackend() throws IOException {
        int places = 50;
        List<Socket> waiting = new ArrayList<>();
        // Nobody accepts: once its queue is full, connects to it hang.
        try (ServerSocket stuck = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningBalancer running = new RunningBalancer(new Limits(places, 0, 0, List.of()),
                        RelayConfig.DEFAULT.withConnectTimeout(Duration.ofSeconds(50)), 2, stuck.getLocalPort())) {
            for (int i = 0; i < places; i++) {
                Socket client = running.dial();
                waiting.add(client);
                client.getOutputStream().write(22);
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                flood(running, waiting, 1);
                return Objects.requireNonNull(running.balancer.status().refused().get(Refusal.TOO_MANY)) > 0;
            });
            for (Socket client : waiting.subList(0, places)) {
                client.setSoTimeout(1);
                assertThatThrownBy(() -> client.getInputStream().read()).as("still open")
                        .isInstanceOf(SocketTimeoutException.class);
            }
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    private static void flood(RunningBalancer running, List<Socket> sockets, int n) {
        for (int i = 0; i < n; i++) {
            try {
                sockets.add(running.dial());
            } catch (IOException e) {
                // Refused: that is what the limit is for.
            }
        }
    }

    @Test
    void theBackendLearnsTheClientFromThePrOXYHeader() throws Exception {
        RelayConfig sends = RelayConfig.DEFAULT.withProxyProtocol(new ProxyProtocol(true, List.of()));
        try (ServerSocket backend = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                RunningBalancer running = new RunningBalancer(Limits.NONE, sends, 1, backend.getLocalPort());
                Socket client = running.dial()) {
            client.getOutputStream().write("hello".getBytes(US_ASCII));
            try (Socket accepted = backend.accept()) {
                accepted.setSoTimeout(5000);
                byte[] got = accepted.getInputStream().readNBytes(28 + 5);
                ByteBuffer in = ByteBuffer.wrap(got);
                assertThat(ProxyHeader.read(in).orElseThrow().addresses()).contains(new ProxyHeader.Addresses(
                        (InetSocketAddress) client.getLocalSocketAddress(), running.address()));
                assertThat(new String(got, 28, 5, US_ASCII)).isEqualTo("hello");
            }
        }
    }

    @Test
    void aTrustedSourceSaysWhoTheClientIsEvenByteByByte() throws Exception {
        RelayConfig accepts = RelayConfig.DEFAULT
                .withProxyProtocol(new ProxyProtocol(false, List.of(Cidr.parse("127.0.0.0/8"))));
        InetSocketAddress real = new InetSocketAddress("192.0.2.7", 4711);
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, accepts, 1, server().port());
                Socket client = running.dial()) {
            client.setTcpNoDelay(true);
            ByteBuffer header = ByteBuffer.allocate(64);
            ProxyHeader.write(header, real, new InetSocketAddress("192.0.2.8", 6443));
            for (int i = 0; i < header.position(); i++) {
                client.getOutputStream().write(header.get(i));
            }
            assertThat(echoes(client)).isTrue();
            assertThat(running.balancer.connections().getFirst().client()).isEqualTo(real);
            assertThat(running.balancer.connections().getFirst().bytesFromClient()).isEqualTo(1);
        }
    }

    @Test
    void aTrustedSourceWithoutAHeaderIsReset() throws Exception {
        RelayConfig accepts = RelayConfig.DEFAULT
                .withProxyProtocol(new ProxyProtocol(false, List.of(Cidr.parse("127.0.0.1"))));
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, accepts, 1, server().port());
                Socket client = running.dial()) {
            client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            assertThat(ends(client)).isTrue();
            await().until(() -> running.ended(Ending.BAD_PROXY_HEADER) == 1);
        }
    }

    @Test
    void theAccessLogTellsAConnectionInOneLine() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("hacp.access");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(lines);
        EchoServer server = server();
        try (RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT.withAccessLog(true), 1,
                server.port())) {
            int port;
            try (Socket client = running.dial()) {
                port = client.getLocalPort();
                assertThat(echoes(client)).isTrue();
            }
            await().until(() -> lines.list.size() == 1);
            String line = lines.list.getFirst().getKeyValuePairs().stream().map(Object::toString)
                    .collect(Collectors.joining(" ")).replace("\"", "");
            assertThat(line).contains("client=127.0.0.1:" + port, "backend=127.0.0.1:" + server.port(),
                    "bytesFromClient=1", "bytesToClient=1", "ending=client closed")
                    .containsPattern("upstreamPort=[1-9]\\d+");
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(before);
            logger.setAdditive(true);
        }
    }
}
