package dev.hacp.leader.pki;

import dev.hacp.core.IpAddresses;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// A certificate authority for tests, like the one that kubeadm makes.
public final class TestAuthority {

    /// A key and its certificate, with the PEM forms that files hold.
    public record Issued(PrivateKey key, X509Certificate certificate) {

        public String certificatePem() {
            return pem("CERTIFICATE", certificateDer());
        }

        public String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        private byte[] certificateDer() {
            try {
                return certificate.getEncoded();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final String RSA = "1.2.840.113549.1.1.11";
    private static final String ECDSA = "1.2.840.10045.4.3.2";
    private static final DateTimeFormatter UTC_TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'")
            .withZone(ZoneOffset.UTC);

    private final KeyPair pair = keyPair("EC");
    private final X509Certificate certificate;

    public TestAuthority(String name) {
        Instant now = Instant.now();
        this.certificate = sign(name(name, ""), name(name, ""), pair, now.minus(Duration.ofMinutes(5)),
                now.plus(Duration.ofDays(3650)), List.of(
                        extension("2.5.29.19", Der.sequence(Der.value(0x01, new byte[]{(byte) 0xff})))));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    public String certificatePem() {
        return new Issued(pair.getPrivate(), certificate).certificatePem();
    }

    /// @param names addresses and DNS names
    public Issued server(String... names) {
        return issue("EC", name("kube-apiserver", ""), Optional.of(List.of(names)), Duration.ofDays(365));
    }

    /// @param algorithm    `EC` or `RSA`
    /// @param organisation the group, empty for none
    public Issued client(String algorithm, String user, String organisation, Duration valid) {
        return issue(algorithm, name(user, organisation), Optional.empty(), valid);
    }

    private Issued issue(String algorithm, byte[] subject, Optional<List<String>> serverNames, Duration valid) {
        KeyPair key = keyPair(algorithm);
        List<byte[]> extensions = new ArrayList<>();
        String usage = serverNames.isPresent() ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2";
        extensions.add(extension("2.5.29.37", Der.sequence(Der.oid(usage))));
        serverNames.ifPresent(names -> extensions.add(extension("2.5.29.17",
                Der.sequence(names.stream().map(TestAuthority::generalName).toArray(byte[][]::new)))));
        Instant now = Instant.now();
        Instant from = valid.isNegative() ? now.plus(valid).minus(Duration.ofDays(1)) : now.minusSeconds(300);
        return new Issued(key.getPrivate(), sign(subject, certificate.getSubjectX500Principal().getEncoded(), key,
                from, now.plus(valid), extensions));
    }

    private X509Certificate sign(byte[] subject, byte[] issuer, KeyPair subjectKey, Instant from, Instant until,
            List<byte[]> extensions) {
        byte[] algorithm = pair.getPrivate().getAlgorithm().equals("EC")
                ? Der.sequence(Der.oid(ECDSA))
                : Der.sequence(Der.oid(RSA), Der.value(Der.NULL));
        byte[] unsigned = Der.sequence(Der.value(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE))), algorithm,
                issuer,
                Der.sequence(Der.text(Der.GENERALIZED_TIME, UTC_TIME.format(from)),
                        Der.text(Der.GENERALIZED_TIME, UTC_TIME.format(until))),
                subject, subjectKey.getPublic().getEncoded(),
                Der.value(0xa3, Der.sequence(extensions.toArray(byte[][]::new))));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(unsigned);
            return Pem.certificate(Der.sequence(unsigned, algorithm, Der.bits(signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] generalName(String name) {
        Optional<InetAddress> address = IpAddresses.parse(name);
        return address.isPresent()
                ? Der.value(0x87, address.get().getAddress())
                : Der.value(0x82, name.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] extension(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] name(String commonName, String organisation) {
        byte[] user = Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.text(Der.UTF8_STRING, commonName)));
        return organisation.isEmpty()
                ? Der.sequence(user)
                : Der.sequence(
                        Der.set(Der.sequence(Der.oid("2.5.4.10"), Der.text(Der.UTF8_STRING, organisation))), user);
    }

    public static KeyPair keyPair(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(algorithm.equals("EC") ? 256 : 2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }
}
