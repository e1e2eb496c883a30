package dev.hacp.testbed.image;

import dev.hacp.testbed.Await;
import dev.hacp.testbed.agent.Dialer;
import dev.hacp.testbed.agent.HacpProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Makes an AOT cache by the main job: an agent waits for its API server, owns the VIP, serves clients, answers on its admin
/// address and is stopped. What it loaded and linked on the way is in the cache.
public final class AotTraining {

    // Writing the cache takes a few seconds after the agent's own end.
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CLIENTS = 20;

    private AotTraining() {}

    /// Arguments: Java, jar and cache, then the JVM's options with which the cache will be used.
    public static void main(String[] args) throws Exception {
        Path cache = Path.of(args[2]).toAbsolutePath();
        List<String> command = new ArrayList<>(List.of(args[0]));
        command.addAll(List.of(args).subList(3, args.length));
        command.addAll(List.of("-XX:AOTCacheOutput=" + cache, "-jar", args[1]));
        Path folder = Path.of(cache + ".training");
        try (LoneNode node = LoneNode.create(folder)) {
            command.addAll(node.run());
            train(node, node.agent("agent.log", command));
        }
        if (!Files.isRegularFile(cache)) {
            throw new IllegalStateException("no AOT cache was written: see " + folder.resolve("agent.log"));
        }
    }

    private static void train(LoneNode node, HacpProcess agent) throws Exception {
        try (agent) {
            agent.start();
            Dialer dialer = node.dialer();
            Await.until("a client is served", PATIENCE, () -> !agent.isAlive() || dialer.isServed(),
                    () -> agent.logTail(30));
            if (!agent.isAlive()) {
                throw new IllegalStateException("the agent has ended: " + agent.logTail(30));
            }
            dialer.spread(CLIENTS);
            for (String page : List.of("/healthz", "/readyz", "/metrics", "/status")) {
                agent.page(page);
            }
            // The JVM writes the cache when it has been told to stop, and only then ends.
            agent.terminate(PATIENCE);
        }
    }
}
