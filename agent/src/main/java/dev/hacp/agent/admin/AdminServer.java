package dev.hacp.agent.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP on the admin address: the page at `/` with its `/events`, and `/metrics`, `/healthz`, `/readyz` and `/status`, each
/// computed when asked.
///
/// Everybody who reaches the address may read, so it only reads: there is no way to change anything, no request body is
/// looked at, and nothing told is a secret (names, addresses, states, no credential). What one client can cost is bounded:
/// connections, the time of a request and of an answer, the number of followers of `/events`. Answers are never cached,
/// never sniffed for another type, and carry a policy under which a browser runs nothing but our own files. What is told
/// goes into the page as text.
public final class AdminServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);

    private static final List<String> VIEWS = List.of("/metrics", "/healthz", "/readyz", "/status", "/events");

    static {
        // Read once by the JDK's server, in seconds: without them a client that sends or reads nothing stays forever.
        limit("sun.net.httpserver.maxReqTime", 10);
        limit("sun.net.httpserver.maxRspTime", 30);
        limit("jdk.httpserver.maxConnections", 256);
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final AdminViews views;
    private final PageFiles page = new PageFiles();
    private final StatusFeed feed;

    private AdminServer(HttpServer server, AdminViews views) {
        this.server = server;
        this.views = views;
        this.feed = new StatusFeed(views.status(), Ticker.system());
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
            String path = exchange.getRequestURI().getPath();
            try {
                if ("/events".equals(path) && "GET".equals(exchange.getRequestMethod())) {
                    feed.serve(exchange);
                } else {
                    answerTo(exchange, path).send(exchange);
                }
            } catch (RuntimeException e) {
                log.warn("answering {} on the admin address failed", path, e);
                if (exchange.getResponseCode() < 0) {
                    Answer.text(500, "error: " + e).send(exchange);
                }
            }
        } catch (IOException e) {
            log.debug("a client of the admin address left early", e);
        }
    }

    private Answer answerTo(HttpExchange exchange, String path) {
        String method = exchange.getRequestMethod();
        Optional<Answer> file = page.at(path);
        if (file.isEmpty() && !VIEWS.contains(path)) {
            return Answer.text(404, "not found; there are " + String.join(", ", VIEWS) + ", and the page at /");
        }
        if (!"GET".equals(method) && !"HEAD".equals(method)) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            return Answer.text(405, "only GET and HEAD");
        }
        return file.orElseGet(() -> switch (path) {
            case "/metrics" -> Answer.of("text/plain; version=0.0.4; charset=utf-8", views.metrics().get());
            case "/healthz" -> verdict(views.stuck().get());
            case "/readyz" -> verdict(views.notReady().get());
            case "/events" -> Answer.of("text/event-stream; charset=utf-8", "");
            default -> Answer.of("application/json", views.status().get().json());
        });
    }

    private static Answer verdict(List<String> problems) {
        return problems.isEmpty() ? Answer.text(200, "ok") : Answer.text(503, String.join("\n", problems));
    }

    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }
}
