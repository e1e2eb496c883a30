package dev.hacp.vip.steering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.lan.Daemon;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.address.AgentProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot
class SteeringIT {

    private static final int PORT = 6443;

    @TempDir
    private Path folder;

    private Lan lan;
    private Host node;
    private Host client;
    private ServerSocket apiServer;

    @BeforeEach
    void buildANodeWhoseApiServerListensOnTheWildcard() throws IOException {
        lan = Lan.create();
        node = lan.host("node");
        client = lan.host("client");
        apiServer = node.call(() -> new ServerSocket(PORT));
        Thread.ofPlatform().daemon().start(() -> {
            while (!apiServer.isClosed()) {
                try (Socket connection = apiServer.accept()) {
                    connection.getOutputStream().write("api".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // A client went away, or the test is over.
                }
            }
        });
    }

    @AfterEach
    void remove() throws IOException {
        if (apiServer != null) {
            apiServer.close();
        }
        if (lan != null) {
            lan.close();
        }
    }

    private String greeting(Host from, InetAddress address, int port) {
        return from.call(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), 2000);
                socket.setSoTimeout(2000);
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            }
        });
    }

    private void put(VirtualIp vip) {
        node.run("ip", "addr", "replace", vip + "/" + vip.prefixLength(), "dev", "eth0");
    }

    @Test
    void connectionsToTheVipReachTheBalancerAndAllOthersTheApiServer() throws Exception {
        VirtualIp second = new VirtualIp(Lan.address4(101));
        put(Lan.vip4());
        put(second);
        put(Lan.vip6());
        try (RawListener ipv4 = node.call(() -> RawListener.open(false, "hacp4"));
                RawListener ipv6 = node.call(() -> RawListener.open(true, "hacp6"));
                Steering steering = node.call(() -> Steering.attach(PORT, ipv4.fd(), ipv6.fd()))) {
            assertThat(greeting(client, Lan.vip4().address(), PORT)).as("not steered yet").isEqualTo("api");
            steering.serve(Set.of(Lan.vip4(), second, Lan.vip6()));
            for (Host from : List.of(client, node)) {
                assertThat(greeting(from, Lan.vip4().address(), PORT)).isEqualTo("hacp4");
                assertThat(greeting(from, second.address(), PORT)).isEqualTo("hacp4");
                assertThat(greeting(from, Lan.vip6().address(), PORT)).isEqualTo("hacp6");
                assertThat(greeting(from, node.ipv4(), PORT)).isEqualTo("api");
                assertThat(greeting(from, node.ipv6(), PORT)).isEqualTo("api");
            }
            steering.serve(Set.of(Lan.vip6()));
            assertThat(greeting(client, Lan.vip4().address(), PORT)).isEqualTo("api");
            assertThat(greeting(client, Lan.vip6().address(), PORT)).isEqualTo("hacp6");
            assertThat(steering.vips()).containsExactly(Lan.vip6());
        }
        assertThat(greeting(client, Lan.vip6().address(), PORT)).as("after close").isEqualTo("api");
    }

    @Test
    void anotherProgramInTheNamespaceIsLeftAlone() throws Exception {
        put(Lan.vip4());
        VirtualIp other = new VirtualIp(Lan.address4(101));
        put(other);
        try (RawListener theirs = node.call(() -> RawListener.open(false, "theirs"));
                RawListener ours = node.call(() -> RawListener.open(false, "ours"));
                Steering first = node.call(() -> Steering.attach(PORT, theirs.fd(), -1))) {
            first.serve(Set.of(other));
            try (Steering second = node.call(() -> Steering.attach(PORT, ours.fd(), -1))) {
                second.serve(Set.of(Lan.vip4()));
                assertThat(greeting(client, other.address(), PORT)).isEqualTo("theirs");
                assertThat(greeting(client, Lan.vip4().address(), PORT)).isEqualTo("ours");
            }
            assertThat(greeting(client, other.address(), PORT)).isEqualTo("theirs");
            assertThat(greeting(client, Lan.vip4().address(), PORT)).isEqualTo("api");
        }
    }

    @Test
    void aListenerThatClosedLeavesTheVipToTheApiServer() throws Exception {
        put(Lan.vip4());
        RawListener ipv4 = node.call(() -> RawListener.open(false, "hacp"));
        try (Steering steering = node.call(() -> Steering.attach(PORT, ipv4.fd(), -1))) {
            steering.serve(Set.of(Lan.vip4()));
            assertThat(greeting(client, Lan.vip4().address(), PORT)).isEqualTo("hacp");
            ipv4.close();
            Await.until("the API server answers", Duration.ofSeconds(5),
                    () -> greeting(client, Lan.vip4().address(), PORT).equals("api"));
        }
    }

    @Test
    void whenTheAgentCrashesTheVipFallsThroughToTheApiServer() {
        try (Daemon agent = AgentProcess.start(node, folder.resolve("agent.log"), 10,
                List.of(Lan.vip4().toString()))) {
            assertThat(greeting(client, Lan.vip4().address(), PORT)).isEqualTo("hacp");
            agent.kill();
            assertThat(node.holds(Lan.vip4().address())).as("the fence has not ended yet").isTrue();
            Await.until("the API server answers", Duration.ofSeconds(5),
                    () -> greeting(client, Lan.vip4().address(), PORT).equals("api"));
        }
    }
}
