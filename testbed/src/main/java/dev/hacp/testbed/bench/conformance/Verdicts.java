package dev.hacp.testbed.bench.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Runs the same on several routes at once.
final class Verdicts {

    private Verdicts() {}

    static Map<Route, String> each(List<Route> routes, Scenario.Single single) {
        Map<Route, CompletableFuture<String>> running = new LinkedHashMap<>();
        for (Route route : routes) {
            running.put(route, CompletableFuture.supplyAsync(() -> verdict(route, single),
                    task -> Thread.ofPlatform().daemon().name("conformance-" + route.proxy()).start(task)));
        }
        Map<Route, String> verdicts = new LinkedHashMap<>();
        running.forEach((route, verdict) -> {
            try {
                verdicts.put(route, verdict.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                verdicts.put(route, "interrupted");
            } catch (ExecutionException e) {
                verdicts.put(route, String.valueOf(e.getCause()));
            }
        });
        return verdicts;
    }

    /// What the first round found wrong stays; the others go on.
    static Map<Route, String> then(Map<Route, String> before, Scenario.Single single) {
        Map<Route, String> verdicts = new LinkedHashMap<>(before);
        List<Route> good = before.entrySet().stream().filter(e -> e.getValue().isEmpty()).map(Map.Entry::getKey)
                .toList();
        verdicts.putAll(each(good, single));
        return verdicts;
    }

    private static String verdict(Route route, Scenario.Single single) {
        try {
            return single.run(route);
        } catch (Exception | AssertionError e) {
            String message = e.getMessage();
            return message == null ? e.toString() : message.lines().findFirst().orElse("");
        }
    }
}
