package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CidrTest {

    @Test
    void aNetworkHoldsItsAddressesOfItsFamilyOnly() {
        Cidr ten = Cidr.parse("10.0.0.0/9");
        assertThat(ten.contains(IpAddresses.parse("10.127.0.1").orElseThrow())).isTrue();
        assertThat(ten.contains(IpAddresses.parse("10.128.0.1").orElseThrow())).isFalse();
        assertThat(Cidr.parse("::/0").contains(IpAddresses.parse("10.0.0.1").orElseThrow())).isFalse();
        assertThat(Cidr.parse("::/0").contains(IpAddresses.parse("fd00::1").orElseThrow())).isTrue();
    }

    @Test
    void aBareAddressIsItselfAlone() {
        assertThat(Cidr.parse("10.0.0.7")).hasToString("10.0.0.7/32");
        assertThat(Cidr.parse("fd00::7")).hasToString("fd00::7/128");
    }

    @Test
    void oneOfSeveralNetworksIsEnough() {
        List<Cidr> networks = List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/8"));
        assertThat(Cidr.anyContains(networks, IpAddresses.parse("fd00::1").orElseThrow())).isTrue();
        assertThat(Cidr.anyContains(networks, IpAddresses.parse("192.0.2.1").orElseThrow())).isFalse();
        assertThat(Cidr.anyContains(List.of(), IpAddresses.parse("10.0.0.1").orElseThrow())).isFalse();
    }

    @Test
    void whatIsNoNetworkIsRefused() {
        for (String text : new String[]{"", "10.0.0.0/33", "10.0.0.0/x", "host/8", "10.0.0.0/", "fd00::1/64"}) {
            assertThatThrownBy(() -> Cidr.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(expected: ");
        }
    }
}
