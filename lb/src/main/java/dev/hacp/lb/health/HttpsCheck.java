package dev.hacp.lb.health;

import dev.hacp.core.Durations;
import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// `GET /readyz` over TLS: on the warm connection when there is one, else on a new one, which is then kept.
final class HttpsCheck implements Check {

    /// How far it came: what a timeout means depends on it.
    private enum Phase {
        /// Its thread has not run yet.
        WAITING,
        CREDENTIAL,
        CONNECT,
        HANDSHAKE,
        /// On a connection whose TLS was just established: the backend lives.
        ANSWER_FRESH,
        /// On the warm one: nothing proves that the backend still lives.
        ANSWER_WARM
    }

    private static final SSLContext ANY_PEER = AnyPeer.context();

    private final HostPort id;
    private final InetSocketAddress address;
    private final HealthCredentials credentials;
    private final Duration connectTimeout;
    private final ThreadFactory threads;
    private final Ticker ticker;
    private final @Nullable WarmConnection warm;
    private final Consumer<WarmConnection> keep;
    private final Socket tcp = new Socket();
    private final long start;
    private volatile Phase phase = Phase.WAITING;
    private volatile boolean aborted;
    private volatile @Nullable WarmConnection asked;

    /// @param warm a connection of an earlier check, or null to open one
    /// @param keep gets a connection that this check opened and that may serve the next one
    HttpsCheck(HostPort id, InetSocketAddress address, HealthCredentials credentials, Duration connectTimeout,
            ThreadFactory threads,
            Ticker ticker, @Nullable WarmConnection warm, Consumer<WarmConnection> keep) {
        this.id = id;
        this.address = address;
        this.credentials = credentials;
        this.connectTimeout = connectTimeout;
        this.threads = threads;
        this.ticker = ticker;
        this.warm = warm;
        this.keep = keep;
        this.start = ticker.nanos();
    }

    @Override
    public CheckResult run() {
        phase = Phase.CREDENTIAL;
        HealthCredential credential = credentials.current().orElse(null);
        WarmConnection usable = warm;
        if (usable != null && usable.open() && Objects.equals(credential, usable.credential())) {
            phase = Phase.ANSWER_WARM;
            CheckResult result = ask(usable);
            // It may have ended just now, as servers do with old connections: only a new one tells dead from alive.
            if (result.finding() != Finding.DEAD || aborted) {
                return result;
            }
        }
        if (usable != null) {
            usable.abort();
        }
        return fresh(credential);
    }

