package dev.hacp.testbed.bench.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.bench.conformance.Scenario.Setup;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// How a connection begins.
final class DialScenarios {

    private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII);
    private static final int FIXED = 16;
    private static final int ADDRESSES = 12;

    private DialScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of("refused", "of two backends one refuses: ten clients are served by the other",
                        Setup.ONE_REFUSES,
                        route -> served(route, 10, Duration.ofSeconds(2))),
                Scenario.of("dropped", "of two backends one drops what it gets: four clients are served within 5 s",
                        Setup.ONE_DROPS, route -> served(route, 4, Duration.ofSeconds(5))),
                Scenario.of("nobody", "all backends refuse: the client's connection ends within 1 s", Setup.ALL_REFUSE,
                        DialScenarios::nobody),
                Scenario.of("proxy-v1", "a PROXY header of version 1 is read", Setup.PROXY_IN,
                        route -> header(route, "PROXY TCP4 192.0.2.7 192.0.2.8 4711 6443\r\n".getBytes(US_ASCII))),
                Scenario.of("proxy-v2", "one of version 2 is read", Setup.PROXY_IN,
                        route -> header(route, version2(0))),
                Scenario.of("proxy-v2-long", "one of version 2 with 2,500 bytes behind its addresses is read",
                        Setup.PROXY_IN, route -> header(route, version2(2_500))),
                Scenario.of("proxy-out", "the server learns the client's address from a PROXY header", Setup.PROXY_OUT,
                        DialScenarios::told));
    }

    private static String served(Route route, int clients, Duration within) throws IOException {
        for (int i = 0; i < clients; i++) {
            Socket client = route.dial(0);
            client.getOutputStream().write('?');
            try {
                if (route.accept(within).getInputStream().read() != '?') {
                    return "client " + (i + 1) + ": no byte";
                }
            } catch (SocketTimeoutException e) {
                return "client " + (i + 1) + " is not served";
            }
        }
        return "";
    }

    private static String nobody(Route route) {
        try {
            Socket client = route.dial(0);
            client.setSoTimeout(1_000);
            return client.getInputStream().read() < 0 ? "" : "a byte came";
        } catch (SocketTimeoutException e) {
            return "left waiting";
        } catch (IOException | IllegalStateException e) {
            return "";
        }
    }

    private static String header(Route route, byte[] header) throws IOException {
        Socket client = route.dial(0);
        client.getOutputStream().write(header);
        client.getOutputStream().write('?');
        try {
            int c = route.accept(Duration.ofSeconds(5)).getInputStream().read();
            return c == '?' ? "" : "the server gets " + c;
        } catch (SocketTimeoutException e) {
            return "refused";
        }
    }

    /// @param more bytes of a vector of type 0xea (for private use) behind the addresses; 0: none
    private static byte[] version2(int more) {
        int vector = more == 0 ? 0 : 3 + more;
        ByteBuffer header = ByteBuffer.allocate(FIXED + ADDRESSES + vector);
        header.put(SIGNATURE).put((byte) 0x21).put((byte) 0x11).putShort((short) (ADDRESSES + vector));
        header.put(new byte[]{(byte) 192, 0, 2, 7, (byte) 192, 0, 2, 8}).putShort((short) 4711).putShort((short) 6443);
        if (more > 0) {
            header.put((byte) 0xea).putShort((short) more);
        }
        return header.array();
    }

    private static String told(Route route) throws IOException {
        Socket client = route.dial(0);
        client.getOutputStream().write('?');
        Socket server = route.accept(Route.PATIENCE);
        byte[] first = server.getInputStream().readNBytes(FIXED);
        String text = new String(first, ISO_8859_1);
        byte[] address = route.clients().ipv4().getAddress();
        if (text.startsWith("PROXY TCP4 ")) {
            StringBuilder line = new StringBuilder(text);
            while (line.indexOf("\n") < 0) {
                line.append((char) server.getInputStream().read());
            }
            return line.toString().split(" ")[2].equals(IpAddresses.text(route.clients().ipv4()))
                    ? ""
                    : line.toString();
        }
        if (!text.startsWith(new String(SIGNATURE, ISO_8859_1))) {
            return "no header";
        }
        byte[] source = server.getInputStream().readNBytes(address.length);
        return Arrays.equals(source, address) ? "" : "another address";
    }
}
