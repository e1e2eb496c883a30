package dev.hacp.vip.wake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.vip.announce.InternetChecksum;
import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class BareAckTest {

    @Test
    void theSegmentHasPortsSequenceAndOnlyTheAckFlag() {
        InetAddress vip = IpAddresses.parse("10.0.0.100").orElseThrow();
        InetAddress client = IpAddresses.parse("10.0.0.7").orElseThrow();
        byte[] segment = BareAck.segment(vip, 6443, client, 40000, 0x01020304);
        // RFC 9293 3.1: ports, sequence, acknowledgement, data offset 5, ACK, window.
        assertThat(HexFormat.of().formatHex(segment)).startsWith("192b" + "9c40" + "01020304" + "fefdfcfb" + "5010"
                + "0400").endsWith("0000").hasSize(40);
        assertThat(InternetChecksum.of(vip.getAddress(), client.getAddress(), 6, segment)).isZero();
    }
}
