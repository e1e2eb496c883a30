package dev.hacp.agent.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hacp.testbed.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// One tab of a headless Chromium, driven through its DevTools protocol.
final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ANNOUNCED = "DevTools listening on ";
    private static final int SECONDS = 30;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final WebSocket socket;
    private String session = "";

    /// @param profile a new folder, for this browser only
    Browser(Path profile) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(executable().orElseThrow().toString(), "--headless", "--no-sandbox",
                "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
                "--hide-scrollbars", "--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank");
        builder.environment().put("TZ", "UTC");
        // Where it leaves folders of its own when it is killed.
        builder.environment().put("TMPDIR", Files.createDirectories(profile).toString());
        process = builder.redirectErrorStream(true).start();
        CompletableFuture<String> url = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> read(url));
        try {
            socket = client.newWebSocketBuilder().buildAsync(URI.create(within(url)), new Messages())
                    .orTimeout(SECONDS, TimeUnit.SECONDS).join();
            String target = call("Target.createTarget", Map.of("url", "about:blank")).path("targetId").asText();
            session = call("Target.attachToTarget", Map.of("targetId", target, "flatten", true)).path("sessionId")
                    .asText();
            for (String domain : List.of("Page", "Runtime", "Log")) {
                call(domain + ".enable", Map.of());
            }
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    static Optional<Path> executable() {
        return Shell.find("chromium").or(() -> Shell.find("chromium-browser")).or(() -> Shell.find("google-chrome"));
    }

    void open(String url) {
        call("Page.navigate", Map.of("url", url));
    }

    void size(int width, int height) {
        call("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    /// @param scheme `light` or `dark`
    void prefers(String scheme) {
        call("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /// What the expression is in the page.
    JsonNode ask(String expression) {
        JsonNode answer = call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + answer.path("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /// The text of the element, as a person sees it.
    String text(String id) {
        return ask("document.getElementById('" + id + "')?.innerText ?? ''").asText();
    }

    void press(String key) {
        for (String type : List.of("keyDown", "keyUp")) {
            call("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode",
                    key.equals("Tab") ? 9 : 13));
        }
    }

    byte[] screenshot() {
        return Base64.getDecoder().decode(
                call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true)).path("data")
                        .asText());
    }

    /// Errors and warnings that the browser had to tell about the page.
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    private JsonNode call(String method, Map<String, ?> parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(message.toString(), true).orTimeout(SECONDS, TimeUnit.SECONDS).join();
        return answer.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    private void read(CompletableFuture<String> url) {
        StringBuilder said = new StringBuilder();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(ANNOUNCED)) {
                    url.complete(line.substring(ANNOUNCED.length()).strip());
                }
                said.append(line).append('\n');
            }
        } catch (IOException e) {
            said.append(e);
        }
        url.completeExceptionally(new IllegalStateException("chromium has ended: " + said));
    }

    private static String within(CompletableFuture<String> url) {
        return url.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
        List<ProcessHandle> all = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private final class Messages implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    received(JSON.readTree(text.toString()));
                } catch (IOException e) {
                    complaints.add("not JSON: " + text);
                }
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void received(JsonNode message) {
            CompletableFuture<JsonNode> answer = asked.remove(message.path("id").asInt());
            if (answer != null && message.has("error")) {
                answer.completeExceptionally(new IllegalStateException(message.path("error").toString()));
            } else if (answer != null) {
                answer.complete(message.path("result"));
            }
            JsonNode parameters = message.path("params");
            switch (message.path("method").asText()) {
                case "Runtime.exceptionThrown" -> complaints.add(parameters.path("exceptionDetails").toString());
                case "Runtime.consoleAPICalled" -> complaints.add(parameters.toString());
                case "Log.entryAdded" -> complaints.add(parameters.path("entry").toString());
                default -> {
                }
            }
        }
    }
}
