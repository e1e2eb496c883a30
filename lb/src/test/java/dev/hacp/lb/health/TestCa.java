package dev.hacp.lb.health;

import dev.hacp.core.IpAddresses;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate authority of a test cluster.
public final class TestCa {

    private static final char[] NO_PASSWORD = {};

    private final X509Bundle root;

    public TestCa() {
        try {
            root = new CertificateBuilder().ecp256().subject("CN=test-ca").setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException("cannot make a CA", e);
        }
    }

    /// A server's context with a certificate for these names and addresses.
    public SSLContext server(Duration validFor, List<String> names) {
        try {
            CertificateBuilder builder = new CertificateBuilder().ecp256().subject("CN=kube-apiserver")
                    .notBefore(Instant.now().minus(Duration.ofDays(2))).notAfter(Instant.now().plus(validFor))
                    .addExtendedKeyUsageServerAuth();
            for (String name : names) {
                if (IpAddresses.parse(name).isPresent()) {
                    builder.addSanIpAddress(name);
                } else {
                    builder.addSanDnsName(name);
                }
            }
            return context(builder.buildIssuedBy(root), false);
        } catch (Exception e) {
            throw new IllegalStateException("cannot make a certificate", e);
        }
    }

    public SSLContext server(String... names) {
        return server(Duration.ofDays(30), List.of(names));
    }

    /// A client's credential that trusts this CA.
    public HealthCredential credential() {
        try {
            X509Bundle client = new CertificateBuilder().ecp256().subject("O=system:masters,CN=hacp")
                    .addExtendedKeyUsageClientAuth().buildIssuedBy(root);
            return new HealthCredential(context(client, true), Optional.of("secret-token"), "test.conf");
        } catch (Exception e) {
            throw new IllegalStateException("cannot make a credential", e);
        }
    }

    private SSLContext context(X509Bundle identity, boolean trustRoot) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("key", identity.getKeyPair().getPrivate(), NO_PASSWORD, identity.getCertificatePath());
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, NO_PASSWORD);
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", root.getCertificate());
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustRoot ? trustManagers.getTrustManagers() : null, null);
        return context;
    }
}
