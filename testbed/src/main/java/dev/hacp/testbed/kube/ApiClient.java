package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/// Requests to a Kubernetes API server from a host of the LAN; one connection each, which proves the way every time.
public final class ApiClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @param code HTTP status
    /// @param body the JSON answer; a missing node when the answer was plain text
    /// @param text the answer as it came
    public record Answer(int code, JsonNode body, String text) {}

    private final Host from;
    private final String server;
    private final SSLContext ssl;
    private final Duration timeout;

    /// @param from   the host whose network is used
    /// @param server `https://10.77.0.1:6443`
    /// @param ssl    what to trust and which certificate to show: [Pki#clientContext]
    /// @param timeout for the connect and for each read
    public ApiClient(Host from, String server, SSLContext ssl, Duration timeout) {
        this.from = from;
        this.server = server;
        this.ssl = ssl;
        this.timeout = timeout;
    }

    public Answer get(String path) {
        return request("GET", path, "");
    }

    public Answer post(String path, String json) {
        return request("POST", path, json);
    }

    public Answer put(String path, String json) {
        return request("PUT", path, json);
    }

    public Answer delete(String path) {
        return request("DELETE", path, "");
    }

    /// @throws IllegalStateException with the cause when no answer came
    public Answer request(String method, String path, String json) {
        // A thread inside the namespace does it all: the connection is made by the thread that asks.
        return from.call(() -> exchange(method, path, json));
    }

    private Answer exchange(String method, String path, String json) throws IOException {
        HttpsURLConnection connection = (HttpsURLConnection) URI.create(server + path).toURL().openConnection();
        connection.setSSLSocketFactory(ssl.getSocketFactory());
        connection.setConnectTimeout((int) timeout.toMillis());
        connection.setReadTimeout((int) timeout.toMillis());
        connection.setRequestMethod(method);
        // Kept-alive connections would be shared between hosts.
        connection.setRequestProperty("Connection", "close");
        connection.setRequestProperty("Accept", "application/json, */*");
        if (!json.isEmpty()) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            try (OutputStream out = connection.getOutputStream()) {
                out.write(json.getBytes(StandardCharsets.UTF_8));
            }
        }
        int code = connection.getResponseCode();
        try (InputStream in = code < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(code, text.startsWith("{") ? JSON.readTree(text) : MissingNode.getInstance(), text);
        } finally {
            connection.disconnect();
        }
    }
}
