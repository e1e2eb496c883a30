package dev.hacp.testbed.bench.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;

/// Reading and writing as scenarios need it.
final class Direction {

    /// How a direction ended, and after how many bytes.
    record End(long bytes, String how) {

        /// Empty text when it is the expected one.
        String unless(long expectedBytes, String expected) {
            return bytes == expectedBytes && how.equals(expected) ? "" : how + " after " + bytes + " bytes";
        }
    }

    static final String CLOSED = "closed";
    static final String RESET = "reset";

    private Direction() {}

    /// Until the end.
    static End drain(Socket socket) {
        byte[] buffer = new byte[64 << 10];
        long bytes = 0;
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes += n;
            }
            return new End(bytes, CLOSED);
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            return new End(bytes, message.contains("reset") || message.contains("Broken pipe") ? RESET : message);
        }
    }

    /// In the background; the result is empty text, or what went wrong.
    static CompletableFuture<String> send(Socket socket, int bytes, boolean thenEnd) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                socket.getOutputStream().write(new byte[bytes]);
                if (thenEnd) {
                    socket.shutdownOutput();
                }
                return "";
            } catch (IOException e) {
                return "writing: " + e.getMessage();
            }
        }, task -> Thread.ofPlatform().daemon().start(task));
    }

    /// A reset instead of an end.
    static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
