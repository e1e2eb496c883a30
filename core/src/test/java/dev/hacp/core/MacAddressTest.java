package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {

    @Test
    void textOctetsAndBitsAreThreeFormsOfOne() {
        MacAddress mac = MacAddress.parse("02:42:ac:11:00:fE");
        assertThat(mac).hasToString("02:42:ac:11:00:fe");
        assertThat(mac.octets()).containsExactly(0x02, 0x42, 0xac, 0x11, 0x00, 0xfe);
        assertThat(MacAddress.of(mac.octets())).isEqualTo(mac);
        assertThat(mac.bits()).isEqualTo(0x0242_ac11_00feL);
    }

    @Test
    void broadcastIsAllOnesAndZeroAllZeros() {
        assertThat(MacAddress.BROADCAST).hasToString("ff:ff:ff:ff:ff:ff");
        assertThat(MacAddress.ZERO).hasToString("00:00:00:00:00:00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "02-42-ac-11-00-02", "02:42:ac:11:00:xx"})
    void anyOtherTextIsRefused(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void moreThan48BitsAreNoAddress() {
        assertThatThrownBy(() -> new MacAddress(1L << 48)).hasMessageContaining("expected: 48 bits");
    }
}
