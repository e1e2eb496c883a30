package dev.hacp.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers on the control socket. A client costs a virtual thread for half a minute at most, and what it does wrong ends
/// its own connection only.
public final class ControlServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
    private static final int CLIENTS = 8;
    private static final int BACKLOG = 64;
    private static final Duration EXCHANGE = Duration.ofSeconds(30);
    private static final Duration PAUSE_AFTER_FAULT = Duration.ofSeconds(1);

    private final Path path;
    private final Object inode;
    private final ServerSocketChannel listener;
    private final ControlActions actions;
    private final Duration exchange;
    private final Semaphore places = new Semaphore(CLIENTS);

    private ControlServer(Path path, ServerSocketChannel listener, ControlActions actions, Duration exchange)
            throws IOException {
        this.path = path;
        this.inode = inode(path);
        this.listener = listener;
        this.actions = actions;
        this.exchange = exchange;
    }

    /// Listens from now on. Where the folder cannot be had (a read-only root file system) that is logged, and the agent
    /// goes on without.
    ///
    /// @param wanted empty: no control socket
    /// @return empty when there is none
    /// @throws IOException one sentence: another agent has this socket, or it is something else
    public static Optional<ControlServer> open(Optional<Path> wanted, ControlActions actions) throws IOException {
        return wanted.isEmpty() ? Optional.empty() : open(wanted.get().toAbsolutePath(), actions, EXCHANGE);
    }

    static Optional<ControlServer> open(Path path, ControlActions actions, Duration exchange) throws IOException {
        refuseForeign(path);
        Path folder = Objects.requireNonNull(path.getParent());
        ServerSocketChannel listener = null;
        try {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rwx------")));
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            bind(listener, path);
            ControlServer server = new ControlServer(path, listener, actions, exchange);
            Thread.ofVirtual().name("hacp-control").start(server::accept);
            return Optional.of(server);
        } catch (IOException e) {
            if (listener != null) {
                listener.close();
            }
            log.warn("no control socket at {} ({}): 'hacp handover', 'hacp connections' and 'hacp backend' do not reach"
                    + " this agent; mount an emptyDir at {} (in a unit: RuntimeDirectory=), or give --control-socket"
                    + " none", path, e.toString(), folder);
            return Optional.empty();
        }
    }

    /// A socket that nobody answers at is what a dead agent left.
    private static void refuseForeign(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) {
            throw new IOException("--control-socket " + path + ": it is there and is no socket; give another path, or"
                    + " `none`");
        }
        try (SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException("--control-socket " + path + ": another agent listens there ("
                    + other.getRemoteAddress() + "); stop it, or give this one another path or `none`");
        } catch (java.net.SocketException e) {
            log.debug("{} is left over: {}", path, e.toString());
        }
    }

    /// Under another name until its permissions are right; the move takes the place of a leftover.
    private static void bind(ServerSocketChannel listener, Path path) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        listener.bind(UnixDomainSocketAddress.of(fresh), BACKLOG);
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel client = listener.accept();
                boolean placed = places.tryAcquire();
                Thread.ofVirtual().name("hacp-control-client").start(() -> serve(client, placed));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                log.warn("the control socket {} no longer accepts connections: {}", path, e.toString());
                try {
                    Thread.sleep(PAUSE_AFTER_FAULT);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    private void serve(SocketChannel client, boolean placed) {
        try (JsonLines lines = new JsonLines(client, exchange)) {
            if (!placed) {
                fail(lines, CLIENTS + " clients are connected already; try again");
                return;
            }
            Optional<JsonNode> request;
            try {
                request = lines.read(JsonLines.LONGEST_REQUEST);
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException e) {
                fail(lines, "not understood: " + e.getMessage());
                return;
            }
            if (request.isPresent()) {
                answer(lines, request.get());
            }
        } catch (IOException e) {
            log.debug("a client of the control socket left early", e);
        } finally {
            if (placed) {
                places.release();
            }
        }
    }

    private void answer(JsonLines lines, JsonNode request) throws IOException {
        try {
            ObjectNode done = new ControlExchange(actions, lines).perform(request);
            lines.write(JsonLines.JSON.createObjectNode().set(JsonLines.DONE, done));
        } catch (ControlException e) {
            fail(lines, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.warn("answering {} on the control socket failed", request.path(JsonLines.DO), e);
            fail(lines, "an internal error of the agent, see its log: " + e);
        }
    }

    private static void fail(JsonLines lines, String sentence) throws IOException {
        lines.write(JsonLines.JSON.createObjectNode().put(JsonLines.ERROR, sentence));
    }

    /// Stops listening and leaves no file, unless another agent has put its own there since.
    @Override
    public void close() {
        try {
            listener.close();
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && inode(path).equals(inode)) {
                Files.delete(path);
            }
        } catch (IOException e) {
            log.warn("could not remove the control socket {}: {}", path, e.toString());
        }
    }
}
