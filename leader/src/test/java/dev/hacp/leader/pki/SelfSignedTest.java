package dev.hacp.leader.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.NodeName;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SelfSignedTest {

    @Test
    void theCertificateIsReadByTheJdkSignedByItselfAndValidAtAnyTime() throws Exception {
        SelfSigned self = SelfSigned.create(new NodeName("cp-1.example.org"));
        X509Certificate certificate = self.certificate();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getVersion()).isEqualTo(3);
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=cp-1.example.org");
        assertThat(certificate.getIssuerX500Principal()).isEqualTo(certificate.getSubjectX500Principal());
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getSerialNumber()).isPositive();
        certificate.checkValidity(java.util.Date.from(Instant.EPOCH));
        certificate.checkValidity(java.util.Date.from(Instant.now().plus(Duration.ofDays(365_000))));
    }

    @Test
    void theFingerprintIsSha256InHexAndDiffersEachTime() {
        SelfSigned one = SelfSigned.create(new NodeName("a"));
        assertThat(one.fingerprint()).matches("[0-9a-f]{64}").isEqualTo(Certificates.fingerprint(one.certificate()));
        assertThat(SelfSigned.create(new NodeName("a")).fingerprint()).isNotEqualTo(one.fingerprint());
    }

    @Test
    void aNodeNameOfTheGreatestLengthFits() throws Exception {
        X509Certificate certificate = SelfSigned.create(new NodeName("a".repeat(253))).certificate();
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=" + "a".repeat(64));
    }

    @Test
    void anEcKeyInItsOlderFormIsReadWithTheCurveInsideOrBeforeIt() throws Exception {
        ECPrivateKey key = (ECPrivateKey) SelfSigned.create(new NodeName("a")).key();
        byte[] curve = Der.oid("1.2.840.10045.3.1.7");
        byte[] number = new byte[32];
        byte[] s = key.getS().toByteArray();
        int from = Math.max(0, s.length - 32);
        System.arraycopy(s, from, number, 32 - (s.length - from), s.length - from);
        byte[] version = Der.integer(java.math.BigInteger.ONE);
        byte[] with = Der.sequence(version, Der.octets(number), Der.value(0xa0, curve));
        byte[] without = Der.sequence(version, Der.octets(number));
        ECPrivateKey first = (ECPrivateKey) PrivateKeys.read(ascii(TestAuthority.pem("EC PRIVATE KEY", with)));
        assertThat(first.getS()).isEqualTo(key.getS());
        ECPrivateKey second = (ECPrivateKey) PrivateKeys.read(ascii(
                TestAuthority.pem("EC PARAMETERS", curve) + TestAuthority.pem("EC PRIVATE KEY", without)));
        assertThat(second.getS()).isEqualTo(key.getS());
        assertThatThrownBy(() -> PrivateKeys.read(ascii(TestAuthority.pem("EC PRIVATE KEY", without))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("curve");
    }

    @Test
    void brokenKeysAndCertificatesAreRefusedWithAReason() {
        String cut = TestAuthority.pem("EC PRIVATE KEY", new byte[]{0x30, 0x20, 0x02});
        assertThatThrownBy(() -> PrivateKeys.read(ascii(cut))).isInstanceOf(IllegalArgumentException.class);
        String notDer = TestAuthority.pem("CERTIFICATE", new byte[]{1, 2, 3});
        assertThatThrownBy(() -> Certificates.read(ascii(notDer))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("certificate");
        assertThatThrownBy(() -> Certificates.read(ascii(""))).hasMessageContaining("no certificate");
    }

    @Test
    void aNameIsFoundAmongTheAlternativeNamesOnly() {
        X509Certificate server = new TestAuthority("ca")
                .server("kubernetes", "*.example.org", "10.0.0.1", "fd00::1").certificate();
        assertThat(Certificates.names(server, "kubernetes")).isTrue();
        assertThat(Certificates.names(server, "KUBERNETES")).isTrue();
        assertThat(Certificates.names(server, "cp.example.org")).isTrue();
        assertThat(Certificates.names(server, "a.cp.example.org")).isFalse();
        assertThat(Certificates.names(server, "10.0.0.1")).isTrue();
        assertThat(Certificates.names(server, "10.0.0.2")).isFalse();
        assertThat(Certificates.names(server, "fd00:0::1")).isTrue();
        assertThat(Certificates.names(server, "kube-apiserver")).isFalse();
        assertThat(Certificates.names(SelfSigned.create(new NodeName("a")).certificate(), "a")).isFalse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
}
