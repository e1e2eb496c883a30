package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.Journal;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Host;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.RtNetlink;
import dev.hacp.vip.wire.PcapWire;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Two machines that speak as the VIP: strangers, members that have not let go, and an ordinary move.
class ConflictIT extends OnALan {

    @Test
    void aStrangerThatAnswersForTheVipIsNamedAndTheVipIsNotTaken() throws Exception {
        for (VirtualIp vip : List.of(VIP4, VIP6)) {
            b.run("ip", "addr", "add", vip + "/" + vip.prefixLength(), "dev", "eth0");
            try (Node node = new Node(a, FENCE, vip).awaitFit()) {
                assertThatThrownBy(node::lead).isInstanceOf(VipConflictException.class)
                        .hasMessageContaining(b.mac().toString()).hasMessageContaining(vip.toString());
                assertThat(a.holds(vip.address())).isFalse();
                assertThat(node.keeper.fitness().fit()).isFalse();
                assertThat(node.keeper.status().vips().getFirst().conflict()).contains(b.mac());
                assertThat(node.keeper.counters().conflicts()).isPositive();
            }
        }
    }

    @Test
    void aMemberWhoseKernelStillAnswersIsNoStranger() throws Exception {
        b.run("ip", "addr", "add", "10.77.0.100/32", "dev", "eth0");
        assertThat(lan.reaches(a, b.ipv4())).isTrue();
        // A fence that outlasts the start on a slow machine: until it is over anybody may have had the VIP before.
        try (Node node = new Node(a, Duration.ofSeconds(20), VIP4).awaitFit()) {
            node.members = Map.of(b.ipv4(), "b");
            node.lead();
            assertThat(a.holds(VIP4.address())).isTrue();
        }
    }

