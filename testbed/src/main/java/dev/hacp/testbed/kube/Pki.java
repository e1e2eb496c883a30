package dev.hacp.testbed.kube;

import dev.hacp.core.IpAddresses;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// The certificate authority of a throw-away cluster, and what it issues. Like kubeadm's, server certificates name the
/// node's address, `kubernetes` and `localhost`, never 127.0.0.1.
public final class Pki {

    private static final Duration BACKDATED = Duration.ofMinutes(5);
    private static final Duration LIFE = Duration.ofDays(2);

    /// A certificate with its private key.
    ///
    /// @param name the subject's common name
    public record Credential(String name, X509Bundle bundle) {

        /// The certificate chain without the root, in PEM.
        public String certificatePem() {
            return bundle.getCertificatePathPEM();
        }

        /// PKCS #8 in PEM.
        public String keyPem() {
            return bundle.getPrivateKeyPEM();
        }
    }

    private final X509Bundle authority;
    private final KeyPair serviceAccountKey;

    private Pki(X509Bundle authority, KeyPair serviceAccountKey) {
        this.authority = authority;
        this.serviceAccountKey = serviceAccountKey;
    }

    /// Makes a new authority and a new key for service account tokens.
    public static Pki create() {
        try {
            KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(2048);
            X509Bundle authority = builder("CN=kubernetes", Algorithm.ecp256).setIsCertificateAuthority(true)
                    .setKeyUsage(true, KeyUsage.digitalSignature, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                    .buildSelfSigned();
            return new Pki(authority, rsa.generateKeyPair());
        } catch (Exception e) {
            throw new IllegalStateException("cannot make a certificate authority", e);
        }
    }

    private static CertificateBuilder builder(String subject, Algorithm algorithm) {
        return new CertificateBuilder().subject(subject).algorithm(algorithm)
                .notBefore(Instant.now().minus(BACKDATED)).notAfter(Instant.now().plus(LIFE));
    }

    /// The authority's certificate in PEM.
    public String caPem() {
        return authority.getCertificatePEM();
    }

    public X509Certificate ca() {
        return authority.getCertificate();
    }

    /// A server's certificate.
    ///
    /// @param commonName tells servers apart: each API server has its own
    public Credential server(String commonName, List<String> dnsNames, List<InetAddress> addresses) {
        CertificateBuilder builder = builder("CN=" + commonName, Algorithm.ecp256)
                .setKeyUsage(true, KeyUsage.digitalSignature).addExtendedKeyUsageServerAuth();
        dnsNames.forEach(builder::addSanDnsName);
        addresses.forEach(builder::addSanIpAddress);
        return issue(commonName, builder);
    }

    /// A user's certificate with an EC key, as Kubernetes reads it: CN is the user, each O a group.
    public Credential client(String user, String... groups) {
        return client(user, Algorithm.ecp256, groups);
    }

    /// As above with another kind of key.
    public Credential client(String user, Algorithm algorithm, String... groups) {
        return issue(user, clientBuilder(user, algorithm, groups));
    }

    /// A user's certificate that expired an hour ago.
    public Credential expiredClient(String user, String... groups) {
        return issue(user, clientBuilder(user, Algorithm.ecp256, groups)
                .notBefore(Instant.now().minus(Duration.ofDays(1))).notAfter(Instant.now().minus(Duration.ofHours(1))));
    }

    private static CertificateBuilder clientBuilder(String user, Algorithm algorithm, String... groups) {
        StringBuilder subject = new StringBuilder("CN=" + user);
        for (String group : groups) {
            subject.append(",O=").append(group);
        }
        return builder(subject.toString(), algorithm).setKeyUsage(true, KeyUsage.digitalSignature)
                .addExtendedKeyUsageClientAuth();
    }

    private Credential issue(String name, CertificateBuilder builder) {
        try {
            return new Credential(name, builder.buildIssuedBy(authority));
        } catch (Exception e) {
            throw new IllegalStateException("cannot issue a certificate for " + name, e);
        }
    }

    /// Cluster administrator, whom RBAC lets do everything (`super-admin.conf`).
    public Credential admin() {
        return client("kubernetes-super-admin", "system:masters");
    }

    /// What a client of this cluster needs: trusts the authority, shows `credential` when asked.
    public SSLContext clientContext(Optional<Credential> credential) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] keys = credential.isEmpty()
                    ? null
                    : credential.get().bundle().toKeyManagerFactory().getKeyManagers();
            context.init(keys, new TrustManager[]{authority.toTrustManager()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Writes a kubeconfig file with everything inside, as kubeadm does.
    ///
    /// @param server `https://10.77.0.100:6443`
    public Path kubeconfig(Path file, String server, Credential credential) {
        String text = """
                apiVersion: v1
                kind: Config
                clusters:
                - name: kubernetes
                  cluster:
                    certificate-authority-data: %s
                    server: %s
                users:
                - name: %s
                  user:
                    client-certificate-data: %s
                    client-key-data: %s
                contexts:
                - name: default
                  context:
                    cluster: kubernetes
                    user: %s
                current-context: default
                """.formatted(base64(caPem()), server, credential.name(), base64(credential.certificatePem()),
                base64(credential.keyPem()), credential.name());
        return write(file, text);
    }

    /// Writes `ca.crt`, `sa.pub` and `sa.key` (PEM) into the folder.
    void writeShared(Path folder) {
        write(folder.resolve("ca.crt"), caPem());
        write(folder.resolve("sa.key"), pem("PRIVATE KEY", serviceAccountKey.getPrivate().getEncoded()));
        write(folder.resolve("sa.pub"), pem("PUBLIC KEY", serviceAccountKey.getPublic().getEncoded()));
    }

    /// Writes `NAME.crt` and `NAME.key` into the folder.
    void write(Path folder, String name, Credential credential) {
        write(folder.resolve(name + ".crt"), credential.certificatePem());
        write(folder.resolve(name + ".key"), credential.keyPem());
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// `https://10.77.0.1:6443`
    static String url(InetAddress address, int port) {
        String text = IpAddresses.text(address);
        return "https://" + (text.contains(":") ? "[" + text + "]" : text) + ":" + port;
    }
}
