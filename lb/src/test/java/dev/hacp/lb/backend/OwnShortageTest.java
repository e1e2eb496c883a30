package dev.hacp.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnShortageTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"99 | Cannot assign requested address | source port",
            "98 | Address already in use | source port", "24 | Too many open files | LimitNOFILE",
            "23 | Too many open files in system | fs.file-max", "105 | No buffer space available | buffer",
            "12 | Cannot allocate memory | memory", "1 | Operation not permitted | does not permit",
            "13 | Permission denied | does not permit"})
    void whatThisHostLacksIsKnownInTheWordsOfTheJdkAndOfNetty(int errno, String text, String words) {
        assertThat(OwnShortage.of(new SocketException(text)).orElseThrow()).contains(words);
        assertThat(OwnShortage.of(new ConnectException("connect(..) failed with error(-" + errno + "): " + text))
                .orElseThrow()).contains(words);
        IOException inside = new IOException("newSocketStream(..) failed with error(-" + errno + "): " + text);
        assertThat(OwnShortage.of(new IOException("dial", new ChannelException(inside))).orElseThrow())
                .contains(words);
    }

    @Test
    void anotherLanguageOfStrerrorHidesNothing() {
        assertThat(OwnShortage.of(new BindException("Kann die angeforderte Adresse nicht zuweisen"))).isPresent();
    }

    @Test
    void aJvmWithoutMemoryIsOneToo() {
        assertThat(OwnShortage.of(new IOException(new OutOfMemoryError("unable to create native thread")))).isPresent();
    }

    @Test
    void whatThePeerOrTheNetworkSaysIsNone() {
        assertThat(OwnShortage.of(new ConnectException("Connection refused"))).isEmpty();
        assertThat(OwnShortage.of(new ConnectException("connect(..) failed with error(-111): Connection refused")))
                .isEmpty();
        assertThat(OwnShortage.of(new ConnectException("connect(..) failed with error(-110): Connection timed out")))
                .isEmpty();
        assertThat(OwnShortage.of(new NoRouteToHostException("No route to host"))).isEmpty();
        assertThat(OwnShortage.of(new SocketTimeoutException("Connect timed out"))).isEmpty();
        assertThat(OwnShortage.of(new SocketException("Connection reset"))).isEmpty();
        assertThat(OwnShortage.of(new IOException())).isEmpty();
    }

    @Test
    void itIsNeitherACountedFailureNorEvidence() {
        Pools pools = Pools.of(Policy.LEAST_CONNECTIONS, 1);
        List<String> reports = new ArrayList<>();
        pools.pool.reportTo((backend, what) -> reports.add(what));
        pools.backend(1).connectFailed(
                new ConnectException("connect(..) failed with error(-99): Cannot assign requested address"));
        assertThat(reports).isEmpty();
        assertThat(pools.backend(1).status().connectErrors()).isZero();
        assertThat(pools.backend(1).status().shortages()).isEqualTo(1);
        pools.backend(1).connectFailed(new ConnectException("Connection refused"));
        assertThat(reports).containsExactly("connect refused");
    }
}
