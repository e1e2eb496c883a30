package dev.hacp.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.relay.Ending;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.testbed.lan.NetNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Peers of which nothing comes: those that are gone are found, those that are there are left alone. Real packets, the defaults.
@RequiresRoot
class SilentPeersIT {

    private static final int PORT = 6443;
    private static final int IDLE = Integer.getInteger("hacp.idle.connections", 2_000);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String NOTHING_PASSES = """
            table inet cut {
            chain in { type filter hook input priority 0; policy drop; }
            chain out { type filter hook output priority 0; policy drop; }
            }
            """;

    private final BackendPool pool = new BackendPool(BackendConfig.DEFAULT, new Journal(), Ticker.system());
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Lan lan = Lan.create();
    private final Host clients = lan.host("clients");
    private final Host middle = lan.host("balancer");
    private final Host api = lan.host("api");

    @BeforeEach
    void opened() {
        open.push(lan);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }

    private Balancer balance(NetNamespace in, InetSocketAddress front, InetAddress server) throws IOException {
        pool.update(List.of(BackendSpec.of(new HostPort(IpAddresses.text(server), PORT))));
        pool.members().forEach(b -> pool.health(b, BackendState.UP, "the test says so"));
        ThreadFactory inside = task -> Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                in.enter();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            task.run();
        });
        Balancer balancer = new Balancer(BalancerConfig.of(Listen.at(front)), pool, new Journal(), Ticker.system(),
                inside);
        balancer.start();
        keep(() -> balancer.stop(Duration.ZERO));
        return balancer;
    }

    private Balancer balance() throws IOException {
        return balance(middle.namespace(), front(), api.ipv4());
    }

    private InetSocketAddress front() {
        return new InetSocketAddress(middle.ipv4(), PORT);
    }

    private static ServerSocket listen(NetNamespace in, InetAddress at) {
        return in.call(() -> new ServerSocket(PORT, 4096, at));
    }

    private static Socket dial(NetNamespace in, InetSocketAddress to, int receiveBuffer) {
        return in.call(() -> {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setSoTimeout((int) LONG.toMillis());
            socket.connect(to, (int) LONG.toMillis());
            return socket;
        });
    }

    private static long ended(Balancer balancer, Ending ending) {
        return Objects.requireNonNull(balancer.status().relay().endings().get(ending));
    }

    private static void holds(Balancer balancer, int connections, Duration during) {
        await().during(during).atMost(during.plus(LONG)).pollInterval(Duration.ofMillis(100))
                .until(() -> balancer.status().relay().connections() == connections);
    }

    @Test
    void aNetworkThatIsAwayForASecondOrFourEndsNoIdleConnection() throws Exception {
        int n = 100;
        Balancer balancer = balance();
        try (ServerSocket listener = listen(api.namespace(), api.ipv4());
                ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
            List<CompletableFuture<Socket>> dialled = new ArrayList<>();
            // Spread over more than one round of probes: some are always on their way.
            for (int i = 0; i < n; i++) {
                CompletableFuture<Socket> socket = new CompletableFuture<>();
                dialled.add(socket);
                pace.schedule(() -> socket.complete(dial(clients.namespace(), front(), 0)), 50L * i,
                        TimeUnit.MILLISECONDS);
            }
            List<Socket> served = new ArrayList<>();
            for (CompletableFuture<Socket> socket : dialled) {
                Socket client = keep(socket.get());
                Socket server = keep(listener.accept());
                client.getOutputStream().write('?');
                assertThat(server.getInputStream().read()).isEqualTo('?');
                served.add(server);
            }
            for (Duration away : List.of(Duration.ofSeconds(1), Duration.ofSeconds(4))) {
                clients.namespace().nft(NOTHING_PASSES);
                holds(balancer, n, away);
                clients.namespace().nft("");
                // A connection that was given up would be gone by then.
                holds(balancer, n, Duration.ofSeconds(10));
            }
            for (int i = 0; i < n; i++) {
                served.get(i).getOutputStream().write('!');
                assertThat(dialled.get(i).get().getInputStream().read()).isEqualTo('!');
            }
        }
    }

    /// What brings their probes into step, when an event goes out to all watches.
    @Test
    void manyConnectionsThatMovedBytesInTheSameMomentOutliveTheirProbesOverLoopback() throws Exception {
        try (NetNamespace alone = NetNamespace.create("hacp-" + ProcessHandle.current().pid() + "-idle")) {
            InetAddress here = InetAddress.getLoopbackAddress();
            InetSocketAddress front = new InetSocketAddress(here, PORT + 1);
            Balancer balancer = balance(alone, front, here);
            List<Socket> sockets = new ArrayList<>();
            try (ServerSocket listener = listen(alone, here)) {
                List<OutputStream> writers = new ArrayList<>();
                alone.call(() -> {
                    for (int i = 0; i < IDLE; i++) {
                        Socket client = new Socket(here, PORT + 1);
                        sockets.add(client);
                        writers.add(client.getOutputStream());
                        sockets.add(listener.accept());
                    }
                    return true;
                });
                for (int round = 0; round < 2; round++) {
                    for (OutputStream writer : writers) {
                        writer.write('?');
                    }
                    holds(balancer, IDLE, Duration.ofSeconds(14));
                }
                assertThat(ended(balancer, Ending.CLIENT_VANISHED) + ended(balancer, Ending.BACKEND_VANISHED))
                        .isZero();
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
                balancer.stop(Duration.ZERO);
            }
        }
    }

    /// `kubectl cp` stopped with Ctrl-Z, a log that trickles into `less`, an upload to a server that pauses; then the first of
    /// them is gone for good.
    @Test
    void aPeerThatReadsNothingForALongTimeIsKeptWhileItsKernelAnswersAndFoundWhenItDoesNot() throws Exception {
        int bulk = 48 << 20;
        Balancer balancer = balance();
        try (ServerSocket listener = listen(api.namespace(), api.ipv4());
                ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor()) {
            Socket down = keep(dial(clients.namespace(), front(), 64 << 10));
            Socket downServer = keep(listener.accept());
            keep(dial(clients.namespace(), front(), 4 << 10));
            Socket trickleServer = keep(listener.accept());
            Socket up = keep(dial(clients.namespace(), front(), 0));
            Socket upServer = keep(listener.accept());
            CompletableFuture<?> sentDown = write(downServer, bulk);
            CompletableFuture<?> sentUp = write(up, bulk);
            byte[] line = new byte[1_000];
            pace.scheduleAtFixedRate(() -> {
                try {
                    trickleServer.getOutputStream().write(line);
                } catch (IOException e) {
                    // The end of the test.
                    throw new UncheckedIOException(e);
                }
            }, 0, 50, TimeUnit.MILLISECONDS);

            holds(balancer, 3, Duration.ofSeconds(16));
            assertThat(sentDown).as("the way is full").isNotDone();
            assertThat(sentUp).as("the way is full").isNotDone();
            read(down.getInputStream(), bulk);
            read(upServer.getInputStream(), bulk);
            sentDown.get(20, TimeUnit.SECONDS);
            sentUp.get(20, TimeUnit.SECONDS);
            holds(balancer, 3, Duration.ofSeconds(1));

            lan.blackHole(clients);
            await().atMost(LONG).until(() -> balancer.status().relay().connections() == 0);
            assertThat(ended(balancer, Ending.CLIENT_VANISHED)).isEqualTo(3);
        }
    }

    private static CompletableFuture<?> write(Socket to, int bytes) {
        return CompletableFuture.runAsync(() -> {
            try {
                to.getOutputStream().write(new byte[bytes]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, task -> Thread.ofPlatform().daemon().start(task));
    }

    private static void read(InputStream from, int bytes) throws IOException {
        assertThat(from.readNBytes(bytes)).hasSize(bytes);
    }
}
