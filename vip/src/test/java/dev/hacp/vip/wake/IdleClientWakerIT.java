package dev.hacp.vip.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.Ticker;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class IdleClientWakerIT {

    private static final int PORT = 6443;

    private Lan lan;
    private Host before;
    private Host after;
    private Host client;

    @BeforeEach
    void build() {
        lan = Lan.create();
        before = lan.host("before");
        after = lan.host("after");
        client = lan.host("client");
    }

    @AfterEach
    void remove() {
        if (lan != null) {
            lan.close();
        }
    }

    @Test
    void idleClientsOfALostOwnerAreResetAtOnceByTheNewOne() throws Exception {
        for (VirtualIp vip : List.of(Lan.vip4(), Lan.vip6())) {
            put(before, vip);
            List<Socket> idle = new ArrayList<>();
            List<ClientConnection> table = new ArrayList<>();
            try (ServerSocket owner = before.call(() -> new ServerSocket(PORT, 200))) {
                for (int i = 0; i < 100; i++) {
                    Socket socket = client.call(() -> {
                        Socket s = new Socket();
                        s.connect(new InetSocketAddress(vip.address(), PORT), 2000);
                        return s;
                    });
                    idle.add(socket);
                    table.add(new ClientConnection(vip, PORT,
                            new InetSocketAddress(client.call(socket::getLocalAddress), socket.getLocalPort())));
                }
                assertThat(owner.isBound()).isTrue();

                lan.cutOff(before);
                put(after, vip);
                // What the announcement does; here only the segments are looked at.
                client.run("ip", "neigh", "replace", IpAddresses.text(vip.address()), "lladdr",
                        after.mac().toString(), "dev", "eth0", "nud", "reachable");
                try (ServerSocket listener = after.call(() -> new ServerSocket(PORT));
                        IdleClientWaker waker = new IdleClientWaker(2000, Ticker.system(),
                                after.namespace()::execute)) {
                    assertThat(waker.wake(table).get(5, TimeUnit.SECONDS)).isEqualTo(100);
                    for (Socket socket : idle) {
                        socket.setSoTimeout(2000);
                        assertThatThrownBy(() -> socket.getInputStream().read())
                                .isExactlyInstanceOf(SocketException.class).hasMessageContaining("reset");
                    }
                    assertThat(waker.sent()).isEqualTo(100);
                    assertThat(listener.isBound()).isTrue();
                }
                lan.heal(before);
            } finally {
                for (Socket socket : idle) {
                    socket.close();
                }
            }
        }
    }

    private static void put(Host host, VirtualIp vip) {
        host.run("ip", "addr", "replace", vip + "/" + vip.prefixLength(), "dev", "eth0");
    }

    @Test
    void connectionsOfAVipThatIsNotHereAreLeftOut() throws Exception {
        try (IdleClientWaker waker = new IdleClientWaker(100, Ticker.system(), after.namespace()::execute)) {
            int sent = waker.wake(List.of(new ClientConnection(Lan.vip4(), PORT,
                    new InetSocketAddress(client.ipv4(), 40000)))).get(5, TimeUnit.SECONDS);
            assertThat(sent).isZero();
            assertThat(waker.failed()).isEqualTo(1);
        }
    }
}
