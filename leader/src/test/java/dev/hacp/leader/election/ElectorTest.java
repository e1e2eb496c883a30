package dev.hacp.leader.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hacp.core.Fitness;
import dev.hacp.core.Journal;
import dev.hacp.core.LeaderDuty;
import dev.hacp.core.Leadership;
import dev.hacp.core.NodeName;
import dev.hacp.core.StandDown;
import dev.hacp.core.Suspension;
import dev.hacp.core.Ticker;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Heartbeat.Claim;
import dev.hacp.leader.members.Heartbeat.Pace;
import dev.hacp.leader.members.Heartbeat.Stamp;
import dev.hacp.leader.members.Heartbeat.Standing;
import dev.hacp.leader.members.Heartbeat.View;
import dev.hacp.leader.members.MemberChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The elector's thread with a Lease and a channel in memory, in real time.
class ElectorTest {

    private static final ElectorConfig CONFIG = new ElectorConfig(Duration.ofSeconds(5), Duration.ofSeconds(3),
            Duration.ofMillis(300), Duration.ofMillis(100), Duration.ofMillis(1000), 0, false);

    private final MemoryLease lease = new MemoryLease();
    private final Hub hub = new Hub();
    private final List<Node> nodes = new ArrayList<>();

    /// Delivers heartbeats between the members of this process.
    private static final class Hub {
        private final Map<NodeName, MemberChannel.Listener> listeners = new ConcurrentHashMap<>();

        MemberChannel of(NodeName name, List<NodeName> members) {
            return new MemberChannel() {
                @Override
                public void start(Listener listener) {
                    listeners.put(name, listener);
                    listener.members(java.util.Set.copyOf(members));
                }

                @Override
                public void send(NodeName peer, Heartbeat heartbeat) {
                    Listener listener = listeners.get(peer);
                    if (listener != null && listeners.containsKey(name)) {
                        listener.heartbeat(name, heartbeat, System.nanoTime());
                    }
                }

                @Override
                public void leave() {
                    listeners.remove(name);
                }

                @Override
                public void close() {
                    leave();
                }
            };
        }

        void cut(NodeName name) {
            listeners.remove(name);
        }

        /// A follower says something to that member.
        void say(NodeName from, NodeName to, long itsClock) {
            View view = new View(Optional.empty(), Optional.empty(), -1, true, 1, 0);
            listeners.get(to).heartbeat(from, new Heartbeat(new Stamp(7, itsClock, 0, 0), Claim.FOLLOWER, view,
                    new Standing(0, false, true, ""), Optional.empty(), new Pace(150, 400, 0, 2, itsClock)),
                    System.nanoTime());
        }
    }

    private final class Node implements LeaderDuty {
        private final NodeName name;
        private final Elector elector;
        private volatile boolean address;
        private volatile @Nullable StandDown last;

        Node(String text, Optional<MemberChannel> channel) {
            this(text, channel, Suspension.system());
        }

        Node(String text, Optional<MemberChannel> channel, Suspension suspension) {
            name = new NodeName(text);
            elector = new Elector(CONFIG, name, lease, channel, this, () -> Fitness.FIT, Ticker.system(),
                    new Journal(), suspension);
            nodes.add(this);
            elector.start();
        }

        @Override
        public CompletionStage<Void> takeOver(Leadership.Leader leadership) {
            address = true;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> standDown(StandDown reason) {
            LeaseRecord record = lease.stored();
            assertThat(record == null || !record.isReleased() || !address).as("released before removed").isTrue();
            address = false;
            last = reason;
            return CompletableFuture.completedFuture(null);
        }
    }

    @AfterEach
    void stopAll() throws Exception {
        lease.goOn();
        for (Node node : nodes) {
            node.elector.stop().get(10, TimeUnit.SECONDS);
        }
    }

    private List<Node> three() {
        List<NodeName> names = List.of(new NodeName("a"), new NodeName("b"), new NodeName("c"));
        for (NodeName name : names) {
            new Node(name.value(), Optional.of(hub.of(name, names)));
        }
        return nodes;
    }

    private Node owner() {
        await().atMost(Duration.ofSeconds(20)).until(() -> nodes.stream().filter(node -> node.address).count() == 1);
        return nodes.stream().filter(node -> node.address).findFirst().orElseThrow();
    }

