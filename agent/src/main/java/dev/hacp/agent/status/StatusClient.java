package dev.hacp.agent.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;

/// Asks an agent on its admin address.
public final class StatusClient {

    private static final int TIMEOUT_MILLIS = 3000;

    private final HostPort address;

    /// @param listen where the agent listens; a wildcard is dialled on the loopback
    public StatusClient(HostPort listen) {
        this.address = switch (listen.host()) {
            case "0.0.0.0" -> new HostPort("127.0.0.1", listen.port());
            case "::" -> new HostPort("::1", listen.port());
            case String ignored -> listen;
        };
    }

    /// What is dialled.
    public HostPort address() {
        return address;
    }

    public String url() {
        return "http://" + address + "/status";
    }

    /// @throws IOException when nobody answers, or not with a status
    public JsonNode read() throws IOException {
        // No proxy: the agent is on this node or on its LAN.
        HttpURLConnection connection = (HttpURLConnection) URI.create(url()).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try {
            int code = connection.getResponseCode();
            if (code != HttpURLConnection.HTTP_OK) {
                throw new IOException("it answers with code " + code);
            }
            try (InputStream in = connection.getInputStream()) {
                JsonNode status = new ObjectMapper().readTree(in);
                if (!status.isObject()) {
                    throw new IOException("its answer is not a status");
                }
                return status;
            }
        } finally {
            connection.disconnect();
        }
    }
}
