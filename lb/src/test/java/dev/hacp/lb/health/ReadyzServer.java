package dev.hacp.lb.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/// The JDK's HTTPS server as an API server that knows `/readyz` only.
public final class ReadyzServer implements AutoCloseable {

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
    private final Queue<String> authorizations = new ConcurrentLinkedQueue<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile int code = 200;
    private volatile String body = "ok";
    private volatile boolean silent;

    public ReadyzServer(SSLContext context, InetSocketAddress address) {
        try {
            server = HttpsServer.create(address, 16);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + address, e);
        }
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/readyz", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    /// @param port 0 = any
    ReadyzServer(SSLContext context, int port) {
        this(context, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            clientPorts.add(exchange.getRemoteAddress().getPort());
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            authorizations.add(authorization == null ? "" : authorization);
            if (silent) {
                waiting.incrementAndGet();
                stopped.await();
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void answers(int newCode, String newBody) {
        body = newBody;
        code = newCode;
    }

    /// Takes requests and does not answer them.
    void silent(boolean value) {
        silent = value;
    }

    int port() {
        return server.getAddress().getPort();
    }

    HostPort id() {
        return HostPort.of(server.getAddress());
    }

    /// Requests that were taken while silent.
    int waiting() {
        return waiting.get();
    }

    /// How many connections brought requests.
    int connections() {
        return clientPorts.size();
    }

    Queue<String> authorizations() {
        return authorizations;
    }

    @Override
    public void close() {
        stopped.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
