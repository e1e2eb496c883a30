package dev.hacp.lb.health;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// One TLS connection that stays open between checks. A thread of its own reads, so that the end of the backend's process
/// is noticed at once and not at the next check.
final class WarmConnection {

    private final Socket tcp;
    private final SSLSocket tls;
    private final byte[] request;
    private final boolean verified;
    private final X509Certificate certificate;
    private final @Nullable HealthCredential credential;
    private final long openedNanos;
    private final AtomicReference<@Nullable CompletableFuture<HttpAnswer>> pending = new AtomicReference<>();
    private volatile boolean open = true;
    private volatile Runnable lost = () -> {};

    /// @param tls after its handshake, over `tcp`
    WarmConnection(Socket tcp, SSLSocket tls, String host, boolean verified, X509Certificate certificate,
            @Nullable HealthCredential credential, long openedNanos) {
        this.tcp = tcp;
        this.tls = tls;
        this.verified = verified;
        this.certificate = certificate;
        this.credential = credential;
        this.openedNanos = openedNanos;
        String authorization = verified && credential != null
                ? credential.bearerToken().map(t -> "Authorization: Bearer " + t + "\r\n").orElse("")
                : "";
        this.request = ("GET /readyz HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: hacp\r\nAccept: */*\r\n"
                + authorization + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    void startReading(ThreadFactory threads) {
        threads.newThread(this::read).start();
    }

    /// Called at most once, on the reading thread, when the backend ends the connection between two checks.
    void onLost(Runnable action) {
        lost = action;
    }

    /// Sends the request and waits for the answer; [#abort] ends the wait.
    HttpAnswer ask() throws IOException, InterruptedException {
        CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        pending.set(answer);
        if (!open) {
            throw new IOException("the connection ended");
        }
        OutputStream out = tls.getOutputStream();
        out.write(request);
        out.flush();
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        }
    }

    private void read() {
        IOException end;
        try {
            BufferedInputStream in = new BufferedInputStream(tls.getInputStream(), 512);
            while (true) {
                HttpAnswer answer = HttpAnswer.read(in);
                CompletableFuture<HttpAnswer> asked = pending.getAndSet(null);
                if (asked == null) {
                    throw new IOException("unsolicited response");
                }
                if (!answer.keepAlive()) {
                    abort();
                }
                asked.complete(answer);
            }
        } catch (IOException e) {
            end = e;
        } catch (RuntimeException e) {
            end = new IOException(e);
        }
        boolean byPeer = open;
        abort();
        CompletableFuture<HttpAnswer> asked = pending.getAndSet(null);
        if (asked != null) {
            asked.completeExceptionally(end);
        } else if (byPeer) {
            lost.run();
        }
    }

    /// Ends everything that waits here. Closes the TCP socket alone: closing TLS politely may block on a dead peer.
    void abort() {
        open = false;
        try {
            tcp.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    boolean open() {
        return open;
    }

    boolean verified() {
        return verified;
    }

    @Nullable
    HealthCredential credential() {
        return credential;
    }

    long openedNanos() {
        return openedNanos;
    }

    Optional<Instant> certificateExpires() {
        return Optional.of(certificate.getNotAfter().toInstant());
    }
}
