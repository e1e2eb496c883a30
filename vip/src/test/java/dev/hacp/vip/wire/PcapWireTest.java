package dev.hacp.vip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import java.util.List;
import org.junit.jupiter.api.Test;

class PcapWireTest {

    @Test
    void theFilterLetsOnlyClaimsOnTheVipsPass() {
        assertThat(PcapWire.filter(List.of(VirtualIp.parse("fd00::64"), VirtualIp.parse("10.0.0.100"))))
                .isEqualTo("(arp and arp[14:4] = 0x0a000064) or (icmp6 and ip6[40] = 136"
                        + " and ip6[48:4] = 0xfd000000 and ip6[52:4] = 0x00000000"
                        + " and ip6[56:4] = 0x00000000 and ip6[60:4] = 0x00000064)");
        assertThat(PcapWire.filter(List.of())).isEqualTo("less 1");
    }
}
