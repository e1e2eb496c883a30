package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TlsHelloTest {

    private final TlsHello hello = new TlsHello();

    /// @param answer of the server; none: it closes
    private String answeredWith(int... answer) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket served = server.accept()) {
            CompletableFuture<String> verdict = CompletableFuture.supplyAsync(() -> {
                try {
                    return hello.ask(client);
                } catch (IOException e) {
                    return e.toString();
                }
            });
            // All of it is read: a close with bytes unread would be a reset.
            assertThat(served.getInputStream().readNBytes(hello.bytes().length)).isEqualTo(hello.bytes());
            for (int octet : answer) {
                served.getOutputStream().write(octet);
            }
            served.shutdownOutput();
            return verdict.join();
        }
    }

    @Test
    void itIsAClientHello() {
        // RFC 8446: content type handshake (22), legacy version 3.x, message type client_hello (1).
        assertThat(hello.bytes()).startsWith(22, 3).hasSizeGreaterThan(100);
        assertThat(hello.bytes()[5]).isEqualTo((byte) 1);
    }

    @Test
    void onlyAHandshakeRecordMeansThatTlsIsBehind() throws IOException {
        assertThat(answeredWith(22)).isEmpty();
        assertThat(answeredWith('H', 'T', 'T', 'P')).isEqualTo("no TLS behind it");
        assertThat(answeredWith()).isEqualTo("closed without an answer");
    }
}
