package dev.hacp.leader.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One block of a PEM text (RFC 7468).
final class Pem {

    private static final Pattern BLOCK = Pattern
            .compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);

    private final String type;
    private final byte[] der;

    private Pem(String type, byte[] der) {
        this.type = type;
        this.der = der;
    }

    /// What stands after BEGIN: `CERTIFICATE`, `EC PRIVATE KEY`.
    String type() {
        return type;
    }

    byte[] der() {
        return der;
    }

    /// All blocks in their order; text around them is ignored.
    static List<Pem> parse(byte[] text) {
        List<Pem> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(new String(text, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            String body = block.group(2);
            if (body.contains("Proc-Type: 4,ENCRYPTED")) {
                throw new IllegalArgumentException("the key is encrypted (expected: a key without a passphrase)");
            }
            try {
                blocks.add(new Pem(block.group(1), Base64.getDecoder().decode(body.replaceAll("\\s", ""))));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the " + block.group(1) + " block is not base64", e);
            }
        }
        return blocks;
    }

    static X509Certificate certificate(byte[] der) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("a certificate that cannot be read: " + e.getMessage(), e);
        }
    }
}
