package dev.hacp.cli.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP on the admin address: `/metrics`, `/healthz`, `/readyz` and `/status`, each computed when asked. Read only, so that
/// it may listen on the LAN. Slow and many clients are bounded by the limits below.
public final class AdminServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

    private record Answer(int code, String type, String body) {

        static Answer text(int code, String body) {
            return new Answer(code, "text/plain; charset=utf-8", body + "\n");
        }
    }

    static {
        // Read once by the JDK's server, in seconds: without them a client that sends or reads nothing stays for ever.
        limit("sun.net.httpserver.maxReqTime", 10);
        limit("sun.net.httpserver.maxRspTime", 30);
        limit("jdk.httpserver.maxConnections", 256);
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final AdminViews views;

    private AdminServer(HttpServer server, AdminViews views) {
        this.server = server;
        this.views = views;
        this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("hacp-admin-", 0).factory());
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    /// Listens and answers from now on.
    ///
    /// @throws IOException one sentence that names the address and the remedy
    public static AdminServer start(HostPort listen, AdminViews views) throws IOException {
        InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
        if (address.isUnresolved()) {
            throw new IOException("--admin-address " + listen + ": the host name does not resolve; give an address of"
                    + " this node");
        }
        HttpServer server;
        try {
            server = HttpServer.create(address, 64);
        } catch (BindException e) {
            throw new IOException("--admin-address " + listen + ": cannot listen there (" + e.getMessage()
                    + "); give a free port on an address of this node, or `none`", e);
        }
        AdminServer admin = new AdminServer(server, views);
        server.start();
        return admin;
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    /// Ends at once, also what is being answered.
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            Answer answer;
            try {
                answer = answerTo(exchange);
            } catch (RuntimeException e) {
                log.warn("answering {} on the admin address failed", exchange.getRequestURI().getPath(), e);
                answer = Answer.text(500, "error: " + e);
            }
            send(exchange, answer);
        } catch (IOException e) {
            log.debug("a client of the admin address left early", e);
        }
    }

    private Answer answerTo(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        if (!List.of("/metrics", "/healthz", "/readyz", "/status").contains(path)) {
            return Answer.text(404, "not found; there are /metrics, /healthz, /readyz and /status");
        }
        if (!"GET".equals(method) && !"HEAD".equals(method)) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            return Answer.text(405, "only GET and HEAD");
        }
        return switch (path) {
            case "/metrics" -> new Answer(200, "text/plain; version=0.0.4; charset=utf-8", views.metrics().get());
            case "/healthz" -> verdict(views.stuck().get());
            case "/readyz" -> verdict(views.notReady().get());
            default -> new Answer(200, "application/json", views.status().get().json());
        };
    }

    private static Answer verdict(List<String> problems) {
        return problems.isEmpty() ? Answer.text(200, "ok") : Answer.text(503, String.join("\n", problems));
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", answer.type());
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        if ("HEAD".equals(exchange.getRequestMethod())) {
            headers.set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(answer.code(), -1);
            return;
        }
        exchange.sendResponseHeaders(answer.code(), body.length);
        exchange.getResponseBody().write(body);
    }

    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }
}
