package dev.hacp.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.VirtualIp;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class VipClientsTest {

    private static final VirtualIp FIRST = VirtualIp.parse("10.0.0.10");
    private static final VirtualIp SECOND = VirtualIp.parse("10.0.0.11");

    @Test
    void eachVipHasItsOwnCount() {
        VipClients clients = new VipClients();
        clients.opened(of(FIRST, 1));
        clients.opened(of(FIRST, 2));
        clients.opened(of(SECOND, 3));
        clients.closed(of(FIRST, 1));
        assertThat(clients.current(FIRST)).isEqualTo(1);
        assertThat(clients.total(FIRST)).isEqualTo(2);
        assertThat(clients.current(SECOND)).isEqualTo(1);
        assertThat(clients.total(VirtualIp.parse("10.0.0.12"))).isZero();
        assertThat(clients.current(VirtualIp.parse("10.0.0.12"))).isZero();
    }

    private static ClientConnection of(VirtualIp vip, int port) {
        return new ClientConnection(vip, 6443, InetSocketAddress.createUnresolved("10.0.0.77", port));
    }
}
