package dev.hacp.leader.pki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/// As much of the Distinguished Encoding Rules (ITU-T X.690) as keys and one kind of certificate need.
final class Der {

    static final int INTEGER = 0x02;
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int NULL = 0x05;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int UTF8_STRING = 0x0c;
    static final int UTC_TIME = 0x17;
    static final int GENERALIZED_TIME = 0x18;
    static final int SEQUENCE = 0x30;
    static final int SET = 0x31;

    private Der() {}

    /// One value: tag, length, the parts one after the other.
    static byte[] value(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 5);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            byte[] digits = BigInteger.valueOf(length).toByteArray();
            int skip = digits[0] == 0 ? 1 : 0;
            out.write(0x80 | (digits.length - skip));
            out.write(digits, skip, digits.length - skip);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(SEQUENCE, parts);
    }

    static byte[] set(byte[]... parts) {
        return value(SET, parts);
    }

    static byte[] integer(BigInteger number) {
        return value(INTEGER, number.toByteArray());
    }

    static byte[] octets(byte[] content) {
        return value(OCTET_STRING, content);
    }

    /// A bit string of whole octets.
    static byte[] bits(byte[] content) {
        return value(BIT_STRING, new byte[]{0}, content);
    }

    static byte[] text(int tag, String text) {
        return value(tag, text.getBytes(StandardCharsets.UTF_8));
    }

    /// An object identifier from its dotted form, `1.2.840.10045.2.1`.
    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(40 * Integer.parseInt(arcs[0]) + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            int arc = Integer.parseInt(arcs[i]);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arc >>> shift != 0) {
                    out.write(0x80 | (arc >>> shift & 0x7f));
                }
            }
            out.write(arc & 0x7f);
        }
        return value(OBJECT_IDENTIFIER, out.toByteArray());
    }

    /// Reads one value after the other from a DER text.
    static final class Reader {

        private final byte[] der;
        private final int end;
        private int at;

        Reader(byte[] der) {
            this(der, 0, der.length);
        }

        private Reader(byte[] der, int at, int end) {
            this.der = der;
            this.at = at;
            this.end = end;
        }

        boolean hasMore() {
            return at < end;
        }

        int peekTag() {
            return der[at] & 0xff;
        }

        /// The content of the next value, which must have this tag, as a reader of its own.
        Reader enter(int tag) {
            int found = octet();
            if (found != tag) {
                throw new IllegalArgumentException("tag 0x%02x (expected: 0x%02x)".formatted(found, tag));
            }
            int length = octet();
            if (length >= 0x80) {
                int digits = length & 0x7f;
                if (digits == 0 || digits > 3) {
                    throw new IllegalArgumentException("a length of " + digits + " octets (expected: 1 to 3)");
                }
                length = 0;
                for (int i = 0; i < digits; i++) {
                    length = length << 8 | octet();
                }
            }
            if (length > end - at) {
                throw new IllegalArgumentException("a value is cut short");
            }
            Reader content = new Reader(der, at, at + length);
            at += length;
            return content;
        }

        byte[] content(int tag) {
            Reader content = enter(tag);
            byte[] copy = new byte[content.end - content.at];
            System.arraycopy(der, content.at, copy, 0, copy.length);
            return copy;
        }

        /// What is left to read, undecoded.
        byte[] rest() {
            byte[] copy = new byte[end - at];
            System.arraycopy(der, at, copy, 0, copy.length);
            return copy;
        }

        private int octet() {
            if (at >= end) {
                throw new IllegalArgumentException("a value is cut short");
            }
            return der[at++] & 0xff;
        }
    }
}
