package dev.hacp.lb.health;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// An HTTP/1.1 answer, as little of RFC 9112 as `/readyz` needs: status, length or chunks, whether the connection stays.
///
/// @param body cut at [#MAX_BODY]
record HttpAnswer(int code, String body, boolean keepAlive) {

    static final int MAX_BODY = 16 * 1024;
    private static final int MAX_LINE = 8 * 1024;
    private static final int MAX_HEADERS = 100;

    /// Reads one answer to a GET; interim answers (1xx) are skipped.
    ///
    /// @throws EOFException when the connection ended before the first byte or inside
    /// @throws IOException  when it is no HTTP/1.x
    static HttpAnswer read(InputStream in) throws IOException {
        while (true) {
            HttpAnswer answer = readOne(in);
            if (answer.code >= 200) {
                return answer;
            }
        }
    }

    private static HttpAnswer readOne(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.") || status.length() < 12) {
            throw new IOException("answer is not HTTP/1.1: " + printable(status));
        }
        int code = number(status.substring(9, 12), 10);
        boolean keepAlive = status.charAt(7) == '1';
        boolean chunked = false;
        int length = -1;
        for (int headers = 0;; headers++) {
            String header = line(in);
            if (header.isEmpty()) {
                break;
            }
            if (headers == MAX_HEADERS) {
                throw new IOException("more than " + MAX_HEADERS + " headers");
            }
            int colon = header.indexOf(':');
            String name = colon < 0 ? "" : header.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = header.substring(colon + 1).trim().toLowerCase(Locale.ROOT);
            switch (name) {
                case "content-length" -> length = number(value, 10);
                case "transfer-encoding" -> chunked = value.endsWith("chunked");
                case "connection" -> keepAlive = value.contains("keep-alive")
                        || (keepAlive && !value.contains("close"));
                default -> {
                    // Not needed.
                }
            }
        }
        StringBuilder body = new StringBuilder();
        if (code < 200 || code == 204 || code == 304) {
            return new HttpAnswer(code, "", keepAlive);
        }
        if (chunked) {
            int size;
            do {
                String head = line(in);
                int end = head.indexOf(';');
                size = number(end < 0 ? head.trim() : head.substring(0, end).trim(), 16);
                text(in, size, body);
                if (size > 0 && !line(in).isEmpty()) {
                    throw new IOException("a chunk is longer than it says");
                }
            } while (size > 0);
            while (!line(in).isEmpty()) {
                // Trailers say nothing about readiness.
            }
        } else if (length >= 0) {
            text(in, length, body);
        } else {
            keepAlive = false;
            int b = in.read();
            while (b >= 0 && body.length() < MAX_BODY) {
                body.append((char) b);
                b = in.read();
            }
        }
        return new HttpAnswer(code, body.toString(), keepAlive);
    }

    private static void text(InputStream in, int length, StringBuilder body) throws IOException {
        if (length > 16 * MAX_BODY) {
            throw new IOException("an answer of " + length + " bytes (expected: at most " + 16 * MAX_BODY + ")");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the answer ended early");
        }
        int room = Math.min(length, MAX_BODY - body.length());
        if (room > 0) {
            body.append(new String(bytes, 0, room, StandardCharsets.ISO_8859_1));
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("the connection ended");
            }
            if (b == '\n') {
                int end = line.length();
                return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a header line of more than " + MAX_LINE + " bytes");
            }
            line.append((char) b);
        }
    }

    private static int number(String text, int radix) throws IOException {
        try {
            int n = Integer.parseInt(text, radix);
            if (n >= 0) {
                return n;
            }
        } catch (NumberFormatException e) {
            // Told below, with the text.
        }
        throw new IOException("'" + printable(text) + "' (expected: a number)");
    }

    static String printable(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return cut.replaceAll("[^\\x20-\\x7e…]", "?");
    }

    /// Whether it says that it cannot do its work, as opposed to not yet or no longer taking any: etcd is what every request
    /// needs, and a server that leaves says `[-]shutdown`. Of other checks nothing is known.
    boolean cannotServe() {
        return body.lines().anyMatch(line -> line.startsWith("[-]etcd"))
                && body.lines().noneMatch(line -> line.startsWith("[-]shutdown"));
    }

    /// The first line that names a failed check (`[-]etcd failed: reason withheld`), else the first line, else nothing.
    String failing() {
        String first = "";
        for (String line : body.lines().toList()) {
            if (line.startsWith("[-]")) {
                return printable(line);
            }
            first = first.isEmpty() ? line.strip() : first;
        }
        return printable(first);
    }
}
