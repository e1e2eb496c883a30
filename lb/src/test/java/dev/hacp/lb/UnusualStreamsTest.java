package dev.hacp.lb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.Cidr;
import dev.hacp.core.linux.Libc;
import dev.hacp.lb.frontend.Limits;
import dev.hacp.lb.proxyprotocol.ProxyHeader;
import dev.hacp.lb.proxyprotocol.ProxyProtocol;
import dev.hacp.lb.relay.RelayConfig;
import dev.hacp.lb.table.ConnectionRow;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What clients of an API server seldom do, and TCP allows.
class UnusualStreamsTest {

    private static final int IPPROTO_TCP = 6;
    private static final int TCP_CORK = 3;
    private static final int MSG_OOB = 1;

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    }

    @Test
    void aServerThatSpeaksFirstLearnsOfItsClientAtOnce() throws Exception {
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1,
                        listener.getLocalPort())) {
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                long start = System.nanoTime();
                try (Socket client = running.dial(); Socket server = listener.accept()) {
                    server.getOutputStream().write("220 ready".getBytes(US_ASCII));
                    assertThat(client.getInputStream().readNBytes(9)).isEqualTo("220 ready".getBytes(US_ASCII));
                }
                millis.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
            }
            Collections.sort(millis);
            // The kernel's delayed ACK would make it 200.
            assertThat(millis.get(millis.size() / 2)).as("ms until the greeting, %s", millis).isLessThan(100);
        }
    }

    @Test
    void bytesAroundUrgentDataArriveWithoutWaitingForMore() throws Exception {
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1,
                        listener.getLocalPort())) {
            LinuxSocket client = LinuxSocket.newSocketStream(SocketProtocolFamily.INET);
            try {
                client.setSoLinger(0);
                connect(client, running.address());
                try (Socket server = listener.accept()) {
                    server.setSoTimeout(5_000);
                    sendInOneBurst(client);
                    assertThat(new String(server.getInputStream().readNBytes(7), US_ASCII)).isEqualTo("abcUdef");
                    sendInOneBurst(client);
                    assertThat(new String(server.getInputStream().readNBytes(7), US_ASCII)).isEqualTo("abcUdef");
                }
            } finally {
                client.close();
            }
        }
    }

    @Test
    void soDoThoseFromTheServer() throws Exception {
        try (ServerSocket listener = listen();
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1,
                        listener.getLocalPort());
                Socket client = running.dial();
                Socket server = listener.accept()) {
            client.setSoTimeout(5_000);
            // Nagle holds the rest back until the first is acknowledged: then it comes at once.
            server.getOutputStream().write('a');
            server.getOutputStream().write("bc".getBytes(US_ASCII));
            server.sendUrgentData('U');
            server.getOutputStream().write("def".getBytes(US_ASCII));
            assertThat(new String(client.getInputStream().readNBytes(7), US_ASCII)).isEqualTo("abcUdef");
        }
    }

    private static void connect(LinuxSocket socket, InetSocketAddress to) throws IOException {
        boolean done = socket.connect(to);
        while (!done) {
            done = socket.finishConnect();
            Thread.onSpinWait();
        }
    }

    private static void sendInOneBurst(LinuxSocket socket) throws IOException {
        socket.setIntOpt(IPPROTO_TCP, TCP_CORK, 1);
        try (Arena arena = Arena.ofConfined()) {
            Libc.send(socket.intValue(), arena.allocateFrom("abc", US_ASCII), 3, 0);
            Libc.send(socket.intValue(), arena.allocateFrom("U", US_ASCII), 1, MSG_OOB);
            Libc.send(socket.intValue(), arena.allocateFrom("def", US_ASCII), 3, 0);
        }
        socket.setIntOpt(IPPROTO_TCP, TCP_CORK, 0);
    }

    @Test
    void aProxyHeaderMayBeAsLongAsItCanSay() throws Exception {
        RelayConfig accepts = RelayConfig.DEFAULT
                .withProxyProtocol(new ProxyProtocol(false, List.of(Cidr.parse("127.0.0.0/8"))));
        InetSocketAddress real = new InetSocketAddress("192.0.2.7", 4711);
        try (EchoServer server = new EchoServer();
                RunningBalancer running = new RunningBalancer(Limits.NONE, accepts, 1, server.port())) {
            for (int vectors : List.of(2_500, 0xffff - 12)) {
                ByteBuffer header = ByteBuffer.allocate(ProxyHeader.MAX_LENGTH);
                ProxyHeader.write(header, real, new InetSocketAddress("192.0.2.8", 6443));
                header.putShort(14, (short) (12 + vectors));
                byte[] all = new byte[28 + vectors + 1];
                System.arraycopy(header.array(), 0, all, 0, 28);
                all[all.length - 1] = 42;
                try (Socket client = running.dial()) {
                    client.getOutputStream().write(all);
                    assertThat(client.getInputStream().read()).as("%d bytes of vectors", vectors).isEqualTo(42);
                    assertThat(running.balancer.connections().getFirst().client()).isEqualTo(real);
                }
            }
        }
    }

    @Test
    void aConnectionIsNeverIdleForLongerThanItHasBeenThere() throws Exception {
        try (EchoServer server = new EchoServer();
                RunningBalancer running = new RunningBalancer(Limits.NONE, RelayConfig.DEFAULT, 1, server.port())) {
            // A bit more than a second: its clock goes by seconds.
            long end = System.nanoTime() + Duration.ofMillis(1_300).toNanos();
            while (System.nanoTime() - end < 0) {
                try (Socket client = running.dial()) {
                    assertThat(client.isConnected()).isTrue();
                    for (ConnectionRow row : running.balancer.connections()) {
                        assertThat(row.idle()).isLessThanOrEqualTo(row.age());
                    }
                }
            }
        }
    }
}
