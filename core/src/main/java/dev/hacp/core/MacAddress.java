package dev.hacp.core;

import java.util.HexFormat;

/// An IEEE 802 48-bit address, as its lower 48 bits.
public record MacAddress(long bits) {

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);
    public static final MacAddress ZERO = new MacAddress(0);

    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new IllegalArgumentException(Long.toHexString(bits) + " (expected: 48 bits)");
        }
    }

    /// `02:42:ac:11:00:02`
    public static MacAddress parse(String text) {
        byte[] raw = COLONS.parseHex(text);
        if (raw.length != 6) {
            throw new IllegalArgumentException("'" + text + "' (expected: six octets, 02:42:ac:11:00:02)");
        }
        return of(raw);
    }

    /// @param raw six octets in network order
    public static MacAddress of(byte[] raw) {
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | (raw[i] & 0xff);
        }
        return new MacAddress(bits);
    }

    public byte[] octets() {
        byte[] raw = new byte[6];
        for (int i = 0; i < 6; i++) {
            raw[i] = (byte) (bits >>> (40 - 8 * i));
        }
        return raw;
    }

    @Override
    public String toString() {
        return COLONS.formatHex(octets());
    }
}
