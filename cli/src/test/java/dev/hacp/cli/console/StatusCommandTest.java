package dev.hacp.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.hacp.cli.Invocation;
import dev.hacp.testbed.Golden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StatusCommandTest {

    private static final String STATUS = """
            {"node":"cp1","version":"0.1.0","role":"leader","leader":"cp1","term":7,"since":"2026-01-02T00:00:00.123Z",
             "waiting":null,"connections":{"current":12,"total":345},
             "lease":{"holder":"cp1","renewMsAgo":null,"deadlineMs":400,"majority":true},
             "detector":{"realTime":true,"latenessMs":3},
             "vips":[{"address":"10.0.0.10","held":true,"interface":"eth0","steering":true,
                      "lastAnnounced":"2026-01-02T03:11:50Z","conflict":null},
                     {"address":"fd00::10","held":false,"interface":"eth0","steering":true,"lastAnnounced":null,
                      "conflict":"02:00:00:00:00:09"}],
             "members":[{"node":"cp2","address":"10.0.0.2:9644",
                         "machine":{"state":"answering","method":"icmp","rttMs":0.2},"reachable":true,"rttMs":0.24,"follows":"cp1",
                         "heardMsAgo":40,"latenessMs":12,"reason":""},
                        {"node":"cp3","address":"10.0.0.3:9644",
                         "machine":{"state":"unproven","method":"icmp","rttMs":null},"reachable":true,"rttMs":0.31,"follows":"cp1",
                         "heardMsAgo":40,"latenessMs":180,"reason":"none of the 3 API servers is reachable"},
                        {"node":"cp4","address":null,
                         "machine":{"state":"unproven","method":null,"rttMs":null},"reachable":false,"rttMs":null,"follows":null,
                         "heardMsAgo":95000,"latenessMs":0,"reason":""}],
             "backends":[{"address":"10.0.0.1:6443","state":"up","admin":"ready","reason":"ready",
                          "since":"2026-01-01T00:00:00Z","connections":12,"total":300,
                          "lastCheck":{"result":"ready","code":200,"durationMs":2.31}},
                         {"address":"10.0.0.2:6443","state":"drain","admin":"drain","reason":"ordered",
                          "since":"2026-01-02T03:11:00Z","connections":0,"total":45,
                          "lastCheck":{"result":"ready","code":200,"durationMs":3.0}},
                         {"address":"10.0.0.3:6443","state":"down","admin":"ready","reason":"connect refused",
                          "since":"2026-01-02T03:10:25Z","connections":0,"total":0,
                          "lastCheck":{"result":"dead","code":0,"durationMs":0.5}}],
             "moves":[{"at":"2026-01-01T23:00:00Z","kind":"stood_down","cause":"handed over on request","gapMs":null},
                      {"at":"2026-01-02T00:00:00.5Z","kind":"took_over","cause":"cp2 is lost","gapMs":312}],
             "timeline":[{"at":"2026-01-02T00:00:00.5Z","kind":"took_over","message":"this node owns the VIP",
                          "keys":{"term":"7"}},
                         {"at":"2026-01-02T03:10:25Z","kind":"backend_down","message":"Backend is down",
                          "keys":{"backend":"10.0.0.3:6443","reason":"connect refused"}}]}
            """;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-02T03:12:00Z"));
    private static final Pattern ESCAPES = Pattern.compile("\u001b\\[\\d+m");

    @Test
    void theWholePictureFitsOneScreen() throws IOException {
        String screen = new StatusView(false, CLOCK).render(new ObjectMapper().readTree(STATUS));
        Golden.assertMatches("status/leader.txt", screen);
        assertThat(screen.lines().count()).isLessThan(30);
        assertThat(screen.lines().mapToInt(String::length)).allMatch(width -> width <= 125);
    }

    @Test
    void coloursChangeNoLetter() throws IOException {
        JsonNode status = new ObjectMapper().readTree(STATUS);
        String coloured = new StatusView(true, CLOCK).render(status);
        assertThat(coloured).contains("\u001b[32mup\u001b[0m").contains("\u001b[31mdown\u001b[0m");
        assertThat(ESCAPES.matcher(coloured).replaceAll("")).isEqualTo(new StatusView(false, CLOCK).render(status));
    }

    @Test
    void whatANewerAgentTellsIsShownAndWhatAnOlderOneDoesNotIsLeftOut() throws IOException {
        assertThat(new StatusView(false, CLOCK).render(new ObjectMapper().readTree("""
                {"node":"cp1","role":"follower","leader":null,"waiting":"no API server answers","mood":"calm",
                 "vips":[{"address":"10.0.0.10","mtu":1500}],"backends":[],"moves":"?","timeline":[{}],
                 "plans":[{"at":"noon"}]}
                """))).isEqualTo("""
                nobody owns 10.0.0.10, as far as this node knows
                this node is cp1 (follower)
                not ready: no API server answers

                VIP        MTU
                10.0.0.10  1500

                ALSO
                mood   calm
                plans  [{"at":"noon"}]
                """);
        assertThat(new StatusView(false, CLOCK).render(new ObjectMapper().readTree("{}"))).isNotBlank();
    }

    @Test
    void aStalledAgentIsToldFromAMachineThatIsGoneAndALateNodeSaysSo() throws IOException {
        assertThat(new StatusView(false, CLOCK).render(new ObjectMapper().readTree("""
                {"node":"cp1","role":"leader","leader":"cp1","detector":{"realTime":false,"latenessMs":51},"members":[
                 {"node":"cp2","machine":{"state":"answering","method":"syn","rttMs":0.31},"reachable":false,
                  "heardMsAgo":1240,"latenessMs":50},
                 {"node":"cp3","machine":{"state":"silent","method":"icmp","rttMs":0.2},"reachable":false,
                  "heardMsAgo":160,"latenessMs":0},
                 {"node":"cp4","machine":{"state":"late","method":"icmp","rttMs":91.0},"reachable":true,
                  "heardMsAgo":20,"latenessMs":0}]}
                """))).isEqualTo("""
                cp1 owns the VIP
                this node is cp1 (owner), probes without real-time scheduling
                short of CPU: the election on this node runs 51 ms late

                MEMBER  MACHINE                 AGENT
                cp2     answers (0.31 ms, SYN)  silent for 1.2s
                cp3     silent                  silent for 0.2s
                cp4     late                    reachable
                """);
    }

    @Test
    void nobodyElseSteersTheTerminal() throws IOException {
        assertThat(new StatusView(false, CLOCK).render(new ObjectMapper().readTree("""
                {"node":"cp1","leader":"x\\u001b[2J","backends":[{"address":"a","reason":"b\\u0007\\nc"}]}
                """))).doesNotContain("\u001b", "\u0007").contains("x?[2J owns the VIP", "b??c");
    }

    @Test
    void aBalancerAloneHasNoOwner() throws IOException {
        assertThat(new StatusView(false, CLOCK).render(new ObjectMapper().readTree("""
                {"node":"lb1","version":"0.1.0","role":"balancer","connections":{"current":3,"total":9}}
                """))).isEqualTo("lb1 balances\nthis node is lb1 (balancer), 3 clients, hacp 0.1.0\n");
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
            assertThat(text.out()).startsWith("cp1 owns 10.0.0.10, fd00::10 for ").contains("10.0.0.3:6443  down");
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
}
