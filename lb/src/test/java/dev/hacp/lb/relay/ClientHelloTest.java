package dev.hacp.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.lb.Hellos;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClientHelloTest {

    private static boolean offers(byte[] bytes) {
        return ClientHello.offersHttp2(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void aClientOfHttp2IsKnownByItsFirstBytes() {
        assertThat(offers(Hellos.of("h2", "http/1.1"))).isTrue();
        assertThat(offers(Hellos.of("http/1.1", "h2"))).isTrue();
    }

    @Test
    void aClientThatCanOnlyUpgradeIsNone() {
        assertThat(offers(Hellos.of("http/1.1"))).isFalse();
        assertThat(offers(Hellos.of())).isFalse();
        assertThat(offers(Hellos.of("h2c"))).as("begins alike").isFalse();
    }

    @Test
    void otherProtocolsAreNone() {
        assertThat(offers("GET / HTTP/1.1\r\nHost: h2\r\n\r\n".getBytes(StandardCharsets.US_ASCII))).isFalse();
        assertThat(offers("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII))).isFalse();
        assertThat(offers(new byte[0])).isFalse();
    }

    @Test
    void aPartOfAHelloIsReadAsFarAsItGoes() {
        byte[] hello = Hellos.of("h2");
        boolean before = false;
        for (int n = 0; n <= hello.length; n++) {
            boolean now = offers(Arrays.copyOf(hello, n));
            assertThat(now || !before).as("once seen, seen with more bytes as well").isTrue();
            before = now;
        }
        assertThat(before).isTrue();
    }

    @Test
    void nonsenseIsReadToItsEndWithoutAnException() {
        Random random = new Random(5);
        byte[] hello = Hellos.of("http/1.1");
        for (int i = 0; i < 20_000; i++) {
            byte[] bent = hello.clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                bent[random.nextInt(bent.length)] = (byte) random.nextInt();
            }
            offers(Arrays.copyOf(bent, random.nextInt(bent.length + 1)));
        }
        assertThat(offers(hello)).isFalse();
    }
}
