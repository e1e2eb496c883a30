package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.leader.pki.ClientKey;
import dev.hacp.leader.pki.ClusterTrust;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// One proof of who this agent is, and the trust in the cluster that goes with it, as read at one moment. Two are the
/// same only if they are the same object: a file that changed gives a new one.
public final class Credential {

    private final String source;
    private final HostPort server;
    private final @Nullable ClientKey key;
    private final @Nullable X509Certificate certificate;
    private final Optional<String> token;
    private final ClusterTrust trust;
    private final SSLContext sslContext;

    Credential(String source, HostPort server, @Nullable ClientKey key, @Nullable X509Certificate certificate,
            Optional<String> token, ClusterTrust trust) {
        this.source = source;
        this.server = server;
        this.key = key;
        this.certificate = certificate;
        this.token = token;
        this.trust = trust;
        try {
            this.sslContext = SSLContext.getInstance("TLS");
            sslContext.init(keyManagers(), trustManagers(), null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a TLS context: " + e.getMessage(), e);
        }
    }

    /// The file it comes from, or the service account.
    public String source() {
        return source;
    }

    /// The API server that the kubeconfig itself names; often the VIP.
    public HostPort server() {
        return server;
    }

    /// Goes into `Authorization: Bearer …`; a client certificate needs no such header.
    public Optional<String> bearerToken() {
        return token;
    }

    /// Shows the client certificate, if there is one, and trusts what the cluster's CA signed under the name dialled or
    /// under `kubernetes` ([ClusterTrust]); give the engine the host that is dialled.
    public SSLContext sslContext() {
        return sslContext;
    }

    /// When the client certificate expires.
    public Optional<Instant> notAfter() {
        return Optional.ofNullable(certificate).map(c -> c.getNotAfter().toInstant());
    }

    /// Who it says it is: the certificate's subject or "a token"; for people.
    public String subject() {
        return certificate == null ? "a token" : certificate.getSubjectX500Principal().getName();
    }

    KeyManager[] keyManagers() {
        return key == null ? new KeyManager[0] : new KeyManager[]{key};
    }

    TrustManager[] trustManagers() {
        return List.of(trust).toArray(TrustManager[]::new);
    }

    @Override
    public String toString() {
        return source;
    }
}
