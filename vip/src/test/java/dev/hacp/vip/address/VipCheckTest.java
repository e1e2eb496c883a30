package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VipCheckTest {

    private final FakeKernel kernel = new FakeKernel();

    private String problem(String vip) {
        return VipCheck.problem(VirtualIp.parse(vip), kernel.addresses(), kernel.links()).orElse("");
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.255, 24, broadcast address", "10.0.0.0, 24, network address", "10.0.0.128, 24, ''",
            "10.0.0.128, 25, network address", "10.0.0.127, 25, broadcast address",
            "10.0.255.255, 16, broadcast address",
            "10.0.0.255, 16, ''", "10.0.0.0, 31, ''", "10.0.0.1, 31, ''", "10.0.0.0, 32, ''",
            "fd00::, 64, anycast address of the routers", "fd00::1, 64, ''", "fd00::ffff:ffff:ffff:ffff, 64, ''",
            "fd00::, 127, ''"})
    void aSubnetKeepsItsFirstAndItsLastAddressForAll(String address, int prefixLength, String what) {
        assertThat(VipCheck.reserved(IpAddresses.parse(address).orElseThrow(), prefixLength).orElse(""))
                .isEqualTo(what);
    }

    @Test
    void whatCannotBeAVipIsNamedWithWhereItIs() {
        kernel.own(2, "fd00::1", 64);
        assertThat(problem("10.0.0.100")).isEmpty();
        assertThat(problem("10.0.0.1")).isEqualTo("is this node's own address (10.0.0.1/24 on eth0)");
        assertThat(problem("10.0.0.255")).isEqualTo("is the broadcast address of the subnet of 10.0.0.1/24 on eth0");
        assertThat(problem("10.0.0.0")).isEqualTo("is the network address of the subnet of 10.0.0.1/24 on eth0");
        assertThat(problem("fd00::")).startsWith("is the anycast address of the routers of the subnet of fd00::1/64");
    }

    @Test
    void theNarrowestSubnetCountsAndOurOwnLeftoverIsNoAddressOfTheNode() {
        kernel.link(3, "eth1", true);
        kernel.own(3, "10.0.0.129", 25);
        kernel.leftover(2, "10.0.0.100");
        assertThat(problem("10.0.0.128")).isEqualTo("is the network address of the subnet of 10.0.0.129/25 on eth1");
        assertThat(problem("10.0.0.100")).isEmpty();
    }
}
