package dev.hacp.lb.relay;

import dev.hacp.lb.proxyprotocol.ProxyHeader;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// Begins a backend connection with a PROXY header.
final class HeaderWriter {

    /// Sixteen bytes and two IPv6 addresses with ports.
    private static final int LONGEST = 52;

    private HeaderWriter() {}

    /// @return false when the connection had to be ended
    static boolean write(Connection connection, Leg to) {
        InetSocketAddress local = Connection.localAddress(connection.client());
        InetSocketAddress destination = local == null ? connection.dialled() : local;
        ByteBuf buffer = connection.loop().buffer(LONGEST);
        try {
            ByteBuffer out = buffer.internalNioBuffer(0, LONGEST);
            int start = out.position();
            ProxyHeader.write(out, connection.clientSocketAddress(), destination);
            to.noDelay();
            // An empty send buffer always has room for it.
            if (to.write(out, start, out.position()) != out.position() - start) {
                throw new IOException("the PROXY header did not fit into the empty send buffer");
            }
            return true;
        } catch (IOException e) {
            connection.failed(to, e);
            return false;
        } finally {
            buffer.release();
        }
    }
}
