package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualIpTest {

    @Test
    void aVipBringsNoSubnetRouteWithIt() {
        assertThat(VirtualIp.parse("10.0.0.100").prefixLength()).isEqualTo(32);
        assertThat(VirtualIp.parse("fd00::64").prefixLength()).isEqualTo(128);
        assertThat(VirtualIp.parse("10.0.0.100").isIpv6()).isFalse();
        assertThat(VirtualIp.parse("fd00::64").isIpv6()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "127.0.0.1", "224.0.0.18", "169.254.1.1", "0.1.2.3", "240.0.0.1",
            "255.255.255.255", "::", "::1", "fe80::1", "ff02::1"})
    void anAddressThatNoClientCanDialIsRefused(String text) {
        assertThatThrownBy(() -> VirtualIp.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: a unicast address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vip.example", "10.0.0.100/32", "fd00::1%eth0"})
    void aTextThatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> VirtualIp.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: an IPv4 or IPv6 address");
    }

    @Test
    void theSameAddressInAnotherSpellingIsTheSameVip() {
        assertThat(VirtualIp.parse("FD00:0::64")).isEqualTo(VirtualIp.parse("fd00::64")).hasToString("fd00::64");
    }

    @Test
    void vipsHaveAStableOrder() {
        VirtualIp a = VirtualIp.parse("10.0.0.1");
        VirtualIp b = VirtualIp.parse("fd00::1");
        assertThat(List.of(b, a).stream().sorted().toList()).containsExactly(a, b);
    }
}
