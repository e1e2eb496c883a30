package dev.hacp.vip.netlink;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hacp.core.IpAddresses;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NetlinkMessagesTest {

    private static final InetAddress IPV4 = IpAddresses.parse("10.0.0.100").orElseThrow();
    private static final InetAddress IPV6 = IpAddresses.parse("fd00::64").orElseThrow();

    private final ByteBuffer out = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

    @BeforeEach
    void bytesAreSpelledForLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    private String bytes() {
        return HexFormat.of().formatHex(out.array(), 0, out.position());
    }

    @Test
    void puttingAnIpv4VipIsOneReplaceOfADeprecatedSlash32MarkedAsOurs() {
        NetlinkMessages.putAddress(out, 7, 3, IPV4, 3, "");
        assertThat(bytes()).isEqualTo(""
                // length 76, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE, sequence 7, port 0
                + "4c000000" + "1400" + "0505" + "07000000" + "00000000"
                // AF_INET, /32, flags, scope, interface 3
                + "02200000" + "03000000"
                // IFA_LOCAL, IFA_ADDRESS
                + "08000200" + "0a000064" + "08000100" + "0a000064"
                // IFA_FLAGS: NOPREFIXROUTE
                + "08000800" + "00020000"
                // IFA_CACHEINFO: preferred 0, valid 3 s
                + "14000600" + "00000000" + "03000000" + "00000000" + "00000000"
                // IFA_PROTO 0x68, padded
                + "05000b00" + "68000000");
    }

    @Test
    void puttingAnIpv6VipSkipsDuplicateAddressDetection() {
        NetlinkMessages.putAddress(out, 7, 3, IPV6, AddressEntry.FOR_EVER, "eth0");
        String address = "fd000000000000000000000000000064";
        assertThat(bytes()).isEqualTo("64000000" + "1400" + "0505" + "07000000" + "00000000" + "0a800000" + "03000000"
                + "14000200" + address + "14000100" + address + "08000800" + "02020000" + "14000600" + "00000000"
                + "ffffffff" + "00000000" + "00000000" + "05000b00" + "68000000");
    }

    @Test
    void onAnOldKernelALabelMarksIpv4() {
        NetlinkMessages.putAddress(out, 7, 3, IPV4, 3, "averylongname0");
        out.flip().position(NetlinkMessages.HEADER);
        AddressEntry entry = NetlinkDecoder.address(out.slice().order(ByteOrder.nativeOrder())).orElseThrow();
        assertThat(entry.label()).isEqualTo("averylongn:hacp").hasSize(15);
        assertThat(entry.isOurs()).isTrue();
        assertThat(RtNetlink.atLeast("5.10.0-28-amd64", 5, 18)).isFalse();
        assertThat(RtNetlink.atLeast("6.1.0", 5, 18)).isTrue();
        assertThat(RtNetlink.atLeast("5.18-rc1", 5, 18)).isTrue();
    }

    @Test
    void removingNamesExactlyTheAddress() {
        NetlinkMessages.removeAddress(out, 8, 3, IPV4);
        assertThat(bytes()).isEqualTo("28000000" + "1500" + "0500" + "08000000" + "00000000" + "02200000" + "03000000"
                + "08000200" + "0a000064" + "08000100" + "0a000064");
    }

    @Test
    void listsAreDumpRequestsOfAllFamilies() {
        NetlinkMessages.dumpAddresses(out, 9);
        assertThat(bytes()).isEqualTo("18000000" + "1600" + "0103" + "09000000" + "00000000" + "0000000000000000");
        NetlinkMessages.dumpLinks(out, 9);
        assertThat(bytes()).startsWith("20000000" + "1200" + "0103");
        NetlinkMessages.dumpNeighbours(out, 9);
        assertThat(bytes()).startsWith("1c000000" + "1e00" + "0103");
    }

    @Test
    void aPortOfABridgeIsToldFromAnInterfaceInAVrf() {
        assertThat(link("bridge").portOf()).isEqualTo(7);
        assertThat(link("bond").portOf()).isEqualTo(7);
        assertThat(link("").portOf()).as("a master that says no kind").isEqualTo(7);
        assertThat(link("vrf").portOf()).as("a VRF leaves the interface its addresses").isZero();
    }

    @Test
    void aFailOverOfABondAndADriversCallToTellTheNeighboursChangeThePath() {
        for (int event = 0; event <= 6; event++) {
            ByteBuffer payload = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
            payload.putShort((short) 0).putShort((short) 1).putInt(3).putInt(1).putInt(0);
            payload.putShort((short) 9).putShort((short) NetlinkMessages.IFLA_IFNAME).put("bond\0".getBytes(US_ASCII))
                    .put(new byte[3]);
            payload.putShort((short) 8).putShort((short) NetlinkMessages.IFLA_EVENT).putInt(event);
            NetlinkEvent heard = NetlinkDecoder.event(NetlinkMessages.RTM_NEWLINK, payload.flip()).orElseThrow();
            assertThat(heard instanceof NetlinkEvent.PathChanged).as("event %d", event)
                    .isEqualTo(event == 3 || event == 4);
        }
    }

    /// eth0, index 3, whose master has index 7 and is of this kind.
    private static LinkEntry link(String kind) {
        ByteBuffer payload = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());
        payload.putShort((short) 0).putShort((short) 1).putInt(3).putInt(1).putInt(0);
        payload.putShort((short) 9).putShort((short) NetlinkMessages.IFLA_IFNAME).put("eth0\0".getBytes(US_ASCII))
                .put(new byte[3]);
        payload.putShort((short) 8).putShort((short) NetlinkMessages.IFLA_MASTER).putInt(7);
        if (!kind.isEmpty()) {
            // Nested (0x8000), padded to whole words.
            byte[] text = (kind + "\0").getBytes(US_ASCII);
            int padded = text.length + 3 & ~3;
            payload.putShort((short) (8 + padded)).putShort((short) (NetlinkMessages.IFLA_LINKINFO | 0x8000))
                    .putShort((short) (4 + text.length)).putShort((short) NetlinkMessages.IFLA_INFO_SLAVE_KIND)
                    .put(text).put(new byte[padded - text.length]);
        }
        return NetlinkDecoder.link(payload.flip()).orElseThrow();
    }

    @Test
    void whatIsPutIsReadBackTheSame() {
        NetlinkMessages.putAddress(out, 7, 3, IPV6, 3, "");
        out.flip().position(NetlinkMessages.HEADER);
        AddressEntry entry = NetlinkDecoder.address(out.slice().order(ByteOrder.nativeOrder())).orElseThrow();
        assertThat(entry.address()).isEqualTo(IPV6);
        assertThat(entry.interfaceIndex()).isEqualTo(3);
        assertThat(entry.prefixLength()).isEqualTo(128);
        assertThat(entry.validSeconds()).isEqualTo(3);
        assertThat(entry.preferredSeconds()).isZero();
        assertThat(entry.isOurs()).isTrue();
        assertThat(entry.looksLikeOurs()).isTrue();
    }

    @Test
    void aCorruptedOrTruncatedMessageIsNeverAnException() {
        NetlinkMessages.putAddress(out, 7, 3, IPV6, 3, "");
        byte[] valid = Arrays.copyOfRange(out.array(), NetlinkMessages.HEADER, out.position());
        Random random = new Random(4861);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] raw = Arrays.copyOf(valid, random.nextInt(valid.length + 8));
            for (int flips = random.nextInt(4); flips > 0 && raw.length > 0; flips--) {
                raw[random.nextInt(raw.length)] = (byte) random.nextInt();
            }
            ByteBuffer payload = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
            read += NetlinkDecoder.event(NetlinkMessages.RTM_NEWADDR, payload).isPresent() ? 1 : 0;
        }
        assertThat(read).as("some survive their mutation").isBetween(1, 99_999);
    }

    @Test
    void garbageIsNoMessage() {
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] raw = new byte[random.nextInt(120)];
            random.nextBytes(raw);
            int type = 16 + random.nextInt(8);
            ByteBuffer payload = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
            assertThat(NetlinkDecoder.event(type, payload)).isNotNull();
            assertThat(NetlinkDecoder.neighbour(ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder()))).isNotNull();
        }
    }
}