    private CheckResult fresh(@Nullable HealthCredential credential) {
        phase = Phase.CONNECT;
        try {
            tcp.connect(address, (int) connectTimeout.toMillis());
            tcp.setTcpNoDelay(true);
        } catch (SocketTimeoutException e) {
            return CheckResult.silent("connect timed out after " + Durations.format(connectTimeout), duration());
        } catch (IOException e) {
            return Failures.connect(e, duration());
        }
        phase = Phase.HANDSHAKE;
        WarmConnection connection;
        try {
            SSLContext context = credential == null ? ANY_PEER : credential.context();
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, id.host(), id.port(), false);
            tls.startHandshake();
            X509Certificate certificate = (X509Certificate) tls.getSession().getPeerCertificates()[0];
            if (credential != null && !PeerName.matches(certificate, id.host())
                    && !PeerName.matches(certificate, HostPort.of(address).host())) {
                abort();
                return CheckResult.answered(Finding.UNVERIFIED, 0,
                        "its certificate is for " + HttpAnswer.printable(PeerName.text(certificate)) + " (expected: "
                                + id.host() + " or " + PeerName.SERVICE + ")",
                        duration(), false, Optional.of(certificate.getNotAfter().toInstant()));
            }
            connection = new WarmConnection(tcp, tls, id.toString(), credential != null, certificate, credential,
                    ticker.nanos());
        } catch (IOException e) {
            abort();
            return handshakeFailed(e, credential);
        } catch (CertificateParsingException e) {
            abort();
            return CheckResult.broken("TLS handshake failed: " + Failures.text(e), duration());
        }
        phase = Phase.ANSWER_FRESH;
        connection.startReading(threads);
        CheckResult result = ask(connection);
        if (connection.open() && !aborted) {
            keep.accept(connection);
        }
        return result;
    }

    private CheckResult handshakeFailed(IOException e, @Nullable HealthCredential credential) {
        String source = credential == null ? "nobody" : credential.source();
        if (Failures.refusesClientCertificate(e)) {
            return CheckResult.answered(Finding.READINESS_UNKNOWN, 0,
                    "TLS answers but refuses the client certificate of " + source, duration(), false,
                    Optional.empty());
        }
        Optional<String> untrusted = Failures.untrusted(e, source);
        if (untrusted.isPresent()) {
            return CheckResult.answered(Finding.UNVERIFIED, 0, untrusted.get(), duration(), false, Optional.empty());
        }
        return Failures.broken(e, "TLS handshake failed", duration());
    }

    private CheckResult ask(WarmConnection connection) {
        asked = connection;
        if (aborted) {
            connection.abort();
        }
        boolean fresh = phase == Phase.ANSWER_FRESH;
        Optional<Instant> expires = connection.certificateExpires();
        try {
            HttpAnswer answer = connection.ask();
            return judge(answer, connection, expires);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CheckResult.notAsked("interrupted", duration());
        } catch (IOException e) {
            connection.abort();
            if (Failures.refusesClientCertificate(e)) {
                // TLS 1.3: a server tells after the handshake that it does not like the client's certificate.
                HealthCredential credential = connection.credential();
                return CheckResult.answered(Finding.READINESS_UNKNOWN, 0,
                        "TLS answers but refuses the client certificate of "
                                + (credential == null ? "nobody" : credential.source()),
                        duration(), connection.verified(), expires);
            }
            boolean ours = e.getCause() instanceof RuntimeException;
            if (fresh && !ours && !(e instanceof SocketException) && !(e instanceof SSLException)) {
                return CheckResult.answered(Finding.NOT_READY, 0, "TLS works but /readyz fails: " + Failures.text(e),
                        duration(), connection.verified(), expires);
            }
            return Failures.broken(e, "the connection broke", duration());
        }
    }

    private CheckResult judge(HttpAnswer answer, WarmConnection connection, Optional<Instant> expires) {
        int code = answer.code();
        Finding finding = Finding.NOT_READY;
        String reason;
        String failing = "";
        boolean cannotServe = false;
        if (code >= 200 && code < 300) {
            finding = Finding.READY;
            reason = connection.verified() ? "ready" : "ready; certificate not verified: no cluster CA is known";
        } else if (code == 401 || code == 403) {
            finding = Finding.READINESS_UNKNOWN;
            HealthCredential credential = connection.credential();
            reason = "alive, readiness unknown: HTTP " + code + " to /readyz with the credential of "
                    + (credential == null ? "nobody" : credential.source());
            if (credential != null) {
                credentials.refused(credential, code);
            }
        } else if (code == 429) {
            finding = Finding.READINESS_UNKNOWN;
            reason = "alive, readiness unknown: HTTP 429 to /readyz (too many requests)";
        } else {
            failing = answer.failing();
            cannotServe = answer.cannotServe();
            reason = "not ready: HTTP " + code + (failing.isEmpty() ? "" : " " + failing);
        }
        return new CheckResult(finding, Heard.ANSWER, code, reason, failing, cannotServe, duration(),
                connection.verified(), expires);
    }

    private Duration duration() {
        return Duration.ofNanos(ticker.nanos() - start);
    }

    @Override
    public void abort() {
        aborted = true;
        WarmConnection connection = asked;
        if (connection != null) {
            connection.abort();
        }
        try {
            tcp.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    @Override
    public CheckResult overdue(Duration timeout) {
        String after = " within " + Durations.format(timeout);
        WarmConnection connection = asked;
        return switch (phase) {
            case WAITING -> CheckResult.notAsked("the check did not begin" + after, timeout);
            case CREDENTIAL -> CheckResult.notAsked("the credential could not be read" + after, timeout);
            case CONNECT -> CheckResult.silent("connect timed out after " + Durations.format(timeout), timeout);
            case HANDSHAKE -> CheckResult.silent("no TLS handshake" + after, timeout);
            case ANSWER_WARM -> CheckResult.silent("no answer on the open connection" + after, timeout);
            case ANSWER_FRESH -> new CheckResult(Finding.NOT_READY, Heard.ANSWER, 0,
                    "TLS works but /readyz gave no answer" + after, "", true, timeout,
                    connection != null && connection.verified(),
                    connection == null ? Optional.empty() : connection.certificateExpires());
        };
    }
}
