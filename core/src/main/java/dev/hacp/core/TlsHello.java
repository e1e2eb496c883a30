package dev.hacp.core;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/// The client's half of a TLS handshake that is never finished, so no keys are computed: the cheapest way to learn that a
/// server is behind a port, and not only a kernel that accepts.
public final class TlsHello {

    // RFC 8446, 5.1: the record type of a ServerHello.
    private static final int HANDSHAKE = 22;

    private final byte[] bytes = make();

    /// The first flight, as any client of TLS sends it.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// Sends it and waits for the first byte, as long as the socket's timeout says.
    ///
    /// @return what is wrong; empty when a server of TLS answered
    public String ask(Socket socket) throws IOException {
        socket.getOutputStream().write(bytes);
        int first = socket.getInputStream().read();
        return first == HANDSHAKE ? "" : first < 0 ? "closed without an answer" : "no TLS behind it";
    }

    private static byte[] make() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), record);
            byte[] bytes = new byte[record.flip().remaining()];
            record.get(bytes);
            return bytes;
        } catch (GeneralSecurityException | SSLException e) {
            throw new IllegalStateException(e);
        }
    }
}
