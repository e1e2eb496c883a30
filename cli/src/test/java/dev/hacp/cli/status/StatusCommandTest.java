package dev.hacp.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.hacp.cli.Invocation;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusCommandTest {

    private static final String STATUS = """
            {"node":"cp1","role":"leader","leader":"cp1","term":7,
             "vips":[{"address":"10.0.0.10","held":true,"interface":"eth0"},{"address":"fd00::10","held":false}],
             "backends":[{"address":"10.0.0.1:6443","state":"up","connections":{"current":12}},
                         {"address":"10.0.0.2:6443","state":"down","reason":"refused"}],
             "members":[]}
            """;
    private static final String SCREEN = """
            node    cp1
            role    leader
            leader  cp1
            term    7

            VIPS
            address    held  interface
            10.0.0.10  yes   eth0
            fd00::10   no    -

            BACKENDS
            address        state  connections.current  reason
            10.0.0.1:6443  up     12                   -
            10.0.0.2:6443  down   -                    refused
            """;

    @Test
    void theWholePictureFitsOneScreen() throws IOException {
        assertThat(new StatusView(false).render(new ObjectMapper().readTree(STATUS))).isEqualTo(SCREEN);
    }

    @Test
    void coloursChangeNoLetter() throws IOException {
        String coloured = new StatusView(true).render(new ObjectMapper().readTree(STATUS));
        assertThat(coloured).contains("\u001b[32mup\u001b[0m").contains("\u001b[31mdown\u001b[0m");
        assertThat(coloured.replaceAll("\u001b\\[\\d+m", "")).isEqualTo(SCREEN);
    }

    @Test
    void theAgentIsAskedAtItsAdminAddress() throws IOException {
        HttpServer agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        agent.createContext("/status", exchange -> {
            byte[] body = STATUS.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        agent.start();
        try {
            String address = "0.0.0.0:" + agent.getAddress().getPort();
            Invocation text = Invocation.in(Map.of("HACP_ADMIN_ADDRESS", address), "status");
            assertThat(text.err()).isEmpty();
            assertThat(text.out()).isEqualTo(SCREEN);
            Invocation json = Invocation.of("status", "-o", "json", "--admin-address", address);
            assertThat(json.code()).isZero();
            assertThat(new ObjectMapper().readTree(json.out())).isEqualTo(new ObjectMapper().readTree(STATUS));
        } finally {
            agent.stop(0);
        }
    }

    @Test
    void nobodyThereIsSaidWithTheRemedy() {
        Invocation alone = Invocation.of("status", "--admin-address", "127.0.0.1:1");
        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.err()).startsWith("hacp status: no agent at http://127.0.0.1:1/status (")
                .contains("--admin-address says where to ask").hasLineCount(1);
        assertThat(Invocation.of("status", "--admin-address", "none").err())
                .isEqualTo("hacp status: the agent serves no status: admin-address is none\n");
    }

    @Test
    void wrongOptionsAreUsageErrors() {
        assertThat(Invocation.of("status", "-o", "xml").code()).isEqualTo(2);
        assertThat(Invocation.of("status", "--watch=5").code()).isEqualTo(2);
        assertThat(Invocation.of("status", "--wotch").err())
                .contains("--wotch: unknown option (did you mean --watch?)");
    }

    @Test
    void aWildcardIsDialledOnTheLoopback() {
        assertThat(new StatusClient(new HostPort("0.0.0.0", 9643)).url()).isEqualTo("http://127.0.0.1:9643/status");
        assertThat(new StatusClient(new HostPort("::", 9643)).url()).isEqualTo("http://[::1]:9643/status");
    }
}
