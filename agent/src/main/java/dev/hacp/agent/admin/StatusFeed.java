package dev.hacp.agent.admin;

import com.sun.net.httpserver.HttpExchange;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.Ticker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// `/events`: the status as server-sent events, whenever it changed, at most twice a second, with the agent's clock as id;
/// an event `alive` in between shows that both ends are there. The status is computed once for all clients, and not at all
/// while there is none.
///
/// A stream ends after [#SPAN], before the server's own limit on a response cuts it, and the browser reconnects at
/// once: that limit is what rids us of clients that read nothing.
final class StatusFeed {

    static final int MOST_CLIENTS = 32;
    private static final Duration PACE = Duration.ofMillis(500);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration SPAN = Duration.ofSeconds(20);
    /// The page shows the newest; all are in `/status`.
    private static final int MOST_HAPPENINGS = 50;

    private final Supplier<AgentStatus> status;
    private final Ticker ticker;
    private final Semaphore places = new Semaphore(MOST_CLIENTS);

    // Guarded by this.
    private String latest = "";
    private long latestNanos;

    StatusFeed(Supplier<AgentStatus> status, Ticker ticker) {
        this.status = status;
        this.ticker = ticker;
    }

    /// Blocks until the stream ends: by its age, by the client or by an interrupt.
    void serve(HttpExchange exchange) throws IOException {
        if (!places.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "5");
            Answer.text(503, MOST_CLIENTS + " clients follow the status already").send(exchange);
            return;
        }
        try {
            stream(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private void stream(HttpExchange exchange) throws IOException, InterruptedException {
        // Before the headers: a failure is still an answer of its own.
        String event = current();
        Answer.protect(exchange.getResponseHeaders(), "text/event-stream; charset=utf-8");
        // Behind a proxy such as nginx.
        exchange.getResponseHeaders().set("X-Accel-Buffering", "no");
        exchange.sendResponseHeaders(200, 0);
        // Closing it says that the stream is complete.
        try (OutputStream out = exchange.getResponseBody()) {
            write(out, "retry: 500\n\n");
            follow(out, event);
        }
    }

    private void follow(OutputStream out, String first) throws IOException, InterruptedException {
        long began = ticker.nanos();
        String event = first;
        String sent = "";
        long sentNanos = began;
        while (ticker.nanos() - began < SPAN.toNanos()) {
            if (!event.equals(sent)) {
                write(out, "id: " + Instant.now().toEpochMilli() + "\ndata: " + event + "\n\n");
                sent = event;
                sentNanos = ticker.nanos();
            } else if (ticker.nanos() - sentNanos > HEARTBEAT.toNanos()) {
                write(out, "event: alive\ndata: 1\n\n");
                sentNanos = ticker.nanos();
            }
            Thread.sleep(PACE);
            event = current();
        }
    }

    /// JSON has no line ends, so it is one line of an event.
    private synchronized String current() {
        if (latest.isEmpty() || ticker.nanos() - latestNanos >= PACE.toNanos() * 9 / 10) {
            latest = status.get().withNewest(MOST_HAPPENINGS).json();
            latestNanos = ticker.nanos();
        }
        return latest;
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
