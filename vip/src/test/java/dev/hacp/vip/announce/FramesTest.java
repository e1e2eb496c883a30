package dev.hacp.vip.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FramesTest {

    private static final MacAddress MAC = MacAddress.parse("02:42:ac:11:00:02");
    private static final VirtualIp IPV4 = VirtualIp.parse("10.0.0.100");
    private static final VirtualIp IPV6 = VirtualIp.parse("fd00::64");

    private static String hex(byte[] frame) {
        return HexFormat.of().formatHex(frame);
    }

    @Test
    void theRequestFormAnnouncesWithSenderAndTargetTheVip() {
        // RFC 826: hardware 1, protocol 0x0800, lengths 6 and 4, operation 1, SHA, SPA, THA, TPA; RFC 5227 2.3.
        assertThat(hex(ArpFrames.announcementRequest(MAC, IPV4.address()))).isEqualTo("ffffffffffff" + "0242ac110002"
                + "0806" + "0001" + "0800" + "06" + "04" + "0001" + "0242ac110002" + "0a000064" + "000000000000"
                + "0a000064");
    }

    @Test
    void theReplyFormHasTheSenderAsTargetTooOrLinuxWouldNotTakeItAsGratuitous() {
        assertThat(hex(ArpFrames.announcementReply(MAC, IPV4.address()))).isEqualTo("ffffffffffff" + "0242ac110002"
                + "0806" + "0001" + "0800" + "06" + "04" + "0002" + "0242ac110002" + "0a000064" + "0242ac110002"
                + "0a000064");
    }

    @Test
    void anArpProbeTellsNoSenderAddress() {
        assertThat(hex(ArpFrames.probe(MAC, IPV4.address()))).isEqualTo("ffffffffffff" + "0242ac110002" + "0806"
                + "0001" + "0800" + "06" + "04" + "0001" + "0242ac110002" + "00000000" + "000000000000" + "0a000064");
    }

    @Test
    void theAdvertisementIsUnsolicitedOverridesAndCarriesTheMac() {
        String vip = "fd000000000000000000000000000064";
        String allNodes = "ff020000000000000000000000000001";
        // RFC 2464 MAC of ff02::1; IPv6 with hop limit 255; RFC 4861 4.4: type 136, O set, S and R clear, target, TLLAO.
        String frame = hex(NeighbourFrames.advertisement(MAC, IPV6.address(), false));
        assertThat(frame).startsWith("333300000001" + "0242ac110002" + "86dd" + "60000000" + "0020" + "3a" + "ff" + vip
                + allNodes + "8800").endsWith("20000000" + vip + "0201" + "0242ac110002").hasSize(2 * 86);
        assertThat(checksumIsGood(NeighbourFrames.advertisement(MAC, IPV6.address(), false))).isTrue();
        assertThat(hex(NeighbourFrames.advertisement(MAC, IPV6.address(), true))).contains("a0000000" + vip);
        assertThat(checksumIsGood(NeighbourFrames.advertisement(MAC, IPV6.address(), true))).isTrue();
    }

    @Test
    void anNdpProbeComesFromNowhereAndGoesToTheSolicitedNodeGroup() {
        byte[] frame = NeighbourFrames.probe(MAC, IPV6.address());
        assertThat(hex(frame)).startsWith("3333ff000064" + "0242ac110002" + "86dd" + "60000000" + "0018" + "3a" + "ff"
                + "00000000000000000000000000000000" + "ff0200000000000000000001ff000064" + "8700")
                .endsWith("00000000" + "fd000000000000000000000000000064");
        assertThat(checksumIsGood(frame)).isTrue();
    }

    /// The sum over a message that contains its right checksum is zero after complement (RFC 1071).
    private static boolean checksumIsGood(byte[] frame) {
        byte[] from = java.util.Arrays.copyOfRange(frame, 22, 38);
        byte[] to = java.util.Arrays.copyOfRange(frame, 38, 54);
        return InternetChecksum.of(from, to, 58, java.util.Arrays.copyOfRange(frame, 54, frame.length)) == 0;
    }

    @Test
    void theChecksumIsThatOfTheExampleInRfc1071() {
        byte[] example = HexFormat.of().parseHex("0001f203f4f5f6f7");
        assertThat(InternetChecksum.of(new byte[4], new byte[4], 0, example)).isEqualTo(~(0xddf2 + 8) & 0xffff);
    }

    @Test
    void anAnnouncementHasBothArpFormsOrOneAdvertisement() {
        assertThat(Announcement.of(IPV4, MAC, false).frames()).hasSize(2);
        assertThat(Announcement.of(IPV6, MAC, false).frames()).hasSize(1);
        assertThat(Announcement.of(IPV4, MAC, false).probe()).isEqualTo(ArpFrames.probe(MAC, IPV4.address()));
    }
}
