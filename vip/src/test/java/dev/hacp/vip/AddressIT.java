package dev.hacp.vip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.StandDown;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.RequiresRoot;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Capture;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot(programs = {"tcpdump", "ping"})
class AddressIT {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration FENCE = Duration.ofSeconds(3);
    private static final VirtualIp VIP4 = Lan.vip4();
    private static final VirtualIp VIP6 = Lan.vip6();

    private Lan lan;
    private Host a;
    private Host b;
    private Host client;

    @BeforeEach
    void build() {
        lan = Lan.create();
        a = lan.host("a");
        b = lan.host("b");
        client = lan.host("client");
    }

    @AfterEach
    void remove() {
        if (lan != null) {
            lan.close();
        }
    }

    @Test
    void aTakenVipIsHeldMarkedFencedAndNeverPreferredAsASource() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();

            String shown = a.run("ip", "-d", "addr", "show", "dev", "eth0");
            assertThat(shown).contains("inet 10.77.0.100/32 ", "inet6 fd77::64/128 ");
            try (RtNetlink netlink = a.call(RtNetlink::open)) {
                assertThat(netlink.addresses().stream().filter(AddressEntry::isOurs).map(AddressEntry::toString))
                        .containsExactlyInAnyOrder("10.77.0.100/32", "fd77::64/128");
            }
            assertThat(shown.lines().filter(line -> line.contains("10.77.0.100") || line.contains("fd77::64")))
                    .allMatch(line -> line.contains("deprecated") && line.contains("noprefixroute"));
            assertThat(node.keeper.status().holdsAll()).isTrue();
            assertThat(node.keeper.status().interfaceName()).isEqualTo("eth0");
            assertThat(lan.reaches(client, VIP4.address())).isTrue();
            assertThat(lan.reaches(client, VIP6.address())).isTrue();

