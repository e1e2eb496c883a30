package dev.hacp.vip.address;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A LAN with two nodes and a client, built for each test.
@RequiresRoot(programs = {"tcpdump", "ping"})
abstract class OnALan {

    static final Duration SOON = Duration.ofSeconds(5);
    static final Duration FENCE = Duration.ofSeconds(3);
    static final VirtualIp VIP4 = Lan.vip4();
    static final VirtualIp VIP6 = Lan.vip6();

    Lan lan;
    Host a;
    Host b;
    Host client;

    @BeforeEach
    void build() {
        lan = Lan.create();
        a = lan.host("a");
        b = lan.host("b");
        client = lan.host("client");
    }

    @AfterEach
    void remove() {
        if (lan != null) {
            lan.close();
        }
    }
}
