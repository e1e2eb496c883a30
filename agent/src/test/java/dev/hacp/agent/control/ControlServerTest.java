package dev.hacp.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.NodeName;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlServerTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path folder;
    private Path socket;
    private final FakeActions actions = new FakeActions();
    private final List<ControlServer> servers = new ArrayList<>();

    @BeforeEach
    void nameTheSocket() {
        socket = folder.resolve("run/control.sock");
    }

    @AfterEach
    void stop() {
        servers.forEach(ControlServer::close);
    }

    private ControlServer open(Duration exchange) throws IOException {
        ControlServer server = ControlServer.open(socket, actions, exchange).orElseThrow();
        servers.add(server);
        return server;
    }

    private ControlClient client() {
        return new ControlClient(socket, _ -> {});
    }

    /// What is answered to these bytes, up to the end of the connection.
    private String say(String text) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void onlyRootMayOpenTheSocket() throws IOException {
        open(LONG);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run"))))
                .isEqualTo("rwx------");
        try (var files = Files.list(folder.resolve("run"))) {
            assertThat(files).containsExactly(socket);
        }
    }

    @Test
    void aSocketThatADeadAgentLeftIsReplaced() throws Exception {
        Files.createDirectories(folder.resolve("run"));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket)).close();
        assertThat(socket).exists();
        open(LONG);
        assertThat(client().handover(Optional.empty()).owner()).isEqualTo(new NodeName("cp2"));
    }

    @Test
    void aLiveAgentKeepsItsSocket() throws Exception {
        open(LONG);
        assertThatThrownBy(() -> open(LONG)).isInstanceOf(IOException.class)
                .hasMessageStartingWith("--control-socket " + socket + ": another agent listens there");
        assertThat(client().handover(Optional.empty()).owner()).isEqualTo(new NodeName("cp2"));
    }

    @Test
    void anotherFileIsNotTouched() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(socket, "precious");
        assertThatThrownBy(() -> open(LONG)).hasMessageContaining("it is there and is no socket");
        assertThat(socket).hasContent("precious");
    }

    @Test
    void withoutAFolderTheAgentGoesOn() throws IOException {
        Files.writeString(folder.resolve("run"), "a file where the folder should be");
        assertThat(ControlServer.open(socket, actions, LONG)).isEmpty();
        assertThat(ControlServer.open(Optional.empty(), actions)).isEmpty();
    }

    @Test
    void theFileGoesWithTheServerUnlessItIsAnotherServersByThen() throws IOException {
        ControlServer first = open(LONG);
        Files.delete(socket);
        ControlServer second = open(LONG);
        first.close();
        assertThat(socket).exists();
        second.close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void whatIsNoRequestIsRefusedAndHarmsNobodyElse() throws Exception {
        open(LONG);
        assertThat(say("hello\n")).isEqualTo("{\"error\":\"not understood: a line that is not a JSON object\"}\n");
        assertThat(say("[1]\n")).contains("not a JSON object");
        assertThat(say("{\"do\":\"dance\"}\n")).contains("the agent does not know 'dance'");
        assertThat(say("{\"do\":\"connections\",\"top\":\"many\",\"by\":\"age\"}\n")).contains("\"error\":\"top: ");
        assertThat(say("{\"do\":\"handover\",\"to\":\"No Node\"}\n")).contains("\"error\":\"to: ");
        assertThat(say("x".repeat(JsonLines.LONGEST_REQUEST + 1))).contains("a line of more than 4096 bytes");
        assertThat(client().backends()).hasSize(2);
    }

    @Test
    void aFaultOfAnActionIsToldAndTheServerGoesOn() throws Exception {
        open(LONG);
        actions.handoverEndsWith(CompletableFuture.failedFuture(new IllegalStateException("cp2 is not ready")));
        assertThatThrownBy(() -> client().handover(Optional.empty())).isInstanceOf(ControlException.class)
                .hasMessage("cp2 is not ready");
        actions.handoverEndsWith(null);
        assertThatThrownBy(() -> client().handover(Optional.empty()))
                .hasMessageStartingWith("an internal error of the agent");
        assertThat(client().backends()).hasSize(2);
    }

    @Test
    void aSilentClientIsDroppedWhenItsTimeIsUp() throws Exception {
        open(Duration.ofSeconds(1));
        try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertThat(silent.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreException(ControlException.class)
                .untilAsserted(() -> assertThat(client().backends()).hasSize(2));
    }

    @Test
    void moreThanEightClientsAtOnceAreTurnedAway() throws Exception {
        open(LONG);
        List<SocketChannel> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
            }
            assertThatThrownBy(() -> client().backends()).isInstanceOf(ControlException.class)
                    .hasMessage("8 clients are connected already; try again");
        } finally {
            for (SocketChannel each : silent) {
                each.close();
            }
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreException(ControlException.class)
                .untilAsserted(() -> assertThat(client().backends()).hasSize(2));
    }

    @Test
    void anAgentThatDoesNotAnswerIsGivenUp() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stopped.bind(UnixDomainSocketAddress.of(socket));
            assertThatThrownBy(() -> new ControlClient(socket, _ -> {}, Duration.ofMillis(300)).backends())
                    .isInstanceOf(ControlException.class).hasMessageContaining("has not answered within");
        }
    }

    @Test
    void theAgentSaysWhichProcessItIs() throws Exception {
        open(LONG);
        ControlClient.Identity here = client().identity();
        assertThat(here).returns("cp1", ControlClient.Identity::node).returns(true, ControlClient.Identity::ownsVip)
                .returns(ProcessHandle.current().pid(), ControlClient.Identity::pid);
        assertThatThrownBy(() -> new ControlClient.Identity("cp1", true, here.pid(), "pid:[1]").kill())
                .as("a process of another PID namespace is not ours to kill").hasMessageContaining("cannot be killed");
    }

    @Test
    void aLongHandoverTellsThatItGoesOn() throws Exception {
        open(LONG);
        CompletableFuture<NodeName> slow = new CompletableFuture<>();
        actions.handoverEndsWith(slow);
        List<String> progress = new ArrayList<>();
        ControlClient patient = new ControlClient(socket, sentence -> {
            progress.add(sentence);
            slow.complete(new NodeName("cp3"));
        });
        assertThat(patient.handover(Optional.empty()).owner()).isEqualTo(new NodeName("cp3"));
        assertThat(progress).containsExactly("waiting for another member to take over");
    }
}
