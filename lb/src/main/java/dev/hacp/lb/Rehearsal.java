package dev.hacp.lb;

import dev.hacp.core.HostPort;
import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.lb.backend.BackendConfig;
import dev.hacp.lb.backend.BackendPool;
import dev.hacp.lb.backend.BackendSpec;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.frontend.Listen;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.RelayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/// A balancer of its own that serves itself over loopback for a moment and is thrown away. It loads the classes and compiles
/// the methods that a connection needs, so that the first clients after a failover, who come all at once, do not wait for
/// that. Nobody else sees it: it has its own listener, its own backend, its own counters, and tells no log.
public final class Rehearsal {

    private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);
    /// Enough for the first compiler of the JVM, whose thresholds are 200 calls and 2,000 with loops.
    private static final int CONNECTIONS = 400;
    /// Every so many connections one moves bulk, which takes another way through the relay.
    private static final int BULK_EVERY = 20;
    private static final int REQUEST = 300;
    private static final int ANSWER = 2000;
    private static final int BULK = 256 * 1024;
    private static final int TIMEOUT_MILLIS = 1000;

    private Rehearsal() {}

    /// Blocks until it is over. Failures are ignored.
    ///
    /// @param relay  as the real balancer has it
    /// @param atMost when it ends at the latest, give or take one connection
    /// @return how many connections were carried
    public static int run(RelayConfig relay, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        Journal silent = new Journal(NOPLogger.NOP_LOGGER);
        try (ServerSocket server = new ServerSocket(0, 16, loopback)) {
            Thread.ofPlatform().name("hacp-rehearsal-backend").daemon().start(() -> serve(server));
            BackendPool pool = new BackendPool(BackendConfig.DEFAULT, silent, Ticker.system());
            pool.update(List.of(
                    BackendSpec.of(HostPort.of(new InetSocketAddress(loopback, server.getLocalPort())))));
            pool.members().forEach(member -> pool.health(member, BackendState.UP, "rehearsal"));
            BalancerConfig config = BalancerConfig.of(Listen.at(new InetSocketAddress(loopback, 0)))
                    .withRelay(relay.withAccessLog(false).withProxyProtocol(ProxyProtocol.NONE)).withLoops(2);
            Balancer balancer = new Balancer(config, pool, silent, Ticker.system());
            try {
                balancer.start();
                return dial(balancer.listeners().getFirst().address(), end);
            } finally {
                balancer.stop(Duration.ZERO);
            }
        } catch (IOException | RuntimeException e) {
            log.debug("the rehearsal has failed", e);
        }
        return 0;
    }

    private static int dial(InetSocketAddress balancer, long end) throws IOException {
        byte[] received = new byte[32 * 1024];
        int done = 0;
        while (done < CONNECTIONS && System.nanoTime() - end < 0) {
            boolean bulk = done % BULK_EVERY == BULK_EVERY - 1;
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                // Half of them end by a reset, as clients of a probe do.
                socket.setSoLinger(done % 2 == 0, 0);
                socket.connect(balancer, TIMEOUT_MILLIS);
                OutputStream out = socket.getOutputStream();
                byte[] request = new byte[REQUEST];
                request[0] = (byte) (bulk ? 1 : 0);
                out.write(request);
                InputStream in = socket.getInputStream();
                for (int left = bulk ? BULK : ANSWER; left > 0;) {
                    int n = in.read(received);
                    if (n < 0) {
                        throw new IOException("closed early");
                    }
                    left -= n;
                }
                if (done % 2 != 0) {
                    socket.shutdownOutput();
                    in.read();
                }
            }
            done++;
        }
        return done;
    }

    /// Answers one request of each connection, one connection after the other.
    private static void serve(ServerSocket server) {
        byte[] buffer = new byte[32 * 1024];
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.setSoTimeout(TIMEOUT_MILLIS);
                InputStream in = client.getInputStream();
                boolean bulk = in.readNBytes(buffer, 0, REQUEST) == REQUEST && buffer[0] == 1;
                OutputStream out = client.getOutputStream();
                for (int left = bulk ? BULK : ANSWER; left > 0; left -= buffer.length) {
                    out.write(buffer, 0, Math.min(left, buffer.length));
                }
                while (in.read(buffer) >= 0) {
                    // Until the client has said that it is done.
                }
            } catch (IOException e) {
                log.debug("rehearsal: {}", e.toString());
            }
        }
    }
}
