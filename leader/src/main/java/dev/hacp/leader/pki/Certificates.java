package dev.hacp.leader.pki;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reading certificates, and the two questions asked of one: which names it has, and what its fingerprint is.
public final class Certificates {

    // GeneralName choices, RFC 5280 4.2.1.6.
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private Certificates() {}

    /// The certificates of a PEM text in their order; other blocks are passed over.
    ///
    /// @throws IllegalArgumentException when there is none or one cannot be read
    public static List<X509Certificate> read(byte[] pem) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem block : Pem.parse(pem)) {
            if (block.type().equals("CERTIFICATE")) {
                certificates.add(Pem.certificate(block.der()));
            }
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("no certificate (expected: PEM, '-----BEGIN CERTIFICATE-----')");
        }
        return certificates;
    }

    /// SHA-256 over the DER form, in lower-case hex: what a member publishes and its peers pin.
    public static String fingerprint(X509Certificate certificate) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("cannot take the SHA-256 of a certificate: " + e.getMessage(), e);
        }
    }

    /// Whether a subjectAltName is `host`: an address literal against the IP addresses, a name against the DNS names
    /// (one leading `*.` stands for one label, RFC 9525 6.3). The subject's common name is not looked at.
    public static boolean names(X509Certificate certificate, String host) {
        Optional<InetAddress> literal = IpAddresses.parse(host);
        try {
            if (certificate.getSubjectAlternativeNames() == null) {
                return false;
            }
            for (List<?> name : certificate.getSubjectAlternativeNames()) {
                int kind = (Integer) name.get(0);
                if (literal.isPresent() && kind == IP_ADDRESS
                        && IpAddresses.parse((String) name.get(1)).equals(literal)) {
                    return true;
                }
                if (literal.isEmpty() && kind == DNS_NAME && sameName((String) name.get(1), host)) {
                    return true;
                }
            }
            return false;
        } catch (CertificateParsingException e) {
            return false;
        }
    }

    private static boolean sameName(String pattern, String host) {
        String want = pattern.toLowerCase(Locale.ROOT);
        String have = host.toLowerCase(Locale.ROOT);
        if (want.startsWith("*.")) {
            int dot = have.indexOf('.');
            return dot > 0 && have.substring(dot).equals(want.substring(1));
        }
        return have.equals(want);
    }
}