    @Test
    void aSingleMemberOwnsRenewsAndReleasesWhenStopped() throws Exception {
        Node node = new Node("a", Optional.empty());
        assertThat(owner()).isEqualTo(node);
        await().atMost(Duration.ofSeconds(10)).until(() -> node.elector.counters().renewals() >= 2);
        assertThat(node.elector.status().leader()).contains(node.name);
        assertThat(node.elector.leadership()).isInstanceOf(Leadership.Leader.class);
        node.elector.stop().get(10, TimeUnit.SECONDS);
        assertThat(node.address).isFalse();
        assertThat(node.last).isEqualTo(StandDown.SHUTDOWN);
        assertThat(lease.stored().isReleased()).isTrue();
    }

    @Test
    void aCallThatHangsForeverDoesNotDelayTheStandDown() {
        Node node = new Node("a", Optional.empty());
        owner();
        lease.hang();
        await().atMost(Duration.ofSeconds(15)).until(() -> !node.address);
        assertThat(node.last).isEqualTo(StandDown.RENEW_DEADLINE);
        assertThat(node.elector.leadership()).isInstanceOf(Leadership.Follower.class);
        lease.goOn();
        assertThat(owner()).isEqualTo(node);
    }

    @Test
    void theVipIsHandedOverToTheNamedMember() throws Exception {
        three();
        Node before = owner();
        await().atMost(Duration.ofSeconds(20)).until(() -> before.elector.status().backed()
                && before.elector.status().others().stream().allMatch(member -> member.heard() && member.fit()));
        NodeName to = nodes.stream().filter(node -> node != before).findFirst().orElseThrow().name;
        NodeName after = before.elector.handover(Optional.of(to)).toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertThat(after).isEqualTo(to);
        await().atMost(Duration.ofSeconds(20)).until(() -> owner().name.equals(to));
        await().atMost(Duration.ofSeconds(20)).until(() -> lease.stored().holder().equals(to.value()));
    }

    @Test
    void aHandoverToAStrangerIsRefusedWithASentence() {
        three();
        Node node = owner();
        assertThatThrownBy(() -> node.elector.handover(Optional.of(new NodeName("z"))).toCompletableFuture()
                .get(20, TimeUnit.SECONDS)).hasMessageContaining("z is not a member (members: [a, b, c])");
    }

    @Test
    void aSilencedOwnerIsReplacedBeforeItsLeaseExpires() {
        three();
        Node before = owner();
        await().atMost(Duration.ofSeconds(20)).until(() -> before.elector.status().backed());
        long transitions = lease.stored().transitions();
        hub.cut(before.name);
        await().atMost(Duration.ofSeconds(20)).until(() -> lease.stored().transitions() > transitions);
        await().atMost(Duration.ofSeconds(20)).until(() -> !before.address);
        assertThat(owner()).isNotEqualTo(before);
    }

    /// The Lease of another member, seen a moment ago, lasts 5 s: after a suspension of 3 s it is still valid.
    @Test
    void timeInWhichTheMachineWasSuspendedCountsOnceAlsoWhenAHeartbeatShowsIt() throws Exception {
        NodeName a = new NodeName("a");
        NodeName b = new NodeName("b");
        AtomicLong suspended = new AtomicLong();
        lease.create(new LeaseRecord("b", 5, Instant.EPOCH, Instant.EPOCH, 1, "", Map.of()));
        Node node = new Node("a", Optional.of(hub.of(a, List.of(a, b))), suspended::get);
        await().atMost(Duration.ofSeconds(20)).until(() -> node.elector.status().renewedAgo().isPresent());
        hub.say(b, a, System.nanoTime());
        await().atMost(Duration.ofSeconds(20)).until(() -> node.elector.counters().heartbeatsReceived() == 1);
        long asleep = Duration.ofSeconds(3).toNanos();
        suspended.set(asleep);
        hub.say(b, a, System.nanoTime() + asleep);
        await().atMost(Duration.ofSeconds(20)).until(() -> node.elector.counters().heartbeatsReceived() == 2);
        assertThat(node.elector.status().renewedAgo().orElseThrow()).isBetween(Duration.ofSeconds(3),
                Duration.ofSeconds(5));
    }
}
