package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.relay.Traffic;
import dev.hacp.lb.table.TableFollower;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.NetNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The table knows which VIP each connection was dialled at, by the local address of its socket.
@RequiresRoot
class VipTableIT {

    private static final VirtualIp ONE = VirtualIp.parse("10.99.0.10");
    private static final VirtualIp TWO = VirtualIp.parse("10.99.0.11");
    private static final VirtualIp SIX = VirtualIp.parse("fd99::10");

    private final NetNamespace node = NetNamespace.create("lb" + ProcessHandle.current().pid() + "v");
    private final Set<ClientConnection> followed = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void addresses() {
        node.ip("link", "set", "lo", "up");
        node.ip("address", "add", ONE + "/32", "dev", "lo");
        node.ip("address", "add", TWO + "/32", "dev", "lo");
        node.ip("address", "add", SIX + "/128", "dev", "lo");
    }

    @AfterEach
    void delete() {
        node.close();
    }

    @Test
    void connectionsAreKnownFollowedAndResetByVip() throws Exception {
        InetAddress any4 = InetAddress.getByAddress(new byte[4]);
        InetAddress any6 = InetAddress.getByAddress(new byte[16]);
        ServerSocket listener = node.call(() -> new ServerSocket(0, 64, InetAddress.getLoopbackAddress()));
        BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
        pool.update(List.of(BackendSpec.of(new HostPort("127.0.0.1", listener.getLocalPort()))));
        pool.health(pool.members().getFirst(), BackendState.UP, "the test says so");
        Balancer balancer = new Balancer(
                BalancerConfig.of(new Listen(new InetSocketAddress(any4, 0), true, true),
                        new Listen(new InetSocketAddress(any6, 0), true, true), Listen.steered(false)).withLoops(2),
                pool, new Journal(), Ticker.system(), this::threadInside);
        try (EchoServer server = new EchoServer(listener)) {
            balancer.start();
            assertThat(balancer.listeners()).allSatisfy(l -> assertThat(l.fileDescriptor()).isPositive());
            assertThat(balancer.listeners().getLast().address().getAddress().isLoopbackAddress()).isTrue();
            int port = balancer.listeners().getFirst().address().getPort();
            int port6 = balancer.listeners().get(1).address().getPort();
            Socket early = dial(ONE, port);
            AutoCloseable following = balancer.follow(new TableFollower() {
                @Override
                public void opened(ClientConnection connection) {
                    followed.add(connection);
                }

                @Override
                public void closed(ClientConnection connection) {
                    followed.remove(connection);
                }
            });
            Socket one = dial(ONE, port);
            Socket two = dial(TWO, port);
            Socket six = dial(SIX, port6);
            await().until(() -> followed.size() == 4);
            assertThat(followed).containsExactlyInAnyOrder(known(ONE, port, early), known(ONE, port, one),
                    known(TWO, port, two), known(SIX, port6, six));
            assertThat(balancer.connections()).extracting(r -> r.vip().orElseThrow())
                    .containsExactlyInAnyOrder(ONE, ONE, TWO, SIX);

            assertThat(balancer.resetClients(ONE).get(5, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(resets(early) && resets(one)).isTrue();
            await().until(() -> followed.size() == 2);
            assertThat(echoes(two) && echoes(six)).as("the other VIPs' clients are left alone").isTrue();
            // A byte reaches its client a moment before it is counted.
            await().untilAsserted(() -> assertThat(balancer.status().relay().vips())
                    .as("bytes, also of connections that are over")
                    .isEqualTo(Map.of(ONE, new Traffic(2, 2), TWO, new Traffic(2, 2), SIX, new Traffic(2, 2))));
            following.close();
            for (Socket socket : List.of(early, one, two, six)) {
                socket.close();
            }
            assertThat(server.port()).isEqualTo(listener.getLocalPort());
        } finally {
            balancer.stop(Duration.ZERO);
        }
    }

    private Thread threadInside(Runnable work) {
        return Thread.ofPlatform().daemon().name("hacp-relay-it").unstarted(() -> {
            try {
                node.enter();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            work.run();
        });
    }

    private Socket dial(VirtualIp vip, int port) throws IOException {
        Socket socket = node.call(() -> {
            Socket s = new Socket();
            s.connect(new InetSocketAddress(vip.address(), port), 5000);
            return s;
        });
        socket.setSoTimeout(5000);
        assertThat(echoes(socket)).isTrue();
        return socket;
    }

    private static ClientConnection known(VirtualIp vip, int port, Socket socket) {
        return new ClientConnection(vip, port, (InetSocketAddress) socket.getLocalSocketAddress());
    }

    private static boolean echoes(Socket socket) throws IOException {
        socket.getOutputStream().write(7);
        return socket.getInputStream().read() == 7;
    }

    private static boolean resets(Socket socket) {
        try {
            return socket.getInputStream().read() == 0;
        } catch (IOException e) {
            return e.getMessage().contains("reset");
        }
    }
}
