package dev.hacp.leader.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Private keys from PEM: PKCS#8 as it is, PKCS#1 (RSA) and SEC1 (EC) wrapped into PKCS#8, which is all that the JDK reads.
public final class PrivateKeys {

    private static final byte[] RSA = Der.oid("1.2.840.113549.1.1.1");
    private static final byte[] EC = Der.oid("1.2.840.10045.2.1");
    private static final byte[] VERSION_0 = Der.integer(BigInteger.ZERO);
    private static final int SEC1_PARAMETERS = 0xa0;

    private PrivateKeys() {}

    /// The first private key of the text; certificates and EC parameters around it are passed over.
    ///
    /// @throws IllegalArgumentException when there is none, or it is encrypted, or of a kind that is not known
    public static PrivateKey read(byte[] pem) {
        byte @Nullable [] parameters = null;
        for (Pem block : Pem.parse(pem)) {
            switch (block.type()) {
                case "EC PARAMETERS" -> parameters = block.der();
                case "PRIVATE KEY" -> {
                    return pkcs8(block.der());
                }
                case "RSA PRIVATE KEY" -> {
                    return pkcs8(Der.sequence(VERSION_0, Der.sequence(RSA, Der.value(Der.NULL)),
                            Der.octets(block.der())));
                }
                case "EC PRIVATE KEY" -> {
                    return sec1(block.der(), parameters);
                }
                case "ENCRYPTED PRIVATE KEY" -> throw new IllegalArgumentException(
                        "the key is encrypted (expected: a key without a passphrase)");
                default -> {
                    // A certificate in the same file, as the kubelet keeps them.
                }
            }
        }
        throw new IllegalArgumentException("no private key (expected: PEM, '-----BEGIN PRIVATE KEY-----')");
    }

    /// RFC 5915: the curve stands in the key itself, or (OpenSSL) in a block of its own before it.
    private static PrivateKey sec1(byte[] der, byte @Nullable [] parametersBlock) {
        Der.Reader key = new Der.Reader(der).enter(Der.SEQUENCE);
        key.enter(Der.INTEGER);
        key.enter(Der.OCTET_STRING);
        byte[] curve;
        if (key.hasMore() && key.peekTag() == SEC1_PARAMETERS) {
            curve = key.enter(SEC1_PARAMETERS).rest();
        } else if (parametersBlock != null) {
            curve = parametersBlock;
        } else {
            throw new IllegalArgumentException("the EC key does not name its curve");
        }
        return pkcs8(Der.sequence(VERSION_0, Der.sequence(EC, curve), Der.octets(der)));
    }

    private static PrivateKey pkcs8(byte[] der) {
        InvalidKeySpecException last = new InvalidKeySpecException();
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                last = e;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java has no " + algorithm + " keys", e);
            }
        }
        throw new IllegalArgumentException("a private key that cannot be read (expected: RSA, EC or Ed25519)", last);
    }
}
