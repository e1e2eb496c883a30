package dev.hacp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.agent.control.ControlServer;
import dev.hacp.core.NodeName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of an operator on a node, over a real socket.
class ControlCommandsTest {

    @TempDir
    private Path folder;
    private Path socket;
    private ControlServer server;
    private final FakeActions actions = new FakeActions();

    @BeforeEach
    void start() throws IOException {
        socket = folder.resolve("control.sock");
        server = ControlServer.open(Optional.of(socket), actions).orElseThrow();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Invocation hacp(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--control-socket", socket.toString()));
        return Invocation.of(all.toArray(String[]::new));
    }

    @Test
    void handoverSaysWhoOwnsTheVipAndHowLongItTook() {
        Invocation done = hacp("handover");
        assertThat(done.err()).isEmpty();
        assertThat(done.code()).isZero();
        assertThat(done.out()).matches("cp2 owns the VIP now; the handover took \\d+m?s\\n");
        assertThat(hacp("handover", "--to", "cp3").out()).startsWith("cp3 owns");
        assertThat(actions.askedFor()).contains(new NodeName("cp3"));
    }

    @Test
    void aRefusedHandoverIsOneSentenceAndCodeOne() {
        actions.handoverEndsWith(CompletableFuture
                .failedFuture(new IllegalStateException("cp1 does not own the VIP: cp2 does")));
        Invocation refused = hacp("handover");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).isEqualTo("hacp handover: cp1 does not own the VIP: cp2 does\n");
        assertThat(hacp("handover", "--to", "CP 2").code()).isEqualTo(2);
    }

    @Test
    void connectionsAreListedInTheWantedOrder() throws IOException {
        assertThat(hacp("connections").out()).isEqualTo("""
                CLIENT           DIALLED         BACKEND        FROM CLIENT  TO CLIENT  AGE   IDLE
                192.0.2.1:40001  10.0.0.10:6443  10.0.0.1:6443  488.3 KiB    4.3 MiB    1h1m  0s
                192.0.2.3:40003  10.0.0.10:6443  10.0.0.1:6443  200 B        1.8 KiB    2d7h  2d7h
                192.0.2.2:40002  10.0.0.10:6443  -              10 B         90 B       7s    5s
                3 connections
                """);
        assertThat(hacp("connections", "--top", "1", "--by", "age").out()).contains("192.0.2.3:40003")
                .endsWith("1 of 3 connections; --top shows more\n").hasLineCount(3);
        JsonNode json = new ObjectMapper().readTree(hacp("connections", "--by", "idle", "-o", "json").out());
        assertThat(json.findValuesAsText("client")).containsExactly("192.0.2.3:40003", "192.0.2.2:40002",
                "192.0.2.1:40001");
    }

    @Test
    void aBackendIsTakenOutAndBackIn() throws IOException {
        assertThat(hacp("backend", "ls").out()).isEqualTo("""
                ADDRESS        STATE  ORDER  CONNECTIONS  SINCE START  REASON
                10.0.0.1:6443  up     ready  7            42           ready
                10.0.0.2:6443  up     ready  7            42           ready
                """);
        assertThat(hacp("backend", "drain", "10.0.0.2:6443").out()).contains("10.0.0.2:6443  drain  drain");
        assertThat(hacp("backend", "maint", "10.0.0.2:6443").out()).contains("10.0.0.2:6443  down   maint");
        JsonNode json = new ObjectMapper().readTree(hacp("backend", "ls", "-o", "json").out());
        assertThat(json.findValuesAsText("admin")).containsExactly("ready", "maint");
        assertThat(hacp("backend", "ready", "10.0.0.2:6443").out()).contains("10.0.0.2:6443  up     ready");
    }

    @Test
    void aBackendThatIsNotThereIsSaidWithThoseThatAre() {
        Invocation unknown = hacp("backend", "drain", "10.0.0.2:6444");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).isEqualTo("hacp backend drain: there is no backend 10.0.0.2:6444"
                + " (did you mean 10.0.0.2:6443?); there are [10.0.0.1:6443, 10.0.0.2:6443]\n");
    }

    @Test
    void wrongUsageIsCodeTwo() {
        assertThat(hacp("backend", "drain").err()).contains("HOST:PORT: none given");
        assertThat(hacp("backend", "drain", "10.0.0.2").code()).isEqualTo(2);
        assertThat(Invocation.of("backend").code()).isEqualTo(2);
        assertThat(Invocation.of("backend", "drian", "10.0.0.2:6443").err()).contains("(did you mean drain?)");
        assertThat(hacp("connections", "--top", "0", "--by", "size").err()).contains("has 2 problems:");
        assertThat(hacp("connections", "-o", "xml").code()).isEqualTo(2);
        assertThat(hacp("handover", "--too", "cp2").err()).contains("(did you mean --to?)");
    }

    @Test
    void noAgentIsSaidWithTheRemedy() {
        server.close();
        Invocation alone = Invocation.in(Map.of("HACP_CONTROL_SOCKET", socket.toString()), "backend", "ls");
        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.err()).startsWith("hacp backend ls: no agent answers at " + socket)
                .contains("--control-socket says where").hasLineCount(1);
        assertThat(Invocation.of("handover", "--control-socket", "none").err())
                .isEqualTo("hacp handover: the agent has no control socket: control-socket is none\n");
    }
}
