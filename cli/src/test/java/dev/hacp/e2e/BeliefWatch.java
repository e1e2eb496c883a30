package dev.hacp.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hacp.testbed.agent.HacpProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Asks every agent several times a second whether it owns the VIP with a majority behind it, and notes when two did so at
/// the same moment: one said so before and after the other did.
final class BeliefWatch implements AutoCloseable {

    private static final long PAUSE_MILLIS = 50;

    /// One answer; it was made between the two instants.
    private record Belief(String node, long term, long from, long to) {}

    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, Belief> last = new HashMap<>();
    private final List<Belief> recent = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private int answers;
    private int backed;

    private BeliefWatch() {}

    static BeliefWatch start(List<HacpProcess> agents) {
        BeliefWatch watch = new BeliefWatch();
        for (HacpProcess agent : agents) {
            watch.threads.add(Thread.ofPlatform().name("belief-" + agent.host().name()).daemon()
                    .start(() -> watch.follow(agent)));
        }
        return watch;
    }

    private void follow(HacpProcess agent) {
        try {
            do {
                long from = System.nanoTime();
                JsonNode status = agent.status();
                take(agent.host().name(), status, from, System.nanoTime());
            } while (!closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void take(String node, JsonNode status, long from, long to) {
        answers += status.isMissingNode() ? 0 : 1;
        if (!status.path("lease").path("majority").asBoolean()) {
            last.remove(node);
            return;
        }
        backed++;
        Belief now = new Belief(node, status.path("term").asLong(), from, to);
        Belief before = last.put(node, now);
        if (before != null && before.term == now.term) {
            recent.stream().filter(other -> !other.node.equals(node) && other.from - before.to > 0
                    && now.from - other.to > 0)
                    .forEach(other -> violations.add(node + " by term " + now.term + " and " + other.node + " by term "
                            + other.term + " both owned with a majority"));
        }
        recent.add(now);
        recent.removeIf(old -> to - old.to > TimeUnit.SECONDS.toNanos(30));
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /// How often an agent answered at all.
    synchronized int answers() {
        return answers;
    }

    /// How often an agent said that it owned with a majority.
    synchronized int backed() {
        return backed;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
