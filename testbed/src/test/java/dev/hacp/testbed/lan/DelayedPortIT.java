package dev.hacp.testbed.lan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot(programs = {"ping"})
class DelayedPortIT {

    private static final int PINGS = 200;

    private Lan lan;
    private Host a;
    private Host b;
    private DelayedPort port;

    @BeforeEach
    void build() {
        lan = Lan.create();
        List<Host> hosts = lan.hosts("a", "b");
        a = hosts.getFirst();
        b = hosts.getLast();
        port = lan.delayedPort(b);
        Await.until("the port carries", Duration.ofSeconds(10), () -> lan.reaches(a, b.ipv4()));
    }

    @AfterEach
    void remove() {
        port.close();
        lan.close();
    }

    @Test
    void framesToTheHostAreLostAndDelayedAsAsked() {
        port.impair(0.2, Duration.ofMillis(40));
        String said = a.attempt("ping", "-q", "-c", "" + PINGS, "-i", "0.01", "-W", "1", IpAddresses.text(b.ipv4()))
                .output();
        Matcher numbers = Pattern.compile("(\\d+) received.*= [0-9.]+/([0-9.]+)/([0-9.]+)/", Pattern.DOTALL)
                .matcher(said);
        assertThat(numbers.find()).as(said).isTrue();
        // 160 are expected; 120 and 190 are more than five standard deviations away.
        assertThat(Integer.parseInt(numbers.group(1))).isBetween(120, 190);
        // One flow keeps its order, so later frames wait for those before them: the mean is above 20 ms.
        assertThat(Double.parseDouble(numbers.group(2))).isBetween(15.0, 45.0);
    }

    @Test
    void noByteOfALargeTransferIsChanged() throws Exception {
        port.impair(0.01, Duration.ofMillis(2));
        byte[] sent = new byte[1 << 21];
        new Random(1).nextBytes(sent);
        try (ServerSocket listener = b.call(() -> new ServerSocket(0))) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                try (Socket socket = listener.accept(); InputStream in = socket.getInputStream()) {
                    return in.readAllBytes();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            try (Socket socket = a.call(Socket::new)) {
                // The socket is made by connecting: inside as well.
                a.call(() -> {
                    socket.connect(new InetSocketAddress(b.ipv4(), listener.getLocalPort()), 5000);
                    return true;
                });
                socket.getOutputStream().write(sent);
            }
            assertThat(Arrays.equals(received.get(60, TimeUnit.SECONDS), sent)).isTrue();
        }
    }

    @Test
    void aPortThatIsClosedIsAPlainOneAgain() {
        port.impair(1.0, Duration.ZERO);
        assertThat(lan.reaches(a, b.ipv4())).isFalse();
        port.close();
        Await.until("b is reached", Duration.ofSeconds(10), () -> lan.reaches(a, b.ipv4()));
    }
}
