package dev.hacp.lb.proxyprotocol;

import dev.hacp.core.IpAddresses;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A PROXY protocol header (haproxy doc/proxy-protocol.txt). Both versions are read; version 2 is written.
///
/// @param length    of the whole header in bytes, with what it carries beyond the addresses
/// @param addresses empty for LOCAL (the balancer's own health check) and for families other than TCP over IP
public record ProxyHeader(int length, Optional<Addresses> addresses) {

    /// Who dialled what.
    public record Addresses(InetSocketAddress source, InetSocketAddress destination) {}

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int FIXED = 16;
    private static final int VERSION = 0x20;
    private static final int LOCAL = 0x0;
    private static final int PROXY = 0x1;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    private static final int TCP4_BYTES = 12;
    private static final int TCP6_BYTES = 36;
    private static final int LENGTH_AT = 14;

    /// The longest there is: its length is told in two bytes.
    public static final int MAX_LENGTH = FIXED + 0xffff;

    /// Appends the header for one connection; at most 52 bytes. Mixed families are told as LOCAL-like UNSPEC, which the
    /// specification asks receivers to accept and to ignore.
    public static void write(ByteBuffer out, InetSocketAddress source, InetSocketAddress destination) {
        byte[] from = source.getAddress().getAddress();
        byte[] to = destination.getAddress().getAddress();
        out.put(SIGNATURE).put((byte) (VERSION | PROXY));
        if (from.length != to.length) {
            out.put((byte) 0).putShort((short) 0);
            return;
        }
        boolean ipv4 = from.length == 4;
        out.put((byte) (ipv4 ? TCP4 : TCP6)).putShort((short) (ipv4 ? TCP4_BYTES : TCP6_BYTES));
        out.put(from).put(to).putShort((short) source.getPort()).putShort((short) destination.getPort());
    }

    /// Reads the header at the buffer's position and moves past it.
    ///
    /// @return empty while bytes are missing; the position is then unchanged
    /// @throws ProxyHeaderException when this is no header, or one that we must not accept
    public static Optional<ProxyHeader> read(ByteBuffer in) throws ProxyHeaderException {
        if (ProxyLine.begins(in)) {
            return ProxyLine.read(in);
        }
        int start = in.position();
        int have = in.remaining();
        for (int i = 0; i < Math.min(have, SIGNATURE.length); i++) {
            if (in.get(start + i) != SIGNATURE[i]) {
                throw new ProxyHeaderException("the first bytes are not the version 2 signature");
            }
        }
        if (have < FIXED) {
            return Optional.empty();
        }
        int versionAndCommand = in.get(start + 12) & 0xff;
        if ((versionAndCommand & 0xf0) != VERSION) {
            throw new ProxyHeaderException("version " + (versionAndCommand >> 4) + " (expected: 2)");
        }
        int command = versionAndCommand & 0x0f;
        if (command != LOCAL && command != PROXY) {
            throw new ProxyHeaderException("command " + command + " (expected: LOCAL or PROXY)");
        }
        int family = in.get(start + 13) & 0xff;
        int length = length(in);
        int rest = length - FIXED;
        int addressBytes = family == TCP4 ? TCP4_BYTES : family == TCP6 ? TCP6_BYTES : 0;
        if (command == PROXY && rest < addressBytes) {
            throw new ProxyHeaderException("length " + rest + " is too short for its addresses (" + addressBytes + ")");
        }
        if (have < length) {
            return Optional.empty();
        }
        Optional<Addresses> addresses = Optional.empty();
        if (command == PROXY && addressBytes > 0) {
            addresses = Optional
                    .of(addresses(in.slice(start + FIXED, addressBytes), addressBytes == TCP4_BYTES ? 4 : 16));
        }
        in.position(start + length);
        return Optional.of(new ProxyHeader(length, addresses));
    }

    /// What the header that begins at the buffer's position says of its own length.
    ///
    /// @return 0 while bytes are missing that tell it, and for version 1, which does not say it
    public static int length(ByteBuffer in) {
        if (in.remaining() < FIXED || ProxyLine.begins(in)) {
            return 0;
        }
        int at = in.position() + LENGTH_AT;
        return FIXED + ((in.get(at) & 0xff) << 8 | (in.get(at + 1) & 0xff));
    }

    private static Addresses addresses(ByteBuffer in, int size) {
        byte[] source = new byte[size];
        byte[] destination = new byte[size];
        in.get(source).get(destination);
        int sourcePort = in.getShort() & 0xffff;
        int destinationPort = in.getShort() & 0xffff;
        return new Addresses(new InetSocketAddress(IpAddresses.of(source), sourcePort),
                new InetSocketAddress(IpAddresses.of(destination), destinationPort));
    }
}
