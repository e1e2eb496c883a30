package dev.hacp.agent.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// A whole answer, and the headers that each one has.
final class Answer {

    /// Nothing is loaded from elsewhere, nothing inline is run, nobody frames it.
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final int code;
    private final String type;
    private final byte[] body;

    /// @param body not changed afterwards
    Answer(int code, String type, byte[] body) {
        this.code = code;
        this.type = type;
        this.body = body;
    }

    static Answer of(String type, String body) {
        return new Answer(200, type, body.getBytes(StandardCharsets.UTF_8));
    }

    static Answer text(int code, String body) {
        return new Answer(code, "text/plain; charset=utf-8", (body + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void send(HttpExchange exchange) throws IOException {
        protect(exchange.getResponseHeaders(), type);
        if ("HEAD".equals(exchange.getRequestMethod())) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(code, -1);
            return;
        }
        exchange.sendResponseHeaders(code, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    static void protect(Headers headers, String type) {
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Content-Security-Policy", POLICY);
    }
}
