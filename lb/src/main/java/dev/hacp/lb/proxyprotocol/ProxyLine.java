package dev.hacp.lb.proxyprotocol;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A PROXY protocol version 1 header: one line of text (haproxy doc/proxy-protocol.txt, section 2.1).
final class ProxyLine {

    /// With its end.
    private static final int MOST_BYTES = 107;
    private static final byte[] BEGIN = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int WORDS = 6;

    private ProxyLine() {}

    static boolean begins(ByteBuffer in) {
        return in.hasRemaining() && in.get(in.position()) == BEGIN[0];
    }

    /// See [ProxyHeader#read].
    static Optional<ProxyHeader> read(ByteBuffer in) throws ProxyHeaderException {
        int start = in.position();
        int most = Math.min(in.remaining(), MOST_BYTES);
        int end = -1;
        for (int i = 0; i < most && end < 0; i++) {
            byte b = in.get(start + i);
            if (i < BEGIN.length) {
                if (b != BEGIN[i]) {
                    throw new ProxyHeaderException(
                            "the first bytes are neither the version 2 signature nor \"PROXY \"");
                }
            } else if (b == '\n') {
                end = i;
            }
        }
        if (end < 0) {
            if (most == MOST_BYTES) {
                throw new ProxyHeaderException("no end of the line within " + MOST_BYTES + " bytes");
            }
            return Optional.empty();
        }
        byte[] text = new byte[end];
        in.get(text);
        in.get();
        String line = new String(text, StandardCharsets.US_ASCII);
        if (!line.endsWith("\r")) {
            throw new ProxyHeaderException("the line does not end with CR LF");
        }
        return Optional.of(new ProxyHeader(end + 1, addresses(line.substring(0, line.length() - 1).split(" ", -1))));
    }

    private static Optional<ProxyHeader.Addresses> addresses(String... words) throws ProxyHeaderException {
        int bytes = switch (words[1]) {
            case "TCP4" -> 4;
            case "TCP6" -> 16;
            // What follows is to be ignored.
            case "UNKNOWN" -> 0;
            default -> throw new ProxyHeaderException("\"" + words[1] + "\" (expected: TCP4, TCP6 or UNKNOWN)");
        };
        if (bytes == 0) {
            return Optional.empty();
        }
        if (words.length != WORDS) {
            throw new ProxyHeaderException(words.length + " words (expected: " + WORDS + ")");
        }
        return Optional.of(new ProxyHeader.Addresses(
                new InetSocketAddress(address(words[2], bytes), port(words[4])),
                new InetSocketAddress(address(words[3], bytes), port(words[5]))));
    }

    private static InetAddress address(String text, int bytes) throws ProxyHeaderException {
        return IpAddresses.parse(text).filter(address -> (text.indexOf(':') >= 0) == (bytes == 16))
                .orElseThrow(() -> new ProxyHeaderException("\"" + text + "\" is no address of its family"));
    }

    private static int port(String text) throws ProxyHeaderException {
        int port = text.matches("0|[1-9]\\d{0,4}") ? Integer.parseInt(text) : -1;
        if (port < 0 || port > 0xffff) {
            throw new ProxyHeaderException("\"" + text + "\" is no port");
        }
        return port;
    }
}
