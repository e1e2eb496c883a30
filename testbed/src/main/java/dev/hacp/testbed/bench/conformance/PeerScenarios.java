package dev.hacp.testbed.bench.conformance;

import static dev.hacp.testbed.bench.conformance.Direction.CLOSED;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.bench.conformance.Scenario.Setup;
import dev.hacp.testbed.lan.Host;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// Peers of which nothing comes: are they gone, or only silent?
final class PeerScenarios {

    private static final int IDLE = 40;
    /// Between two of them: longer than a round of probes for all.
    private static final Duration PACE = Duration.ofMillis(125);
    private static final Duration GONE = Duration.ofSeconds(16);
    private static final int BULK = 48 << 20;
    private static final String NOTHING_PASSES = """
            table inet cut {
            chain in { type filter hook input priority 0; policy drop; }
            chain out { type filter hook output priority 0; policy drop; }
            }
            """;

    private PeerScenarios() {}

    static List<Scenario> all() {
        return List.of(
                new Scenario("lost-probes", "40 idle connections outlive a network that is away for 1 s, then for 4 s",
                        Setup.PLAIN, PeerScenarios::lostProbes),
                new Scenario("dead-idle", "an idle client whose host is gone is found within 16 s", Setup.PLAIN,
                        routes -> dead(routes, false)),
                new Scenario("dead-data", "the same while bytes wait for the client", Setup.PLAIN,
                        routes -> dead(routes, true)),
                Scenario.of("paused-client", "a client that reads nothing for 14 s (Ctrl-Z) gets everything afterwards",
                        Setup.PLAIN, route -> {
                            Route.Pair pair = route.connect(64 << 10);
                            return paused(pair.server(), pair.client());
                        }),
                Scenario.of("paused-server", "so does a server", Setup.PLAIN, route -> {
                    Route.Pair pair = route.connect(0);
                    return paused(pair.client(), pair.server());
                }),
                Scenario.of("hung-server",
                        "a client that has ended its direction learns within 45 s that nobody answers",
                        Setup.PLAIN, PeerScenarios::hung));
    }

    private static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Await.until("time passes", time.plus(Route.PATIENCE), () -> System.nanoTime() - end > 0);
    }

    private static Map<Route, String> lostProbes(List<Route> routes) {
        Map<Route, List<Route.Pair>> idle = new ConcurrentHashMap<>();
        Map<Route, String> verdicts = Verdicts.each(routes, route -> {
            List<Route.Pair> pairs = new ArrayList<>();
            for (int i = 0; i < IDLE; i++) {
                pairs.add(route.connect(0));
                pass(PACE);
            }
            idle.put(route, pairs);
            return "";
        });
        Host clients = routes.getFirst().clients();
        for (Duration away : List.of(Duration.ofSeconds(1), Duration.ofSeconds(4))) {
            clients.namespace().nft(NOTHING_PASSES);
            pass(away);
            clients.namespace().nft("");
            pass(Duration.ofSeconds(12));
        }
        return Verdicts.then(verdicts, route -> {
            int lost = 0;
            for (Route.Pair pair : idle.getOrDefault(route, List.of())) {
                try {
                    pair.client().getOutputStream().write('!');
                    lost += pair.server().getInputStream().read() == '!' ? 0 : 1;
                } catch (IOException e) {
                    lost++;
                }
            }
            return lost == 0 ? "" : lost + " of " + IDLE + " lost";
        });
    }

    private static Map<Route, String> dead(List<Route> routes, boolean data) {
        Map<Route, Route.Pair> pairs = new ConcurrentHashMap<>();
        Map<Route, String> verdicts = Verdicts.each(routes, route -> {
            pairs.put(route, route.connect(0));
            return "";
        });
        // Older than a moment, as connections of API clients are.
        pass(Duration.ofSeconds(3));
        Host clients = routes.getFirst().clients();
        clients.namespace().nft(NOTHING_PASSES);
        try {
            return Verdicts.then(verdicts, route -> {
                Route.Pair pair = pairs.get(route);
                if (pair == null) {
                    return "no connection";
                }
                if (data) {
                    pair.server().getOutputStream().write('!');
                }
                pair.server().setSoTimeout((int) GONE.toMillis());
                try {
                    return pair.server().getInputStream().read() < 0 ? "" : "a byte came";
                } catch (SocketTimeoutException e) {
                    return "not found";
                } catch (IOException e) {
                    return "";
                }
            });
        } finally {
            clients.namespace().nft("");
        }
    }

    private static String paused(Socket from, Socket to) throws Exception {
        CompletableFuture<String> sending = Direction.send(from, BULK, true);
        pass(Duration.ofSeconds(14));
        return Direction.drain(to).unless(BULK, CLOSED) + sending.get();
    }

    private static String hung(Route route) throws Exception {
        Socket client = route.dial(0);
        client.getOutputStream().write('?');
        client.shutdownOutput();
        client.setSoTimeout(45_000);
        try {
            int c = client.getInputStream().read();
            return c < 0 ? "" : "a byte came";
        } catch (SocketTimeoutException e) {
            return "left waiting";
        } catch (IOException e) {
            return "";
        }
    }
}
