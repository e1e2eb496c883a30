package dev.hacp.leader.pki;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathParameters;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Trusts an API server that the cluster's CA signed, under the host that was dialled or under a name that every API
/// server has (`kubernetes`): certificates of kubeadm name neither 127.0.0.1 nor the VIP unless told to.
///
/// A certificate that is not valid yet is taken as valid: a wall clock that went back must not part the agent from the
/// API server. One that has expired is refused.
public final class ClusterTrust extends X509ExtendedTrustManager {

    /// What kube-apiserver certificates carry in every distribution.
    public static final List<String> API_SERVER_NAMES = List.of("kubernetes", "kubernetes.default.svc");

    private final Set<TrustAnchor> anchors;
    private final List<String> alwaysAccepted;
    private final boolean dialledToo;
    private final InstantSource clock;

    /// @param authorities    the cluster's CA certificates; empty means those that this Java trusts
    /// @param alwaysAccepted names that are as good as the one dialled
    public ClusterTrust(Collection<X509Certificate> authorities, List<String> alwaysAccepted, InstantSource clock) {
        this(authorities, alwaysAccepted, true, clock);
    }

    /// As `tls-server-name` of a kubeconfig asks for: under this name alone, whatever was dialled.
    public static ClusterTrust underOneName(Collection<X509Certificate> authorities, String name,
            InstantSource clock) {
        return new ClusterTrust(authorities, List.of(name), false, clock);
    }

    private ClusterTrust(Collection<X509Certificate> authorities, List<String> alwaysAccepted, boolean dialledToo,
            InstantSource clock) {
        this.dialledToo = dialledToo;
        this.anchors = new LinkedHashSet<>();
        for (X509Certificate authority : authorities.isEmpty() ? trustedByJava() : authorities) {
            anchors.add(new TrustAnchor(authority, null));
        }
        this.alwaysAccepted = List.copyOf(alwaysAccepted);
        this.clock = clock;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain, authType, engine == null ? null : engine.getPeerHost());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        check(chain, authType, socket instanceof SSLSocket ssl ? ssl.getHandshakeSession().getPeerHost() : null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, authType, null);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        throw clientsAreNoBusinessOfThis();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        throw clientsAreNoBusinessOfThis();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw clientsAreNoBusinessOfThis();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return anchors.stream().map(TrustAnchor::getTrustedCert).toArray(X509Certificate[]::new);
    }

    private void check(X509Certificate[] chain, String authType, @Nullable String dialled)
            throws CertificateException {
        verifier(chain).checkServerTrusted(chain, authType);
        X509Certificate server = chain[0];
        boolean named = dialledToo && dialled != null && Certificates.names(server, dialled);
        for (int i = 0; !named && i < alwaysAccepted.size(); i++) {
            named = Certificates.names(server, alwaysAccepted.get(i));
        }
        if (!named) {
            throw new CertificateException((dialledToo
                    ? "its certificate names neither " + dialled + " nor " + String.join(" nor ", alwaysAccepted)
                    : "its certificate does not name the tls-server-name " + alwaysAccepted.getFirst()) + ": "
                    + server.getSubjectAlternativeNames());
        }
    }

    private X509TrustManager verifier(X509Certificate[] chain) throws CertificateException {
        Instant at = clock.instant();
        for (X509Certificate certificate : chain) {
            Instant from = certificate.getNotBefore().toInstant();
            at = from.isAfter(at) ? from : at;
        }
        for (TrustAnchor anchor : anchors) {
            Instant from = anchor.getTrustedCert().getNotBefore().toInstant();
            at = from.isAfter(at) && anchors.size() == 1 ? from : at;
        }
        try {
            PKIXBuilderParameters path = new PKIXBuilderParameters(anchors, null);
            path.setRevocationEnabled(false);
            path.setDate(Date.from(at));
            return verifier(path);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("cannot verify the API server's certificate: " + e.getMessage(), e);
        }
    }

    private static X509TrustManager verifier(CertPathParameters path) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(path));
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static List<X509Certificate> trustedByJava() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init((KeyStore) null);
            return List.of(((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no certificate authorities: " + e.getMessage(), e);
        }
    }

    private static CertificateException clientsAreNoBusinessOfThis() {
        return new CertificateException("this verifies servers only");
    }
}
