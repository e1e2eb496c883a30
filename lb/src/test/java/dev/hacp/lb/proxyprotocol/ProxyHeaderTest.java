package dev.hacp.lb.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.IpAddresses;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bytes laid out by hand from the specification, section 2.2.
class ProxyHeaderTest {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String IPV4 = SIGNATURE + "21" + "11" + "000c" + "c0000201" + "c6336402" + "dc04" + "192b";
    private static final String IPV6 = SIGNATURE + "21" + "21" + "0024" + "20010db8000000000000000000000001"
            + "20010db8000000000000000000000002" + "ffff" + "0001";

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(IpAddresses.parse(host).orElseThrow(), port);
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }

    private static String written(InetSocketAddress source, InetSocketAddress destination) {
        ByteBuffer out = ByteBuffer.allocate(64);
        ProxyHeader.write(out, source, destination);
        return HexFormat.of().formatHex(out.array(), 0, out.position());
    }

    @Test
    void ipv4IsWrittenAsTheSpecificationLaysItOut() {
        assertThat(written(address("192.0.2.1", 56324), address("198.51.100.2", 6443))).isEqualTo(IPV4);
    }

    @Test
    void ipv6IsWrittenAsTheSpecificationLaysItOut() {
        assertThat(written(address("2001:db8::1", 65535), address("2001:db8::2", 1))).isEqualTo(IPV6);
    }

    @Test
    void mixedFamiliesAreWrittenAsUnspecifiedWhichReceiversIgnore() {
        assertThat(written(address("192.0.2.1", 1), address("2001:db8::2", 2))).isEqualTo(SIGNATURE + "21000000");
    }

    @ParameterizedTest
    @CsvSource({IPV4 + ",192.0.2.1,56324,198.51.100.2,6443", IPV6 + ",2001:db8::1,65535,2001:db8::2,1"})
    void whatIsWrittenIsReadBack(String hex, String source, int sourcePort, String destination, int destinationPort)
            throws ProxyHeaderException {
        ByteBuffer in = bytes(hex + "160301");
        ProxyHeader header = ProxyHeader.read(in).orElseThrow();
        assertThat(header.addresses()).contains(
                new ProxyHeader.Addresses(address(source, sourcePort), address(destination, destinationPort)));
        assertThat(in.remaining()).as("the client's own bytes").isEqualTo(3);
        assertThat(header.length()).isEqualTo(hex.length() / 2);
    }

    @Test
    void everyPrefixOfAHeaderWaitsForMore() throws ProxyHeaderException {
        for (int n = 0; n < IPV6.length() / 2; n++) {
            ByteBuffer in = bytes(IPV6.substring(0, 2 * n));
            assertThat(ProxyHeader.read(in)).isEmpty();
            assertThat(in.position()).isZero();
        }
    }

    @Test
    void theLongestHeaderThatItsTwoBytesCanTellIsRead() throws ProxyHeaderException {
        ByteBuffer in = ByteBuffer.allocate(ProxyHeader.MAX_LENGTH + 1);
        in.put(bytes(SIGNATURE + "2111ffffc0000201c6336402dc04192b")).position(ProxyHeader.MAX_LENGTH - 1).flip();
        assertThat(ProxyHeader.read(in)).as("one byte is missing").isEmpty();
        in.limit(in.capacity());
        assertThat(ProxyHeader.length(in)).isEqualTo(ProxyHeader.MAX_LENGTH).isEqualTo(16 + 65_535);
        assertThat(ProxyHeader.read(in).orElseThrow().addresses()).contains(
                new ProxyHeader.Addresses(address("192.0.2.1", 56324), address("198.51.100.2", 6443)));
        assertThat(in.remaining()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"PROXY TCP4 192.0.2.1 198.51.100.2 56324 6443,192.0.2.1,56324,198.51.100.2,6443",
            "PROXY TCP6 2001:db8::1 2001:db8::2 65535 1,2001:db8::1,65535,2001:db8::2,1"})
    void aLineOfVersion1IsReadOnceItsEndIsThere(String line, String source, int sourcePort, String destination,
            int destinationPort) throws ProxyHeaderException {
        byte[] all = (line + "\r\nGET").getBytes(StandardCharsets.US_ASCII);
        for (int n = 0; n < line.length() + 2; n++) {
            ByteBuffer part = ByteBuffer.wrap(all, 0, n);
            assertThat(ProxyHeader.read(part)).isEmpty();
            assertThat(part.position()).isZero();
        }
        ByteBuffer in = ByteBuffer.wrap(all);
        ProxyHeader header = ProxyHeader.read(in).orElseThrow();
        assertThat(header.length()).isEqualTo(line.length() + 2);
        assertThat(header.addresses()).contains(
                new ProxyHeader.Addresses(address(source, sourcePort), address(destination, destinationPort)));
        assertThat(in.remaining()).isEqualTo(3);
    }

    @Test
    void anUnknownProtocolOfVersion1NamesNobodyWhateverFollows() throws ProxyHeaderException {
        for (String line : List.of("PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n")) {
            assertThat(ProxyHeader.read(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)))
                    .orElseThrow().addresses()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"PROXX,signature", "PROXY TCP5 1.2.3.4 1.2.3.4 1 1,TCP5", "PROXY TCP4 1.2.3.4 1.2.3.4 1,5 words",
            "PROXY TCP4  1.2.3.4 1.2.3.4 1 1,7 words", "PROXY TCP4 ::1 1.2.3.4 1 1,family",
            "PROXY TCP6 1.2.3.4 ::1 1 1,family", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1,port",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 1,port"})
    void whatIsNoLineOfVersion1IsRefused(String line, String problem) {
        assertThatThrownBy(
                () -> ProxyHeader.read(ByteBuffer.wrap((line + "\r\n").getBytes(StandardCharsets.US_ASCII))))
                .isInstanceOf(ProxyHeaderException.class).hasMessageContaining(problem);
    }

    @Test
    void aLineWithoutEndIsNotWaitedForForEver() {
        String line = "PROXY UNKNOWN " + "x".repeat(107);
        assertThatThrownBy(() -> ProxyHeader.read(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII))))
                .hasMessageContaining("107");
        assertThatThrownBy(
                () -> ProxyHeader.read(ByteBuffer.wrap("PROXY UNKNOWN\n".getBytes(StandardCharsets.US_ASCII))))
                .hasMessageContaining("CR LF");
    }

    @Test
    void vectorsAfterTheAddressesAreSkipped() throws ProxyHeaderException {
        String tlv = "03" + "0004" + "deadbeef" + "04" + "0001" + "00";
        String hex = SIGNATURE + "2111" + "0017" + "c0000201c6336402dc04192b" + tlv;
        ByteBuffer in = bytes(hex + "ff");
        assertThat(ProxyHeader.read(in).orElseThrow().addresses()).isPresent();
        assertThat(in.remaining()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({SIGNATURE + "20000000", SIGNATURE + "2011000cc0000201c6336402dc04192b",
            SIGNATURE + "21000000", SIGNATURE + "2112000cc0000201c6336402dc04192b",
            SIGNATURE + "21310003616263"})
    void localCommandsAndOtherFamiliesNameNobody(String hex) throws ProxyHeaderException {
        ByteBuffer in = bytes(hex);
        assertThat(ProxyHeader.read(in)).map(ProxyHeader::addresses).contains(Optional.empty());
        assertThat(in.hasRemaining()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"474554202f20485454502f312e31,signature", "0d0a0d0a000d0a515549540b2111,signature",
            SIGNATURE + "11110000,version 1", SIGNATURE + "22110000,command 2",
            SIGNATURE + "2111000bc0000201c6336402dc0419,too short"})
    void whatIsNoHeaderIsRefusedAtTheFirstWrongByte(String hex, String problem) {
        assertThatThrownBy(() -> ProxyHeader.read(bytes(hex))).isInstanceOf(ProxyHeaderException.class)
                .hasMessageContaining(problem);
    }
}
