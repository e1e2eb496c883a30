package dev.hacp.agent.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.agent.status.AgentStatus;
import dev.hacp.core.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page in a real browser. `-Dscreenshot=../docs/page.png` keeps pictures of it: there, and as
/// `page-phone.png` beside it, on a phone in the dark.
class PageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final AtomicReference<AgentStatus> status = new AtomicReference<>(ownedBy("cp1", "up"));
    private @Nullable AdminServer server;
    private @Nullable Browser browser;

    @BeforeAll
    static void needsChromium() {
        assumeTrue(Browser.executable().isPresent(), "no chromium on this machine");
    }

    @BeforeEach
    void open() throws Exception {
        serve(0);
        browser = new Browser(folder.resolve("profile"));
        browser.size(1100, 1400);
        browser.prefers("light");
        browser.open("http://127.0.0.1:" + server().address().getPort() + "/");
    }

    @AfterEach
    void end() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void itTellsTheWholePictureAndFollowsIt() throws Exception {
        eventually(() -> assertThat(browser().text("owner")).isEqualTo("cp1 owns 10.0.0.10"));
        assertThat(browser().text("since")).startsWith("for 3 h 12 min");
        assertThat(browser().text("backends")).contains("10.0.0.1:6443", "● up", "200 in 2.31 ms", "○ down",
                "connect refused");
        assertThat(browser().text("members")).contains("● this node, owner", "● reachable", "answers, 0.2 ms, echo",
                "0.24 ms", "180 ms late", "○ silent for 1 min 35 s", "silent", "probes with real-time scheduling");
        assertThat(browser().text("moves")).contains("cp1 took over", "nobody answered for at most 312 ms");
        assertThat(browser().text("timeline")).contains("took over", "reason=the Lease was free");
        eventually(() -> assertThat(browser().ask("document.querySelectorAll('#checks-chart .trace').length").asInt())
                .isEqualTo(2));
        assertThat(browser().ask("document.getElementById('connections-chart').getAttribute('aria-label')").asText())
                .contains("10.0.0.1:6443: 12");
        String kept = System.getProperty("screenshot", "");
        if (!kept.isEmpty()) {
            picture(Path.of(kept));
        }

        status.set(ownedBy("cp2", "drain"));
        eventually(() -> assertThat(browser().text("owner")).isEqualTo("cp2 owns 10.0.0.10"));
        assertThat(browser().text("backends")).contains("◐ drain");
        assertThat(browser().complaints()).isEmpty();
    }

    @Test
    void itComesBackAfterARestartOfTheAgent() throws Exception {
        eventually(() -> assertThat(browser().text("link")).isEqualTo("live"));
        int port = server().address().getPort();
        server().close();
        eventually(() -> assertThat(browser().text("link")).contains("no answer"));
        status.set(ownedBy("cp3", "up"));
        serve(port);
        eventually(() -> {
            assertThat(browser().text("owner")).isEqualTo("cp3 owns 10.0.0.10");
            assertThat(browser().text("link")).isEqualTo("live");
        });
        assertThat(browser().complaints()).allMatch(each -> each.contains("/events"));
    }

    @Test
    void whatIsToldIsTextWhateverItLooksLike() throws Exception {
        String hostile = "<img src=x onerror=\"document.title='broken into'\"><script>alert(1)</script>";
        AgentStatus calm = ownedBy("cp1", "up");
        status.set(new AgentStatus(hostile, hostile, "leader", hostile, 7L, hostile, hostile, calm.connections(), null,
                new AgentStatus.Detector(true, 60),
                List.of(new AgentStatus.Vip(hostile, hostile, false, true, null, hostile,
                        new AgentStatus.Connections(0, 0))),
                List.of(new AgentStatus.Backend(hostile, hostile, hostile, hostile, hostile, 1, 1,
                        new AgentStatus.Check(hostile, 0, 1))),
                List.of(new AgentStatus.Member(hostile, null, new AgentStatus.Machine(hostile, hostile, 1.0), true, 1.0,
                        hostile, 1L, 60, hostile, hostile)),
                List.of(new AgentStatus.Move(hostile, hostile, hostile, 5L)),
                List.of(new AgentStatus.Happening(hostile, hostile, hostile, Map.of(hostile, hostile)))));
        eventually(() -> assertThat(browser().text("owner")).contains(hostile));
        eventually(() -> assertThat(browser().text("legend")).contains(hostile));
        assertThat(browser().text("backends")).contains(hostile);
        assertThat(browser().text("timeline")).contains(hostile);
        assertThat(browser().ask("document.images.length + document.querySelectorAll('body script').length").asInt())
                .isZero();
        assertThat(browser().ask("document.title").asText()).startsWith("✗").doesNotStartWith("broken");
        assertThat(browser().complaints()).isEmpty();
    }

    @Test
    void itIsReadableOnAPhoneAndInTheDarkAndByKeyboard() throws Exception {
        eventually(() -> assertThat(browser().text("owner")).isEqualTo("cp1 owns 10.0.0.10"));
        for (int width : new int[]{320, 360, 768}) {
            browser().size(width, 740);
            eventually(() -> assertThat(browser().ask("innerWidth").asInt()).isEqualTo(width));
            assertThat(browser().ask("document.documentElement.scrollWidth").asInt()).as("width of the content")
                    .isLessThanOrEqualTo(width);
        }
        for (String scheme : List.of("light", "dark")) {
            browser().prefers(scheme);
            boolean dark = scheme.equals("dark");
            eventually(() -> assertThat(browser().ask("matchMedia('(prefers-color-scheme: dark)').matches").asBoolean())
                    .isEqualTo(dark));
            JsonNode weak = browser().ask(CONTRAST);
            assertThat(weak.isEmpty()).as(scheme + ", too little contrast (WCAG AA): " + weak).isTrue();
        }
        browser().press("Tab");
        assertThat(browser().ask("document.activeElement.textContent").asText()).isEqualTo("Skip to the status");
        assertThat(browser().ask("document.querySelectorAll('main, header, footer').length").asInt()).isEqualTo(3);
        assertThat(browser().ask("document.getElementById('owner').getAttribute('aria-live')").asText())
                .isEqualTo("polite");
        assertThat(
                browser().ask("[...document.querySelectorAll('tbody tr')].every(r => r.querySelector('th[scope=row]'))")
                        .asBoolean())
                .isTrue();
        assertThat(browser().complaints()).isEmpty();
    }

    /// Texts whose contrast to the nearest opaque ground is below 4.5.
    private static final String CONTRAST = """
            (() => {
              const parts = text => text.match(/[\\d.]+/g).map(Number);
              const light = rgb => rgb.slice(0, 3).map(v => v / 255)
                .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = node => {
                for (let at = node; at; at = at.parentElement) {
                  const colour = parts(getComputedStyle(at).backgroundColor);
                  if (colour.length === 3 || colour[3] > 0) return colour;
                }
                return [255, 255, 255];
              };
              const weak = [];
              for (const node of document.querySelectorAll('body *')) {
                const own = [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim());
                if (!own || !node.checkVisibility() || node.closest('svg')) continue;
                const [a, b] = [light(parts(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
                if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(node.textContent.trim().slice(0, 40));
              }
              return weak;
            })()""";

    private void picture(Path file) throws IOException {
        // Two more minutes of a busy morning for the charts.
        Instant until = Instant.now().plusSeconds(45);
        await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofSeconds(1)).until(() -> {
            long second = Duration.between(Instant.now(), until).toSeconds();
            status.set(busy((int) (12 + 5 * Math.sin(second / 7.0)), 2.3 + Math.sin(second / 3.0) / 2));
            return second <= 0;
        });
        Files.write(file, whole(1100, "light"));
        Files.write(file.resolveSibling(file.getFileName().toString().replace(".png", "-phone.png")),
                whole(390, "dark"));
    }

    private byte[] whole(int width, String scheme) throws IOException {
        browser().prefers(scheme);
        browser().size(width, 800);
        eventually(() -> assertThat(browser().ask("innerWidth").asInt()).isEqualTo(width));
        browser().size(width, browser().ask("document.documentElement.scrollHeight").asInt());
        return browser().screenshot();
    }

    private void serve(int port) throws IOException {
        HostPort listen = new HostPort("127.0.0.1", port);
        server = AdminServer.start(listen, new AdminViews(status::get, () -> "", List::of, List::of));
    }

    private AdminServer server() {
        return Objects.requireNonNull(server);
    }

    private Browser browser() {
        return Objects.requireNonNull(browser);
    }

    private static void eventually(ThrowingRunnable assertion) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).ignoreExceptions().untilAsserted(assertion);
    }

    private static AgentStatus ownedBy(String leader, String state) {
        return status(leader, state, 12, 2.31);
    }

    private static AgentStatus busy(int connections, double check) {
        return status("cp1", "up", connections, check);
    }

    private static AgentStatus status(String leader, String state, int connections, double check) {
        List<AgentStatus.Backend> backends = new ArrayList<>();
        backends.add(new AgentStatus.Backend("10.0.0.1:6443", state, "ready", "readyz answers ok", ago(11_520),
                connections, 4012, new AgentStatus.Check("ready", 200, Math.round(check * 100) / 100.0)));
        backends.add(new AgentStatus.Backend("10.0.0.2:6443", "up", "ready", "readyz answers ok", ago(11_500), 9, 3986,
                new AgentStatus.Check("ready", 200, Math.round(check * 130) / 100.0)));
        backends.add(new AgentStatus.Backend("10.0.0.3:6443", "down", "ready", "connect refused (3 times)", ago(95), 0,
                1200, null));
        return new AgentStatus("cp1", "0.1.0", leader.equals("cp1") ? "leader" : "follower", leader, 7L, ago(11_525),
                null, new AgentStatus.Connections(connections + 9, 9198), null,
                new AgentStatus.Detector(true, 2),
                List.of(new AgentStatus.Vip("10.0.0.10", "eth0", leader.equals("cp1"), true, ago(11_525), null,
                        new AgentStatus.Connections(connections + 9, 9198))),
                backends,
                List.of(new AgentStatus.Member("cp2", "10.0.0.2:9644",
                        new AgentStatus.Machine("answering", "icmp", 0.2), true, 0.24, leader, 40L, 180, "", ""),
                        new AgentStatus.Member("cp3", "10.0.0.3:9644", new AgentStatus.Machine("silent", "icmp", 0.2),
                                false, null, null, 95_000L, 0, "", "")),
                List.of(new AgentStatus.Move(ago(11_525), "took_over", "the owner cp3 is lost", 312L)),
                List.of(new AgentStatus.Happening(ago(11_526), "leader_changed", "standing for election",
                        Map.of("reason", "the Lease was free", "term", "7")),
                        new AgentStatus.Happening(ago(11_525), "took_over", "this node took over", Map.of("term", "7")),
                        new AgentStatus.Happening(ago(95), "backend_down", "backend down",
                                Map.of("backend", "10.0.0.3:6443", "reason", "connect refused"))));
    }

    private static String ago(int seconds) {
        return Instant.now().minusSeconds(seconds).toString();
    }
}
