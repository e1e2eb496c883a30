package dev.hacp.leader.channel;

import dev.hacp.leader.pki.Certificates;
import dev.hacp.leader.pki.SelfSigned;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS 1.3 in which both sides show their self-signed certificate and each trusts exactly the published fingerprints.
final class MemberTls {

    private MemberTls() {}

    /// @param published whether a fingerprint is one of the members'
    static SslContext server(SelfSigned self, Predicate<String> published) {
        try {
            return SslContextBuilder.forServer(self.key(), self.certificate()).sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3").clientAuth(ClientAuth.REQUIRE).trustManager(new Pins(published)).build();
        } catch (SSLException e) {
            throw new IllegalStateException("cannot make a TLS context: " + e.getMessage(), e);
        }
    }

    static SslContext client(SelfSigned self, Predicate<String> published) {
        try {
            return SslContextBuilder.forClient().keyManager(self.key(), self.certificate()).sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3").trustManager(new Pins(published)).endpointIdentificationAlgorithm(null)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("cannot make a TLS context: " + e.getMessage(), e);
        }
    }

    private static final class Pins extends X509ExtendedTrustManager {
        private final Predicate<String> published;

        Pins(Predicate<String> published) {
            this.published = published;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            String fingerprint = Certificates.fingerprint(chain[0]);
            if (!published.test(fingerprint)) {
                throw new CertificateException(
                        "no member has published the fingerprint " + fingerprint.substring(0, 16) + "…");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
