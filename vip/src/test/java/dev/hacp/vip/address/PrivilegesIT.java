package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a process says that lacks what the address keeper needs: each time one sentence with the remedy.
@RequiresRoot(programs = "setpriv")
class PrivilegesIT {

    @TempDir
    private Path folder;

    private Lan lan;
    private Host host;

    @BeforeEach
    void build() {
        lan = Lan.create();
        host = lan.host("node");
    }

    @AfterEach
    void remove() {
        if (lan != null) {
            lan.close();
        }
    }

    /// Runs [Inventory] on the host, as root without these capabilities.
    private String inventory(String droppedCapabilities, String... options) {
        List<String> command = AgentProcess.java(Inventory.class, options);
        command.addAll(0, List.of("setpriv", "--bounding-set", droppedCapabilities));
        try (Daemon process = Daemon.start(host.namespace(), folder.resolve("inventory.log"), Map.of(), command)) {
            assertThat(process.awaitExit(Duration.ofSeconds(60))).as(process.log()).isZero();
            return process.log();
        }
    }

    @Test
    void withoutCapBpfTheSentenceNamesItAndTheOtherWays() {
        assertThat(inventory("-bpf,-sys_admin").lines()).contains("preflight: []")
                .anyMatch(line -> line
                        .startsWith("steering: steering the VIP's port needs the capabilities CAP_BPF and "
                                + "CAP_NET_ADMIN (bpf")
                        && line.contains("operation not permitted")
                        && line.contains("AmbientCapabilities") && line.contains("seccomp")
                        && line.contains("--port") && line.contains("--bind-address"))
                .contains("take over: held");
    }

    @Test
    void withoutTheNetworkCapabilitiesEachIsNamed() {
        String said = inventory("-net_admin,-net_raw");
        assertThat(said.lines().filter(line -> line.startsWith("preflight: "))).singleElement().asString()
                .contains("CAP_NET_ADMIN is missing", "CAP_NET_RAW is missing", "AmbientCapabilities",
                        "securityContext.capabilities.add NET_RAW");
        assertThat(said.lines()).contains("take over: put 10.77.0.100 on eth0: operation not permitted");
        assertThat(host.addresses()).doesNotContain("10.77.0.100");
    }

    @Test
    void withoutLibpcapTheVipIsNeitherTakenNorLeftBehindAndThePackageIsNamed() {
        String said = inventory("+all", "-Dorg.pcap4j.core.pcapLibName=/nowhere/libpcap.so");
        assertThat(said.lines()).contains("steering: available")
                .anyMatch(line -> line.startsWith("preflight: [libpcap cannot be loaded: install it (Debian: apt-get "
                        + "install libpcap0.8"))
                .anyMatch(line -> line.startsWith("fitness: ") && line.contains("libpcap cannot be loaded"))
                .anyMatch(line -> line.startsWith("take over: ") && line.contains("libpcap cannot be loaded"));
        assertThat(host.addresses()).doesNotContain("10.77.0.100");
    }
}
