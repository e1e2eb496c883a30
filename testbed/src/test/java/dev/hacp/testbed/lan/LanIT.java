package dev.hacp.testbed.lan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.IpAddresses;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot(programs = {"nft", "tcpdump", "ping"})
class LanIT {

    private static Lan lan;
    private static Host a;
    private static Host b;

    @BeforeAll
    static void build() {
        lan = Lan.create();
        a = lan.host("a");
        b = lan.host("b");
    }

    @AfterAll
    static void remove() {
        if (lan != null) {
            lan.close();
        }
    }

    @Test
    void hostsReachEachOtherOverBothFamiliesAtOnce() {
        assertThat(lan.reaches(a, b.ipv4())).isTrue();
        assertThat(lan.reaches(a, b.ipv6())).isTrue();
        assertThat(a.addresses()).contains("10.77.0.1", "fd77::1");
        assertThat(lan.holder(new dev.hacp.core.VirtualIp(b.ipv4()))).contains(b);
    }

    @Test
    void aHostThatIsCutOffLosesItsCarrierAndComesBackWhenHealed() {
        lan.cutOff(a);
        try {
            Await.until("a has no carrier", Duration.ofSeconds(2),
                    () -> a.namespace().ip("link", "show", "eth0").contains("NO-CARRIER"));
            assertThat(lan.reaches(b, a.ipv4())).isFalse();
        } finally {
            lan.heal(a);
        }
        Await.until("a is back", Duration.ofSeconds(5), () -> lan.reaches(b, a.ipv4()));
    }

    @Test
    void aBlackHoledHostKeepsItsCarrier() {
        lan.blackHole(a);
        try {
            assertThat(lan.reaches(b, a.ipv4())).isFalse();
            assertThat(a.namespace().ip("link", "show", "eth0")).doesNotContain("NO-CARRIER");
        } finally {
            lan.heal(a);
        }
        Await.until("a is back", Duration.ofSeconds(5), () -> lan.reaches(b, a.ipv4()));
    }

    @Test
    void aOneWayCutStopsOneDirectionOnly() {
        try (Capture heard = Capture.start(a, "icmp")) {
            lan.oneWayCut(a, b);
            assertThat(lan.reaches(a, b.ipv4())).isFalse();
            a.run("ip", "neigh", "replace", "10.77.0.2", "lladdr", b.mac().toString(), "dev", "eth0", "nud",
                    "permanent");
            b.run("ip", "neigh", "replace", "10.77.0.1", "lladdr", a.mac().toString(), "dev", "eth0", "nud",
                    "permanent");
            assertThat(lan.reaches(b, a.ipv4())).isFalse();
            Await.until("a heard the request of b", Duration.ofSeconds(5), () -> heard.lines().stream()
                    .anyMatch(line -> line.contains("10.77.0.2 > 10.77.0.1: ICMP echo request")));
        } finally {
            lan.heal(a);
            a.run("ip", "neigh", "flush", "all");
            b.run("ip", "neigh", "flush", "all");
            a.run("ip", "neigh", "del", "10.77.0.2", "dev", "eth0");
            b.run("ip", "neigh", "del", "10.77.0.1", "dev", "eth0");
        }
        assertThat(lan.reaches(a, b.ipv4())).isTrue();
    }

    @Test
    void oneJvmOwnsSocketsInSeveralNamespaces() throws Exception {
        try (ServerSocket server = b.call(() -> new ServerSocket(7000));
                Socket client = a.call(() -> {
                    Socket socket = new Socket();
                    socket.connect(new InetSocketAddress(b.ipv4(), 7000), 2000);
                    return socket;
                });
                Socket accepted = server.accept()) {
            assertThat(IpAddresses.text(accepted.getInetAddress())).isEqualTo("10.77.0.1");
            client.getOutputStream().write(42);
            assertThat(accepted.getInputStream().read()).isEqualTo(42);
        }
    }

    @Test
    void closingANamespaceKillsWhatRunsInIt(@TempDir Path folder) {
        Lan other = Lan.create();
        Host host = other.host("c");
        Daemon daemon = Daemon.start(host.namespace(), folder.resolve("log"), Map.of(), List.of("sleep", "1000"));
        Await.until("sleep runs inside", Duration.ofSeconds(5), () -> host.namespace().processes().size() == 1);
        other.close();
        assertThat(daemon.awaitExit(Duration.ofSeconds(5))).isNotZero();
        assertThat(Files.exists(host.namespace().path())).isFalse();
    }
}
