package dev.hacp.lb.relay;

import dev.hacp.core.HostPort;
import dev.hacp.lb.backend.Upstream;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One line per connection when it ends. `upstreamPort` is the port that the API server's audit log knows the client by.
final class AccessLog {

    private static final Logger log = LoggerFactory.getLogger("hacp.access");

    private AccessLog() {}

    static void write(Connection connection, Ending ending) {
        Upstream backend = connection.backend();
        Leg server = connection.server();
        InetSocketAddress upstream = server == null ? null : Connection.localAddress(server);
        log.atInfo().addKeyValue("client", HostPort.of(connection.clientSocketAddress()))
                .addKeyValue("frontend", HostPort.of(connection.dialled()))
                .addKeyValue("backend", backend == null ? "none" : backend.id().toString())
                .addKeyValue("upstreamPort", upstream == null ? 0 : upstream.getPort())
                .addKeyValue("bytesFromClient", connection.client().bytes())
                .addKeyValue("bytesToClient", server == null ? 0 : server.bytes())
                .addKeyValue("milliseconds",
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - connection.createdNanos()))
                .addKeyValue("ending", ending.text()).log("connection");
    }
}
