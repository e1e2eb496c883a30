package dev.hacp.lb.relay;

import java.nio.ByteBuffer;

/// What a TLS client says before anything is encrypted (RFC 8446 section 4.1.2, RFC 7301): enough to know whether it will
/// speak HTTP/2.
final class ClientHello {

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE_HEADER = 4;
    private static final int VERSION_AND_RANDOM = 34;
    private static final int ALPN = 16;

    private ClientHello() {}

    /// Whether these are the first bytes of a client that offers HTTP/2. When in doubt (no TLS, or the part that would say so
    /// is yet to come): no. Allocates nothing.
    static boolean offersHttp2(ByteBuffer bytes, int start, int length) {
        int end = start + length;
        int at = start + RECORD_HEADER + HANDSHAKE_HEADER + VERSION_AND_RANDOM;
        if (at + 1 > end || bytes.get(start) != HANDSHAKE || bytes.get(start + 1) != 3
                || bytes.get(start + RECORD_HEADER) != CLIENT_HELLO) {
            return false;
        }
        at += 1 + uint8(bytes, at, end); // session id
        at += 2 + uint16(bytes, at, end); // cipher suites
        at += 1 + uint8(bytes, at, end); // compression methods
        at += 2; // the extensions' length
        while (at + 4 <= end) {
            int type = uint16(bytes, at, end);
            int size = uint16(bytes, at + 2, end);
            at += 4;
            if (type == ALPN) {
                return namesHttp2(bytes, at + 2, Math.min(end, at + size));
            }
            at += size;
        }
        return false;
    }

    private static boolean namesHttp2(ByteBuffer bytes, int start, int end) {
        for (int at = start; at < end; at += 1 + uint8(bytes, at, end)) {
            if (at + 3 <= end && bytes.get(at) == 2 && bytes.get(at + 1) == 'h' && bytes.get(at + 2) == '2') {
                return true;
            }
        }
        return false;
    }

    /// Zero beyond the end: the loops above then run out.
    private static int uint8(ByteBuffer bytes, int at, int end) {
        return at + 1 <= end ? bytes.get(at) & 0xff : 0;
    }

    private static int uint16(ByteBuffer bytes, int at, int end) {
        return at + 2 <= end ? (bytes.get(at) & 0xff) << 8 | (bytes.get(at + 1) & 0xff) : 0;
    }
}