    @Test
    void aMemberThatNeverOwnedTheVipAndHasItIsNamedAndTheVipIsNotTaken() throws Exception {
        b.run("ip", "addr", "add", "10.77.0.100/24", "dev", "eth0");
        assertThat(lan.reaches(a, b.ipv4())).isTrue();
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.members = Map.of(b.ipv4(), "b");
            long start = System.nanoTime();
            Await.until("anyone who had it before would have let go", Duration.ofSeconds(20),
                    () -> System.nanoTime() - start > ConflictWatch.grace(FENCE).toNanos());
            assertThatThrownBy(node::lead).isInstanceOf(VipConflictException.class)
                    .hasMessageContaining("the member b (" + b.mac() + ")");
            assertThat(a.holds(VIP4.address())).isFalse();
            assertThat(node.keeper.fitness().reason()).contains("the member b");
            b.run("ip", "addr", "del", "10.77.0.100/24", "dev", "eth0");
            Await.until("it is forgotten when nobody answers any longer", Duration.ofSeconds(30),
                    () -> node.keeper.fitness().fit(), () -> node.keeper.fitness().reason());
            node.lead();
            assertThat(a.holds(VIP4.address())).isTrue();
        }
    }

    @Test
    void afterAConflictClientsThatLearnedTheOtherMachineAreWonBack() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            b.run("ip", "addr", "add", "10.77.0.100/24", "dev", "eth0");
            Await.until("the stranger is told", Duration.ofSeconds(60), () -> node.journal.entries().stream()
                    .anyMatch(e -> e.kind() == Journal.Kind.CONFLICT));
            b.run("ip", "addr", "del", "10.77.0.100/24", "dev", "eth0");
            client.run("ip", "neigh", "replace", "10.77.0.100", "lladdr", b.mac().toString(), "dev", "eth0", "nud",
                    "reachable");
            Await.until("its end is told", Duration.ofSeconds(20), () -> node.journal.entries().stream()
                    .anyMatch(e -> e.kind() == Journal.Kind.CONFLICT_ENDED));
            long announced = node.keeper.counters().announcements();
            Await.until("announced as after a takeover: more than the one of each ten seconds", SOON,
                    () -> node.keeper.counters().announcements() - announced >= 4);
            Await.until("the client's cache is ours", SOON, () -> clientSees(a));
        }
    }

    @Test
    void aMemberThatHasTheVipForEverIsAConflictByNameAfterItsFenceAndItsEndIsTold() throws Exception {
        b.run("ip", "addr", "add", "10.77.0.100/24", "dev", "eth0");
        assertThat(lan.reaches(a, b.ipv4())).isTrue();
        // Long enough that it may have had the VIP before, also where the start takes its time.
        try (Node node = new Node(a, Duration.ofSeconds(6), VIP4).awaitFit()) {
            node.members = Map.of(b.ipv4(), "b");
            node.lead();
            Await.until("it is told by name", Duration.ofSeconds(30), () -> node.journal.entries().stream()
                    .anyMatch(e -> e.kind() == Journal.Kind.CONFLICT && "b".equals(e.keys().get("node"))));
            assertThat(node.keeper.status().vips().getFirst().conflict()).contains(b.mac());
            b.run("ip", "addr", "del", "10.77.0.100/24", "dev", "eth0");
            Await.until("its end is told", Duration.ofSeconds(20), () -> node.journal.entries().stream()
                    .anyMatch(e -> e.kind() == Journal.Kind.CONFLICT_ENDED));
        }
    }

    @Test
    void aForeignClaimIsCountedAndDefendedAndOneAnnouncementWinsTheNeighboursBack() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit(); Claimant claimant = new Claimant(b)) {
            node.lead();
            Await.until("the client knows the owner", SOON, () -> lan.reaches(client, VIP4.address())
                    && clientSees(a));
            // As if the old owner's kernel had answered the client's question before its claim is heard by all.
            client.run("ip", "neigh", "replace", "10.77.0.100", "lladdr", b.mac().toString(), "dev", "eth0", "nud",
                    "reachable");
            long announced = node.keeper.counters().announcements();
            long start = System.nanoTime();
            claimant.claim(1);
            Await.until("the claim is seen and answered", SOON, () -> node.keeper.counters().defences() == 1);
            Await.until("the client's cache is ours", SOON, () -> clientSees(a));
            assertThat(node.keeper.counters().announcements() - announced)
                    .as("frames: the defence and at most one announcement that was due anyway").isBetween(2L, 4L);

            long conflicts = node.keeper.counters().conflicts();
            claimant.claim(1);
            Await.until("the second claim is counted", SOON, () -> node.keeper.counters().conflicts() > conflicts);
            assertDefencesSince(start, node);
            assertThat(node.keeper.status().vips().getFirst().conflict()).contains(b.mac());
        }
    }

    /// RFC 5227 1.1, DEFEND_INTERVAL: once in ten seconds, of which a slow machine may have used more than one.
    private static void assertDefencesSince(long start, Node node) {
        long intervals = (System.nanoTime() - start) / 10_000_000_000L;
        assertThat(node.keeper.counters().defences()).isBetween(1L, 1 + intervals);
    }

    private boolean clientSees(Host host) {
        return client.neighbour(VIP4.address()).equals(host.mac().toString());
    }

    @Test
    void aFloodOfClaimsNeitherDelaysTheReArmingNorFillsTheMemory() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit(); Claimant claimant = new Claimant(b)) {
            node.lead();
            long rearms = node.keeper.counters().rearms();
            long start = System.nanoTime();
            claimant.claim(30_000);
            // So many wait at most; what comes while they do is left out.
            Await.until("it is heard", SOON, () -> node.keeper.counters().conflicts() >= 64);
            Await.until("and re-arming goes on", SOON, () -> node.keeper.counters().rearms() > rearms);
            assertThat(node.keeper.status().holdsAll()).isTrue();
            assertDefencesSince(start, node);
            node.follow(StandDown.HANDOVER);
            assertThat(a.holds(VIP4.address())).isFalse();
        }
    }

    @Test
    void aMoveFromOneNodeToAnotherSwitchesTheNeighboursAtOnce() throws Exception {
        try (Node first = new Node(a, FENCE, VIP4, VIP6).awaitFit();
                Node second = new Node(b, FENCE, VIP4, VIP6).awaitFit()) {
            first.lead();
            assertThat(lan.reaches(client, VIP4.address())).isTrue();
            assertThat(lan.reaches(client, VIP6.address())).isTrue();
            first.follow(StandDown.HANDOVER);
            second.lead();
            Await.until("IPv4 neighbours follow", SOON, () -> clientSees(b));
            Await.until("IPv6 neighbours follow", SOON,
                    () -> client.neighbour(VIP6.address()).equals(b.mac().toString()));
            assertThat(lan.holder(VIP4)).contains(b);
            assertThat(lan.holder(VIP6)).contains(b);
        }
    }

    /// Speaks as the IPv4 VIP with its own MAC address, as a machine does that was given the same address.
    private static final class Claimant implements AutoCloseable {
        private final PcapWire wire;

        Claimant(Host host) throws Exception {
            wire = new PcapWire(host.namespace()::execute, (_, _) -> {}, () -> {});
            try (RtNetlink netlink = host.call(RtNetlink::open)) {
                LinkEntry eth0 = netlink.links().stream().filter(l -> l.name().equals("eth0")).findFirst()
                        .orElseThrow();
                wire.serve(eth0, List.of(VIP4));
            }
            Await.until("the claimant can speak", SOON, () -> wire.problem().isEmpty());
        }

        void claim(int times) throws Exception {
            for (int i = 0; i < times; i++) {
                wire.announce(VIP4);
            }
        }

        @Override
        public void close() {
            wire.close();
        }
    }
}
