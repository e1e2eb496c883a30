package dev.hacp.agent.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.agent.status.StatusClient;
import dev.hacp.core.HostPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdminServerTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicReference<List<String>> stuck = new AtomicReference<>(List.of());
    private final AtomicReference<List<String>> notReady = new AtomicReference<>(List.of());
    private final AtomicBoolean broken = new AtomicBoolean();
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(new HostPort("127.0.0.1", 0),
                new AdminViews(this::status, () -> "hacp_leader 1\n", stuck::get, notReady::get));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void statusIsComputedAtEachRequestAndNeedsNoTranslation() throws Exception {
        connections.set(12);
        StatusClient reader = new StatusClient(new HostPort("0.0.0.0", server.address().getPort()));
        JsonNode first = reader.read();
        assertThat(first.path("node").asText()).isEqualTo("cp1");
        assertThat(first.path("role").asText()).isEqualTo("leader");
        assertThat(first.path("connections").path("current").asInt()).isEqualTo(12);
        assertThat(first.path("vips").get(0).path("interface").asText()).isEqualTo("eth0");
        assertThat(first.path("vips").get(0).path("held").asBoolean()).isTrue();
        assertThat(first.path("waiting").isNull()).isTrue();
        connections.set(13);
        assertThat(reader.read().path("connections").path("current").asInt()).isEqualTo(13);
    }

    @Test
    void probesTellTheReasons() throws Exception {
        assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(200);
        assertThat(ask("GET", "/readyz").body()).isEqualTo("ok\n");
        stuck.set(List.of("the elector has not run for 9 s"));
        notReady.set(List.of("no API server answers", "no backend is known"));
        assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(503);
        HttpResponse<String> ready = ask("GET", "/readyz");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).isEqualTo("no API server answers\nno backend is known\n");
    }

    @Test
    void answersAreTypedAndNeverStored() throws Exception {
        HttpResponse<String> metrics = ask("GET", "/metrics");
        assertThat(metrics.body()).isEqualTo("hacp_leader 1\n");
        assertThat(metrics.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(metrics.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        HttpResponse<String> head = ask("HEAD", "/status");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Type")).hasValue("application/json");
    }

    @Test
    void whatIsNotThereOrNotAllowedIsSaid() throws Exception {
        assertThat(ask("GET", "/secret").statusCode()).isEqualTo(404);
        HttpResponse<String> posted = ask("POST", "/status");
        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void thePageComesFromTheJarUnderAPolicyThatRunsNothingElse() throws Exception {
        HttpResponse<String> page = ask("GET", "/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'; script-src 'self';").doesNotContain("unsafe", "http");
        assertThat(page.body()).doesNotContain("<style", "style=", "onclick", "//");
        Set<String> files = Pattern.compile("(?:src|href)=\"(/[a-z.]*)\"").matcher(page.body()).results()
                .map(found -> found.group(1)).collect(Collectors.toSet());
        assertThat(files).contains("/page.css", "/page.js", "/icon.svg");
        for (String file : files) {
            assertThat(ask("GET", file).statusCode()).as(file).isEqualTo(200);
        }
        assertThat(ask("GET", "/page.html").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/../AdminServer.class").statusCode()).isEqualTo(404);
    }

    @Test
    void followersHearOfAChangeAndOfNothingElse() throws Exception {
        try (Follower follower = new Follower()) {
            JsonNode first = follower.next();
            assertThat(first.path("connections").path("current").asInt()).isZero();
            connections.set(7);
            assertThat(follower.next().path("connections").path("current").asInt()).isEqualTo(7);
            assertThat(follower.type).hasValue("text/event-stream; charset=utf-8");
        }
    }

    @Test
    void soManyMayFollowAndNoMoreAndAPlaceIsFreeAgain() throws Exception {
        List<Follower> followers = new ArrayList<>();
        try {
            for (int i = 0; i < StatusFeed.MOST_CLIENTS; i++) {
                followers.add(new Follower());
                followers.getLast().next();
            }
            HttpResponse<String> full = ask("GET", "/events");
            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.headers().firstValue("Retry-After")).isPresent();
            assertThat(ask("GET", "/status").statusCode()).isEqualTo(200);
        } finally {
            followers.forEach(Follower::close);
        }
        // A client that left is noticed at the next event.
        await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            connections.incrementAndGet();
            try (Follower another = new Follower()) {
                assertThat(another.code).isEqualTo(200);
            }
        });
    }

    @Test
    void closingEndsTheStreams() throws Exception {
        try (Follower follower = new Follower()) {
            follower.next();
            server.close();
            assertThat(follower.end()).isTrue();
        }
    }

    @Test
    void aStatusThatCannotBeComputedIsAnAnswer() throws Exception {
        broken.set(true);
        assertThat(ask("GET", "/status").statusCode()).isEqualTo(500);
        assertThat(ask("GET", "/events").statusCode()).isEqualTo(500);
        assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void aPortThatIsTakenIsOneSentenceWithTheRemedy() {
        HostPort taken = new HostPort("127.0.0.1", server.address().getPort());
        assertThatThrownBy(() -> AdminServer.start(taken, new AdminViews(this::status, () -> "", List::of, List::of)))
                .isInstanceOf(IOException.class).hasMessageContaining("--admin-address " + taken)
                .hasMessageContaining("give a free port");
    }

    private HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return client.send(HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build(),
                BodyHandlers.ofString());
    }

    /// Reads `/events`.
    private final class Follower implements AutoCloseable {

        final int code;
        final Optional<String> type;
        private final InputStream stream;
        private final BufferedReader lines;

        Follower() throws IOException, InterruptedException {
            URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + "/events");
            HttpResponse<InputStream> answer = client.send(HttpRequest.newBuilder(uri).build(),
                    BodyHandlers.ofInputStream());
            code = answer.statusCode();
            type = answer.headers().firstValue("Content-Type");
            stream = answer.body();
            lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        }

        JsonNode next() throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: {")) {
                    return new ObjectMapper().readTree(line.substring("data: ".length()));
                }
            }
            throw new IOException("the stream has ended");
        }

        boolean end() {
            try {
                while (lines.readLine() != null) {
                    // What was on its way.
                }
            } catch (IOException e) {
                // Cut, which is an end as well.
            }
            return true;
        }

        @Override
        public void close() {
            try {
                stream.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private AgentStatus status() {
        if (broken.get()) {
            throw new IllegalStateException("broken for the test");
        }
        return new AgentStatus("cp1", "0.1.0", "leader", "cp1", 7L, null, null,
                new AgentStatus.Connections(connections.get(), 40), null, null,
                List.of(new AgentStatus.Vip("10.0.0.10", "eth0", true, true, null, null,
                        new AgentStatus.Connections(0, 0))),
                List.of(new AgentStatus.Backend("10.0.0.1:6443", "up", "ready", "ok", "2026-01-01T00:00:00Z", 12, 40,
                        new AgentStatus.Check("ready", 200, 3))),
                List.of(), List.of(), List.of(new AgentStatus.Happening("2026-01-01T00:00:00Z", "took_over",
                        "took over", Map.of("vip", "10.0.0.10"))));
    }
}
