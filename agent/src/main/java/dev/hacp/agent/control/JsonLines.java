package dev.hacp.agent.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Lines of JSON over a socket, none longer than agreed. The request is one line; the answer is any number of `progress`
/// and `row` lines and one last line, `done` or `error`. All of it ends when its time is up, whichever side is slow.
final class JsonLines implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();
    static final int LONGEST_REQUEST = 4 << 10;
    static final int LONGEST_ANSWER = 64 << 10;

    static final String DO = "do";
    static final String PROGRESS = "progress";
    static final String ROW = "row";
    static final String DONE = "done";
    static final String ERROR = "error";

    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;
    private final CompletableFuture<Void> life = new CompletableFuture<>();

    JsonLines(SocketChannel channel, Duration within) {
        this.channel = channel;
        this.in = new BufferedInputStream(Channels.newInputStream(channel), LONGEST_REQUEST);
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), LONGEST_ANSWER);
        // Reading and writing have no timeouts of their own here; closing ends both.
        life.orTimeout(within.toMillis(), TimeUnit.MILLISECONDS).whenComplete((_, _) -> closeChannel());
    }

    /// The next line; empty at the end of the stream.
    ///
    /// @throws IOException also when the line is too long or not a JSON object
    Optional<JsonNode> read(int longest) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                return Optional.empty();
            }
            if (line.size() == longest) {
                throw new IOException("a line of more than " + longest + " bytes");
            }
            line.write(octet);
        }
        try {
            JsonNode read = JSON.readTree(line.toString(StandardCharsets.UTF_8));
            if (read.isObject()) {
                return Optional.of(read);
            }
        } catch (JsonProcessingException e) {
            // Told below.
        }
        throw new IOException("a line that is not a JSON object");
    }

    void write(ObjectNode line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        // Rows come in crowds, and something follows them.
        if (!line.has(ROW)) {
            out.flush();
        }
    }

    /// Whether the time was up before the end.
    boolean isLate() {
        return life.isCompletedExceptionally();
    }

    @Override
    public void close() {
        life.complete(null);
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // There was nothing more to read from it.
        }
    }
}
