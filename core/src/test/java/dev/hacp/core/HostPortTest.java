package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {

    @ParameterizedTest
    @CsvSource({"10.0.0.1:6443, 10.0.0.1, 6443", "[fd00::1]:6443, fd00::1, 6443", "cp1.example:1, cp1.example, 1",
            "0.0.0.0:0, 0.0.0.0, 0", "[::]:65535, ::, 65535"})
    void theTextOfAHostAndAPortIsReadAndWrittenBack(String text, String host, int port) {
        HostPort parsed = HostPort.parse(text);
        assertThat(parsed).isEqualTo(new HostPort(host, port));
        assertThat(parsed).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":6443", "cp1", "cp1:", "cp1:x", "cp1:-1", "cp1:65536", "cp1:999999", "cp1:+1",
            "fd00::1:6443", "[fd00::1]", "[]:1", "[fd00::1:6443", "c p:1", "a/b:1", "cp1:６"})
    void anythingElseIsRefusedWithTheFormThatIsExpected(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: ");
    }

    @Test
    void anIpv6AddressWithoutBracketsIsToldAboutBrackets() {
        assertThatThrownBy(() -> HostPort.parse("fd00::1:6443")).hasMessageContaining("[IPV6]:PORT");
    }

    @Test
    void onlyALiteralBecomesAnAddressBecauseNoNameIsResolvedHere() {
        assertThat(HostPort.parse("[fd00::1]:1").literal()).map(IpAddresses::text).contains("fd00::1");
        assertThat(HostPort.parse("localhost:1").literal()).isEmpty();
    }

    @Test
    void aSocketAddressKeepsItsShortText() {
        assertThat(HostPort.of(new InetSocketAddress(IpAddresses.parse("fd00:0:0:0::7").orElseThrow(), 9)))
                .hasToString("[fd00::7]:9");
    }
}
