package dev.hacp.lb.relay;

import dev.hacp.lb.proxyprotocol.ProxyHeader;
import dev.hacp.lb.proxyprotocol.ProxyHeaderException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Reads the PROXY header that a trusted source must send first; the client is who it names.
final class HeaderReader {

    private static final long PATIENCE_SECONDS = 3;
    /// Addresses and the type-length-value vectors of today's balancers fit many times; a longer header gets its own length.
    private static final int USUAL_BYTES = 2048;

    private final Connection connection;
    private final ByteBuf bytes;
    private final Future<?> deadline;

    HeaderReader(Connection connection) {
        this.connection = connection;
        this.bytes = ByteBufAllocator.DEFAULT.directBuffer(USUAL_BYTES, ProxyHeader.MAX_LENGTH);
        this.deadline = connection.loop().eventLoop().schedule(
                () -> connection.end(Ending.BAD_PROXY_HEADER, true), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    void ready() {
        try {
            while (bytes.isWritable()) {
                ByteBuffer into = bytes.internalNioBuffer(bytes.writerIndex(), bytes.writableBytes());
                int n = connection.client().read(into, into.position(), into.limit());
                if (n < 0) {
                    connection.end(Ending.CLIENT_CLOSED, false);
                    return;
                }
                if (n == 0) {
                    return;
                }
                bytes.writerIndex(bytes.writerIndex() + n);
                ByteBuffer all = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
                int start = all.position();
                Optional<ProxyHeader> header = ProxyHeader.read(all);
                if (header.isPresent()) {
                    bytes.skipBytes(all.position() - start);
                    done(header.get());
                    return;
                }
                int length = ProxyHeader.length(all);
                if (length > bytes.capacity()) {
                    bytes.capacity(length);
                }
            }
            connection.end(Ending.BAD_PROXY_HEADER, true);
        } catch (ProxyHeaderException e) {
            RelayLoop.log.debug("no PROXY header from {}: {}", connection.clientSocketAddress(), e.getMessage());
            connection.end(Ending.BAD_PROXY_HEADER, true);
        } catch (IOException e) {
            connection.failed(connection.client(), e);
        }
    }

    private void done(ProxyHeader header) {
        deadline.cancel(false);
        header.addresses().ifPresent(a -> connection.clientAddress(a.source()));
        if (connection.loop().admission().admitSource(connection.clientAddress()) != null) {
            connection.end(Ending.REFUSED, true);
            return;
        }
        connection.sourceCounted();
        if (bytes.isReadable()) {
            ByteBuffer rest = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
            connection.firstBytes(rest, rest.position(), rest.remaining());
            connection.client().unsent(bytes);
        } else {
            bytes.release();
        }
        connection.headerRead();
    }

    /// The connection ended before the header was whole.
    void close() {
        deadline.cancel(false);
        bytes.release();
    }
}