            node.follow(StandDown.HANDOVER);
            assertThat(a.addresses()).doesNotContain("10.77.0.100", "fd77::64").contains("10.77.0.1", "fd77::1");
            assertThat(node.keeper.status().holdsAll()).isFalse();
        }
    }

    @Test
    void connectionsFromTheNodeNeverTakeTheVipAsSource() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            assertThat(sourceTowards(IpAddresses.text(b.ipv4()))).isEqualTo("10.77.0.1");
            assertThat(sourceTowards(IpAddresses.text(b.ipv6()))).isEqualTo("fd77::1");
            assertThat(a.run("ip", "-4", "route", "show", "table", "main")).doesNotContain("10.77.0.100");

            // As a restart of the network service does it: everything goes, and the node's own address comes back after
            // the VIP, which would make the VIP the interface's first address.
            a.run("ip", "-4", "addr", "flush", "dev", "eth0");
            Await.until("the VIP is back", SOON, () -> a.addresses().contains("10.77.0.100")
                    || node.keeper.status().problem().contains("no subnet"));
            a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "eth0");
            Await.until("the VIP is held behind the node's address", SOON,
                    () -> first4().equals("10.77.0.1") && a.addresses().contains("10.77.0.100"));
            assertThat(sourceTowards(IpAddresses.text(b.ipv4()))).isEqualTo("10.77.0.1");
        }
    }

    private String first4() {
        return a.addresses().stream().filter(text -> text.indexOf('.') > 0).findFirst().orElse("");
    }

    private String sourceTowards(String address) throws Exception {
        try (ServerSocket server = b.call(() -> new ServerSocket(0, 5, IpAddresses.parse(address).orElseThrow()));
                Socket socket = a.call(() -> {
                    Socket s = new Socket();
                    s.connect(new InetSocketAddress(address, server.getLocalPort()), 2000);
                    return s;
                })) {
            return IpAddresses.text(socket.getLocalAddress());
        }
    }

    @Test
    void aDeletedVipIsBackAndAnnouncedAgainWithinATenthOfASecond() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            long announced = node.keeper.counters().announcements();
            for (VirtualIp vip : List.of(VIP4, VIP6)) {
                List<Long> millis = new ArrayList<>();
                for (int round = 0; round < 5; round++) {
                    long repairs = node.keeper.counters().repairs();
                    a.run("ip", "addr", "del", vip + "/" + vip.prefixLength(), "dev", "eth0");
                    long start = System.nanoTime();
                    while (node.keeper.counters().repairs() == repairs && System.nanoTime() - start < SOON.toNanos()) {
                        Thread.onSpinWait();
                    }
                    millis.add((System.nanoTime() - start) / 1_000_000);
                    assertThat(a.holds(vip.address())).isTrue();
                }
                // The median: one pause of a busy test machine is no fault of the keeper.
                assertThat(millis.stream().sorted().toList().get(2)).as("milliseconds until %s was back: %s", vip,
                        millis).isLessThan(100);
            }
            assertThat(node.keeper.counters().announcements()).isGreaterThanOrEqualTo(announced + 3);
            assertThat(node.journal.entries()).anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_REPAIRED);
        }
    }

    @Test
    void aLostLinkIsToldAtOnceAndABouncingOneIsNotFitUntilItIsCalm() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            lan.cutOff(a);
            Await.until("the keeper asks to let go", SOON, () -> node.relinquished.contains(StandDown.LINK_DOWN));
            Await.until("unfit", SOON, () -> !node.keeper.fitness().fit());
            assertThat(node.keeper.fitness().reason()).isEqualTo("interface=eth0 has no link");
            lan.heal(a);
            Await.until("the link is back", SOON, () -> node.keeper.fitness().reason().contains("came back"));
            node.awaitFit();
        }
    }

    @Test
    void theVipComesBackOnAnInterfaceThatWasMadeAnew() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            lan.network().ip("link", "del", "dev", "a");
            Await.until("the keeper misses its interface", SOON, () -> node.keeper.status().interfaceName().isEmpty());
            assertThat(node.relinquished).contains(StandDown.LINK_DOWN);

            lan.network().ip("link", "add", "name", "a", "type", "veth", "peer", "name", "eth0", "netns",
                    a.namespace().name());
            lan.network().ip("link", "set", "dev", "a", "master", "br0", "up");
            a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "eth0");
            a.run("ip", "link", "set", "dev", "eth0", "up");
            try (Capture capture = Capture.start(client, "arp and arp[6:2] = 2")) {
                Await.until("the VIP is held again", SOON, () -> a.holds(VIP4.address()));
                Await.until("and announced", SOON,
                        () -> capture.lines().stream().anyMatch(line -> line.contains("10.77.0.100 is-at")));
            }
        }
    }

    @Test
    void aVlanOnTheLinkCarriesTheVipAndLosesItsLinkWithIt() throws Exception {
        Shell.Result made = a.attempt("ip", "link", "add", "link", "eth0", "name", "eth0.7", "type", "vlan", "id", "7");
        Assumptions.assumeTrue(made.exitCode() == 0, () -> "this kernel has no VLANs: " + made.output());
        a.run("ip", "addr", "add", "10.78.0.1/24", "dev", "eth0.7");
        a.run("ip", "link", "set", "dev", "eth0.7", "up");
        try (Node node = new Node(a, FENCE, VirtualIp.parse("10.78.0.100")).awaitFit()) {
            node.lead();
            assertThat(node.keeper.status().interfaceName()).isEqualTo("eth0.7");
            lan.cutOff(a);
            Await.until("the keeper asks to let go", SOON, () -> node.relinquished.contains(StandDown.LINK_DOWN));
        }
    }

    @Test
    void aBondCarriesTheVipAndLosesItsLinkWithItsLastPort() throws Exception {
        Shell.Result made = a.attempt("ip", "link", "add", "name", "bond9", "type", "bond", "mode", "active-backup",
                "miimon", "50");
        Assumptions.assumeTrue(made.exitCode() == 0, () -> "this kernel has no bonding: " + made.output());
        a.run("ip", "link", "set", "dev", "eth0", "down");
        a.run("ip", "link", "set", "dev", "eth0", "master", "bond9");
        a.run("ip", "link", "set", "dev", "bond9", "up");
        a.run("ip", "addr", "flush", "dev", "eth0");
        a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "bond9");
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            assertThat(node.keeper.status().interfaceName()).isEqualTo("bond9");
            lan.cutOff(a);
            Await.until("the keeper asks to let go", SOON, () -> node.relinquished.contains(StandDown.LINK_DOWN));
        }
    }

    @Test
    void aBridgeCarriesTheVip() throws Exception {
        a.run("ip", "link", "add", "name", "brx", "type", "bridge", "forward_delay", "0");
        a.run("ip", "addr", "flush", "dev", "eth0");
        a.run("ip", "link", "set", "dev", "eth0", "master", "brx");
        a.run("ip", "link", "set", "dev", "brx", "up");
        a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "brx");
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            assertThat(node.keeper.status().interfaceName()).isEqualTo("brx");
            assertThat(lan.reaches(client, VIP4.address())).isTrue();
            lan.cutOff(a);
            Await.until("the keeper asks to let go", SOON, () -> node.relinquished.contains(StandDown.LINK_DOWN));
        }
    }

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
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.members = Set.of(b.ipv4());
            node.lead();
            assertThat(a.holds(VIP4.address())).isTrue();
        }
    }

    @Test
    void aForeignClaimIsCountedAndDefendedAndTheNeighboursComeBack() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            Await.until("the client knows the owner", SOON,
                    () -> lan.reaches(client, VIP4.address())
                            && client.neighbour(VIP4.address()).equals(a.mac().toString()));
            b.run("ip", "addr", "add", "10.77.0.100/32", "dev", "eth0");
            claimFrom(b);
            Await.until("the claim is seen and answered", SOON, () -> node.keeper.counters().defences() == 1);
            Await.until("the client's cache is ours", SOON,
                    () -> client.neighbour(VIP4.address()).equals(a.mac().toString()));
            claimFrom(b);
            Await.until("the second claim is counted", SOON, () -> node.keeper.counters().conflicts() >= 2);
            assertThat(node.keeper.counters().defences()).as("RFC 5227: once in ten seconds").isEqualTo(1);
            assertThat(node.keeper.status().vips().getFirst().conflict()).contains(b.mac());
        }
    }

    /// Lets the kernel of `host` speak as 10.77.0.100.
    private void claimFrom(Host host) {
        host.run("ip", "neigh", "flush", "dev", "eth0");
        host.attempt("ping", "-c", "1", "-W", "1", "-I", "10.77.0.100", "10.77.0.3");
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
            Await.until("IPv4 neighbours follow", SOON,
                    () -> client.neighbour(VIP4.address()).equals(b.mac().toString()));
            Await.until("IPv6 neighbours follow", SOON,
                    () -> client.neighbour(VIP6.address()).equals(b.mac().toString()));
            assertThat(lan.holder(VIP4)).contains(b);
            assertThat(lan.holder(VIP6)).contains(b);
        }
    }

    @Test
    void leftoversOfAnEarlierRunAreRemovedAndNothingElse() throws Exception {
        try (RtNetlink netlink = a.call(RtNetlink::open)) {
            LinkEntry eth0 = netlink.links().stream().filter(l -> l.name().equals("eth0")).findFirst().orElseThrow();
            netlink.put(eth0, VIP4.address(), Duration.ZERO);
            netlink.put(eth0, Lan.address4(101), Duration.ZERO);
        }
        a.run("ip", "addr", "add", "10.77.0.102/32", "dev", "eth0");
        try (Node node = new Node(a, FENCE, VIP4)) {
            Await.until("the leftover is gone", SOON, () -> !a.holds(VIP4.address()));
            assertThat(a.addresses()).contains("10.77.0.1", "10.77.0.101", "10.77.0.102");
            assertThat(node.journal.entries()).anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_REMOVED);
        }
    }

    @Test
    void anAddressOfTheNodeItselfIsRefusedWithAReason() {
        a.run("ip", "addr", "add", "10.77.0.100/24", "dev", "eth0");
        try (Node node = new Node(a, FENCE, VIP4)) {
            Await.until("the reason is known", SOON, () -> node.keeper.fitness().reason().contains("own address"));
            assertThatThrownBy(node::lead).isInstanceOf(AddressException.class)
                    .hasMessageContaining("10.77.0.100/24 on eth0");
            assertThat(a.holds(VIP4.address())).as("it is not ours to remove").isTrue();
        }
    }

    @Test
    void bothArpFormsAreGratuitousToTsharkAndTheAdvertisementOverrides() throws Exception {
        if (Shell.find("tshark").isEmpty()) {
            Assumptions.abort("tshark is not installed");
        }
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit();
                Capture capture = Capture.start(client, "arp or (icmp6 and ip6[40] = 136)")) {
            node.lead();
            Await.until("three frames", SOON, () -> capture.lines().size() >= 3);
            String arp = tshark(capture, "arp.isgratuitous == 1 && arp.src.proto_ipv4 == 10.77.0.100", "arp.opcode");
            assertThat(arp.lines()).contains("1", "2");
            String advertisement = tshark(capture, "icmpv6.type == 136 && icmpv6.nd.na.target_address == fd77::64",
                    "icmpv6.nd.na.flag.o", "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.r", "icmpv6.checksum.status");
            assertThat(advertisement.lines()).first().asString().isIn("1\t0\t0\t1", "True\tFalse\tFalse\t1");
        }
    }

    private static String tshark(Capture capture, String filter, String... fields) {
        List<String> line = new ArrayList<>(List.of("tshark", "-r", capture.file().toString(),
                "-Y", filter, "-T", "fields"));
        for (String field : fields) {
            line.add("-e");
            line.add(field);
        }
        Shell.Result result = Shell.attempt(line.toArray(String[]::new));
        return String.join("\n", result.output().lines().filter(text -> !text.startsWith("Running as")).toList());
    }
}
