package dev.hacp.leader.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

class ClusterTrustTest {

    private static final TestAuthority AUTHORITY = new TestAuthority("kubernetes");
    private static final X509Certificate[] KUBEADM = {
            AUTHORITY.server("kubernetes", "kubernetes.default.svc", "10.96.0.1", "10.0.0.1").certificate()};

    private static ClusterTrust trust() {
        return new ClusterTrust(List.of(AUTHORITY.certificate()), ClusterTrust.API_SERVER_NAMES,
                InstantSource.system());
    }

    private static ClusterTrust named(String name) {
        return ClusterTrust.underOneName(List.of(AUTHORITY.certificate()), name, InstantSource.system());
    }

    private static SSLEngine dialled(String host) {
        try {
            return SSLContext.getDefault().createSSLEngine(host, 6443);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anApiServerIsTrustedUnderTheDialledAddressOrItsOwnName() {
        assertThatCode(() -> trust().checkServerTrusted(KUBEADM, "UNKNOWN", dialled("10.0.0.1")))
                .doesNotThrowAnyException();
        assertThatCode(() -> trust().checkServerTrusted(KUBEADM, "UNKNOWN", dialled("127.0.0.1")))
                .doesNotThrowAnyException();
    }

    @Test
    void aTlsServerNameIsTheOnlyNameThatCounts() {
        assertThatCode(() -> named("kubernetes").checkServerTrusted(KUBEADM, "UNKNOWN", dialled("127.0.0.1")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> named("api.example.org").checkServerTrusted(KUBEADM, "UNKNOWN", dialled("10.0.0.1")))
                .isInstanceOf(CertificateException.class)
                .hasMessageStartingWith("its certificate does not name the tls-server-name api.example.org");
    }

    @Test
    void anotherAuthoritysCertificateIsNotTrustedUnderAnyName() {
        X509Certificate[] foreign = {new TestAuthority("kubernetes").server("kubernetes", "10.0.0.1").certificate()};
        assertThatThrownBy(() -> trust().checkServerTrusted(foreign, "UNKNOWN", dialled("10.0.0.1")))
                .isInstanceOf(CertificateException.class);
        assertThat(trust().getAcceptedIssuers()).containsExactly(AUTHORITY.certificate());
    }
}
