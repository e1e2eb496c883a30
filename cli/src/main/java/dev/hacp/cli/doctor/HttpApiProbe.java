package dev.hacp.cli.doctor;

import dev.hacp.core.HostPort;
import dev.hacp.leader.kube.Credential;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Asks with the credential that the agent would use.
final class HttpApiProbe implements ApiProbe, AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Credential credential;
    private final HttpClient client;

    HttpApiProbe(Credential credential) {
        this.credential = credential;
        this.client = HttpClient.newBuilder().sslContext(credential.sslContext()).connectTimeout(TIMEOUT)
                .version(HttpClient.Version.HTTP_1_1).build();
    }

    @Override
    public Answer ask(HostPort server, String path, Optional<String> json) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://" + server + path)).timeout(TIMEOUT)
                .header("Accept", "application/json, text/plain");
        credential.bearerToken().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        json.ifPresent(body -> request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body(),
                    response.headers().firstValue("Date").flatMap(HttpApiProbe::instant),
                    response.sslSession().flatMap(HttpApiProbe::certificate));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Optional<X509Certificate> certificate(SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate x509
                    ? Optional.of(x509)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
