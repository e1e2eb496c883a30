package dev.hacp.leader.election;

import dev.hacp.core.NodeName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/// Members, their connections and the Lease in virtual time. One seed is one history, the same each time.
final class SimulatedWorld {

    static final long MILLI = 1_000_000L;
    /// Some ten times what the longest history takes.
    private static final long MOST_STEPS = 2_000_000;

    /// What the checker found wrong, with the last lines of the story.
    static final class Violation extends AssertionError {

        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    static final ElectorConfig CONFIG = new ElectorConfig(Duration.ofSeconds(4), Duration.ofMillis(2600),
            Duration.ofMillis(500), Duration.ofMillis(50), Duration.ofMillis(400), 0, false);

    final SplittableGenerator random;
    final SimulatedApi api;
    final SimulatedNetwork network;
    final Overlaps overlaps;
    private final int size;
    private final String history;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final Deque<Object[]> story = new ArrayDeque<>();
    private long now;
    private long order;
    private long unique = 1;
    boolean dutiesFail;
    long steps;
    /// Looks at the world after each event.
    Runnable watcher = () -> {};

    /// @param configs one for each node
    /// @param rates   of each node's ticker; null for good clocks
    SimulatedWorld(long seed, List<ElectorConfig> configs, double @Nullable [] rates) {
        this("seed " + seed, new SplittableRandom(seed), configs, rates);
    }

    /// @param history what makes it the same each time
    /// @param random  whatever is left to chance, or a search that takes its place
    SimulatedWorld(String history, SplittableGenerator random, List<ElectorConfig> configs, double @Nullable [] rates) {
        this.history = history;
        this.size = configs.size();
        this.overlaps = new Overlaps(this);
        this.random = random;
        this.api = new SimulatedApi(this, configs.size(), random.split());
        this.network = new SimulatedNetwork(this, configs.size(), random.split());
        for (int i = 0; i < configs.size(); i++) {
            double rate = rates == null ? 1 + random.nextDouble(-0.0005, 0.0005) : rates[i];
            nodes.add(new SimulatedNode(this, i, configs.get(i), rate, random.split()));
        }
        for (SimulatedNode node : nodes) {
            after(random.nextLong(300 * MILLI), node::boot);
        }
    }

    static List<ElectorConfig> sized(int nodes) {
        ElectorConfig[] configs = new ElectorConfig[nodes];
        Arrays.fill(configs, CONFIG);
        return List.of(configs);
    }

    int size() {
        return size;
    }

    long now() {
        return now;
    }

    long unique() {
        return unique++;
    }

    int leaseSeconds() {
        return (int) CONFIG.leaseDuration().toSeconds();
    }

    List<SimulatedNode> nodes() {
        return nodes;
    }

    List<NodeName> names() {
        return nodes.stream().map(node -> node.name).toList();
    }

    SimulatedNode node(NodeName name) {
        return nodes.get(name.value().charAt(name.value().length() - 1) - 'a');
    }

    long dutyDelay() {
        return MILLI / 10 * random.nextLong(2, 60);
    }

    boolean dutyFails() {
        return dutiesFail && random.nextInt(50) == 0;
    }

    void after(long delay, Runnable action) {
        events.add(new Event(now + delay, order++, action));
    }

    void runFor(long nanos) {
        long end = now + nanos;
        Event next = events.peek();
        while (next != null && next.at <= end) {
            events.poll();
            now = next.at;
            if (++steps > MOST_STEPS) {
                throw violation("the history does not come to an end");
            }
            next.action.run();
            next = events.peek();
        }
        now = end;
    }

    /// Runs until it holds; fails when it does not in time.
    void runUntil(java.util.function.BooleanSupplier condition, long nanos, String what) {
        long end = now + nanos;
        while (!condition.getAsBoolean()) {
            if (now >= end) {
                throw violation(what + " within " + nanos / MILLI + " ms");
            }
            runFor(20 * MILLI);
        }
    }

    // ---- what must always hold

    void check() {
        overlaps.look();
        watcher.run();
        SimulatedNode backed = null;
        for (SimulatedNode node : nodes) {
            if (node.believesBacked()) {
                if (backed != null) {
                    throw violation(
                            "two members believe they own with a majority: " + backed.name + " and " + node.name);
                }
                backed = node;
            }
        }
    }

    /// Exactly one address, at the Lease's holder, and everybody knows it.
    boolean isSettled() {
        LeaseRecord lease = api.stored();
        if (lease == null || lease.isReleased() || !isNode(lease.holder())
                || (api.members != null && api.members.size() != nodes.size())) {
            return false;
        }
        NodeName holder = new NodeName(lease.holder());
        for (SimulatedNode node : nodes) {
            Election election = node.election();
            boolean owner = node.name.equals(holder);
            if (election == null || election.evidence().roster().size() != nodes.size() || node.isPaused()
                    || node.address != owner || node.isOwner() != owner
                    || !election.leader().equals(java.util.Optional.of(holder))) {
                return false;
            }
        }
        OwnershipTerm ownershipTerm = node(holder).election().ownershipTerm();
        return ownershipTerm != null && ownershipTerm.isLeased()
                && (nodes.size() < 3 || ownershipTerm.isBacked(node(holder).local(now)));
    }

    SimulatedNode owner() {
        LeaseRecord lease = api.stored();
        if (lease == null || lease.isReleased() || !isNode(lease.holder())) {
            throw violation("nobody holds the Lease");
        }
        return node(new NodeName(lease.holder()));
    }

    /// The Lease's term; 0 when there is no Lease.
    long storedTerm() {
        LeaseRecord lease = api.stored();
        return lease == null ? 0 : lease.transitions();
    }

    private boolean isNode(String name) {
        return nodes.stream().anyMatch(node -> node.name.value().equals(name));
    }

    /// Whether the Lease names one of the nodes.
    boolean hasHolder() {
        LeaseRecord lease = api.stored();
        return lease != null && isNode(lease.holder());
    }

    void tell(@Nullable SimulatedNode node, String what, Object... details) {
        if (story.size() == 400) {
            story.removeFirst();
        }
        story.addLast(new Object[]{now / 1000, node == null ? "world" : node.name, what, details});
    }

    Violation violation(String what) {
        StringBuilder text = new StringBuilder(history).append(": ").append(what).append(" at ")
                .append(now / 1e6).append(" ms; Lease ").append(api.stored());
        for (SimulatedNode node : nodes) {
            Election e = node.election();
            text.append("\n  ").append(node.name).append(' ').append(e == null ? "down" : e.role())
                    .append(node.isPaused() ? " paused" : "").append(node.address ? " ADDRESS" : "")
                    .append(e == null
                            ? ""
                            : " leader=" + e.leader() + " attests=" + e.evidence().attests() + " suspects="
                                    + e.evidence().suspects() + " kernels=" + Arrays.toString(node.kernels) + " api="
                                    + e.apiIsWell() + " stands=" + e.ownStanding());
        }
        for (Object[] line : story) {
            text.append('\n').append((long) line[0] / 1000.0).append(" ms ").append(line[1]).append(' ').append(line[2])
                    .append(' ').append(Arrays.deepToString((Object[]) line[3]));
        }
        return new Violation(text.toString());
    }
}
