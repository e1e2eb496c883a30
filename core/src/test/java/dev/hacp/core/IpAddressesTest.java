package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressesTest {

    /// RFC 5952 section 4 and the examples of sections 1 and 2.
    @ParameterizedTest
    @CsvSource({"2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1", // 4.2.3: first of two equal runs
            "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1", // 4.2.2: one group is not shortened
            "2001:0:0:1:0:0:0:1, 2001:0:0:1::1", // 4.2.3: the longest run
            "2001:DB8::AbCd, 2001:db8::abcd", // 4.3: lower case
            "2001:db8::0001, 2001:db8::1", // 4.1: no leading zeros
            "0:0:0:0:0:0:0:0, ::", "0:0:0:0:0:0:0:1, ::1", "1:0:0:0:0:0:0:0, 1::", "0:0:1:2:3:4:5:6, ::1:2:3:4:5:6",
            "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::", "fd00:0:1:0:0:1:0:0, fd00:0:1::1:0:0"})
    void anIpv6AddressIsWrittenAsRfc5952Wants(String given, String shortest) {
        assertThat(IpAddresses.parse(given)).map(IpAddresses::text).contains(shortest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "255.255.255.255", "192.168.1.250"})
    void anIpv4AddressIsReadAndWrittenBack(String text) {
        assertThat(IpAddresses.parse(text)).map(IpAddresses::text).contains(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.1", "10.0.0", "10.0.0.0.1", "10.0.0.256", "0x0a.0.0.1", "010.0.0.1", "10.0.0.01",
            "10.0.0.-1", "10.0.0.1 ", "1٠.0.0.1", "localhost", "fe80::1%eth0", ":::", "1::2::3", "1:2:3:4:5:6:7",
            "12345::", "g::"})
    void whatIsNoLiteralIsNotGuessedAt(String text) {
        assertThat(IpAddresses.parse(text)).isEmpty();
    }

    @Test
    void textAndParseAgreeOnAnyAddress() throws Exception {
        Random random = new Random(5952);
        for (int i = 0; i < 2000; i++) {
            byte[] raw = new byte[i % 4 == 0 ? 4 : 16];
            random.nextBytes(raw);
            // Zero groups are the interesting ones.
            for (int group = 0; raw.length == 16 && group < 8; group++) {
                if (random.nextInt(3) > 0) {
                    raw[2 * group] = 0;
                    raw[2 * group + 1] = (byte) random.nextInt(2);
                }
            }
            // An IPv4-mapped address becomes an IPv4 one in Java; nobody configures it.
            InetAddress address = InetAddress.getByAddress(raw);
            if (address.getAddress().length == raw.length) {
                assertThat(IpAddresses.parse(IpAddresses.text(address))).as(IpAddresses.text(address))
                        .contains(address);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.254, 24, true", "10.0.0.1, 10.0.1.1, 24, false", "10.0.0.1, 10.0.1.1, 23, true",
            "10.0.0.127, 10.0.0.128, 25, false", "10.0.0.1, 10.0.0.1, 32, true", "10.0.0.0, 10.0.0.1, 32, false",
            "10.0.0.1, 203.0.113.1, 0, true", "fd00::1, fd00::ffff, 64, true", "fd00::1, fd00:0:0:1::1, 64, false",
            "fd00::1, fd00:0:0:1::1, 63, true", "10.0.0.1, fd00::1, 0, false"})
    void sameSubnetComparesThePrefixOnly(String a, String b, int prefixLength, boolean same) {
        assertThat(IpAddresses.sameSubnet(IpAddresses.parse(a).orElseThrow(), IpAddresses.parse(b).orElseThrow(),
                prefixLength)).isEqualTo(same);
    }

    @Test
    void rawBytesMustBeFourOrSixteen() {
        assertThat(IpAddresses.text(IpAddresses.of(new byte[]{10, 0, 0, (byte) 200}))).isEqualTo("10.0.0.200");
        assertThatThrownBy(() -> IpAddresses.of(new byte[5])).hasMessageContaining("expected: 4 or 16");
    }
}
