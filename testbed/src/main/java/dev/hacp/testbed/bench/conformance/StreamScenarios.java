package dev.hacp.testbed.bench.conformance;

import static dev.hacp.testbed.bench.conformance.Direction.CLOSED;
import static dev.hacp.testbed.bench.conformance.Direction.RESET;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.bench.conformance.Scenario.Setup;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What passes along one connection.
final class StreamScenarios {

    private static final int SMALL = 300_000;
    private static final int LARGE = 24 << 20;

    private StreamScenarios() {}

    static List<Scenario> all() {
        return List.of(
                Scenario.of("half-close-client", "the client ends its direction; the answer of 1 MB comes whole",
                        Setup.PLAIN, StreamScenarios::halfCloseByClient),
                Scenario.of("half-close-server",
                        "the server ends its direction; what the client sends after it arrives",
                        Setup.PLAIN, StreamScenarios::halfCloseByServer),
                Scenario.of("reset-client", "a reset by the client reaches the server as a reset", Setup.PLAIN,
                        route -> {
                            Route.Pair pair = route.connect(0);
                            Direction.reset(pair.client());
                            return Direction.drain(pair.server()).unless(0, RESET);
                        }),
                Scenario.of("reset-server", "a reset by the server reaches the client as a reset", Setup.PLAIN,
                        route -> {
                            Route.Pair pair = route.connect(0);
                            Direction.reset(pair.server());
                            return Direction.drain(pair.client()).unless(0, RESET);
                        }),
                Scenario.of("urgent-data", "what comes behind urgent data is not held up", Setup.PLAIN,
                        StreamScenarios::urgent),
                Scenario.of("slow-reader", "24 MB and the end, for a client that begins to read two seconds late",
                        Setup.PLAIN, StreamScenarios::slowReader),
                Scenario.of("server-first", "a greeting is there within 50 ms (the median of 11)", Setup.PLAIN,
                        StreamScenarios::serverFirst));
    }

    private static String halfCloseByClient(Route route) throws Exception {
        Route.Pair pair = route.connect(0);
        CompletableFuture<String> up = Direction.send(pair.client(), SMALL, true);
        String wrong = Direction.drain(pair.server()).unless(SMALL, CLOSED);
        CompletableFuture<String> down = Direction.send(pair.server(), 1 << 20, true);
        return wrong + up.get() + Direction.drain(pair.client()).unless(1 << 20, CLOSED) + down.get();
    }

    private static String halfCloseByServer(Route route) throws Exception {
        Route.Pair pair = route.connect(0);
        pair.server().shutdownOutput();
        String wrong = Direction.drain(pair.client()).unless(0, CLOSED);
        CompletableFuture<String> up = Direction.send(pair.client(), SMALL, true);
        return wrong + Direction.drain(pair.server()).unless(SMALL, CLOSED) + up.get();
    }

    private static String urgent(Route route) throws Exception {
        for (int i = 0; i < 20; i++) {
            Route.Pair pair = route.connect(0);
            pair.server().setSoTimeout(2_000);
            pair.client().setTcpNoDelay(false);
            // Nagle keeps all but the first together until that is acknowledged.
            pair.client().getOutputStream().write('a');
            pair.client().getOutputStream().write("bc".getBytes(US_ASCII));
            pair.client().sendUrgentData('U');
            pair.client().getOutputStream().write("def".getBytes(US_ASCII));
            StringBuilder got = new StringBuilder();
            while (got.indexOf("def") < 0) {
                int c = pair.server().getInputStream().read();
                if (c < 0) {
                    return "ended after '" + got + "'";
                }
                got.append((char) c);
            }
            if (!got.toString().matches("abcU?def")) {
                return "'" + got + "'";
            }
        }
        return "";
    }

    private static String slowReader(Route route) throws Exception {
        Route.Pair pair = route.connect(64 << 10);
        CompletableFuture<String> down = Direction.send(pair.server(), LARGE, true);
        long start = System.nanoTime();
        Await.until("two seconds are over", Route.PATIENCE, () -> System.nanoTime() - start > 2_000_000_000L);
        return Direction.drain(pair.client()).unless(LARGE, CLOSED) + down.get();
    }

    private static String serverFirst(Route route) throws Exception {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            long start = System.nanoTime();
            Socket client = route.dial(0);
            Socket server = route.accept(Route.PATIENCE);
            server.getOutputStream().write('!');
            if (client.getInputStream().read() != '!') {
                return "no greeting";
            }
            millis.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
        }
        Collections.sort(millis);
        long median = millis.get(millis.size() / 2);
        return median < 50 ? "" : median + " ms";
    }
}
