package dev.hacp.leader.pki;

import dev.hacp.core.NodeName;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;

/// A fresh EC key on P-256 and a certificate for it that it signed itself. Who it is follows only from the fingerprint
/// that its owner publishes, so the certificate is valid forever: a wrong wall clock must not part the members.
///
/// The JDK has no public way to make a certificate; this writes the one form of RFC 5280 that is needed.
public record SelfSigned(PrivateKey key, X509Certificate certificate) {

    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final int VERSION_TAG = 0xa0;
    private static final int EXTENSIONS_TAG = 0xa3;
    private static final int BOOLEAN = 0x01;
    private static final int LONGEST_COMMON_NAME = 64;

    public static SelfSigned create(NodeName node) {
        SecureRandom random = new SecureRandom();
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair pair = generator.generateKeyPair();
            byte[] unsigned = toBeSigned(node, pair, new BigInteger(127, random).setBit(126));
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate(), random);
            signature.update(unsigned);
            byte[] certificate = Der.sequence(unsigned, algorithm(), Der.bits(signature.sign()));
            return new SelfSigned(pair.getPrivate(), Pem.certificate(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a certificate: " + e.getMessage(), e);
        }
    }

    public String fingerprint() {
        return Certificates.fingerprint(certificate);
    }

    /// RFC 5280 4.1, TBSCertificate.
    private static byte[] toBeSigned(NodeName node, KeyPair pair, BigInteger serial) {
        byte[] version3 = Der.value(VERSION_TAG, Der.integer(BigInteger.TWO));
        byte[] name = name(node);
        // 4.1.2.5: the last moment of year 9999 says that no end is known.
        byte[] validity = Der.sequence(Der.text(Der.UTC_TIME, "700101000000Z"),
                Der.text(Der.GENERALIZED_TIME, "99991231235959Z"));
        byte[] notAnAuthority = Der.sequence(Der.oid(BASIC_CONSTRAINTS), Der.value(BOOLEAN, new byte[]{(byte) 0xff}),
                Der.octets(Der.sequence()));
        return Der.sequence(version3, Der.integer(serial), algorithm(), name, validity, name,
                pair.getPublic().getEncoded(), Der.value(EXTENSIONS_TAG, Der.sequence(notAnAuthority)));
    }

    private static byte[] algorithm() {
        return Der.sequence(Der.oid(ECDSA_WITH_SHA256));
    }

    private static byte[] name(NodeName node) {
        // X.520 allows 64 characters; the name is for people, the fingerprint decides.
        String text = node.value().substring(0, Math.min(LONGEST_COMMON_NAME, node.value().length()));
        return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text(Der.UTF8_STRING, text))));
    }
}
