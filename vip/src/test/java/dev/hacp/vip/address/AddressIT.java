package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.Journal;
import dev.hacp.core.StandDown;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.core.linux.LinuxException;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.lan.Host;
import dev.hacp.testbed.lan.Lan;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.RtNetlink;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// The VIP in the kernel's address table.
class AddressIT extends OnALan {

    @Test
    void aTakenVipIsHeldMarkedFencedAndNeverPreferredAsASource() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();

            String shown = a.run("ip", "-d", "addr", "show", "dev", "eth0");
            assertThat(shown).contains("inet 10.77.0.100/32 ", "inet6 fd77::64/128 ");
            try (RtNetlink netlink = a.call(RtNetlink::open)) {
                List<AddressEntry> ours = netlink.addresses().stream().filter(AddressEntry::isOurs).toList();
                assertThat(ours).extracting(AddressEntry::toString)
                        .containsExactlyInAnyOrder("10.77.0.100/32", "fd77::64/128");
                assertThat(ours).allMatch(entry -> entry.validSeconds() <= FENCE.toSeconds());
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
            a.attempt("ip", "-4", "addr", "flush", "dev", "eth0");
            Await.until("the VIP is back", SOON, () -> a.addresses().contains("10.77.0.100"));
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
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit(); RtNetlink netlink = a.call(RtNetlink::open)) {
            node.lead();
            int eth0 = eth0(netlink).index();
            for (VirtualIp vip : List.of(VIP4, VIP6)) {
                assertRepairedSoon(node, "delete " + vip, () -> netlink.remove(eth0, vip.address()));
            }
            // All addresses, the node's own too. `ip` tries ten times, as long as it finds some.
            assertRepairedSoon(node, "flush", () -> a.attempt("ip", "addr", "flush", "dev", "eth0"));
            assertThat(a.addresses()).contains("10.77.0.100", "fd77::64").doesNotContain("10.77.0.1", "fd77::1");
            assertThat(node.journal.entries()).anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_REPAIRED);
        }
    }

    private interface Damage {
        void run() throws Exception;
    }

    /// Five repairs of at most fifteen must be that quick: a keeper that looks each second instead of listening would
    /// manage that once in a hundred runs, while a busy machine has its pauses.
    private static void assertRepairedSoon(Node node, String what, Damage damage) throws Exception {
        List<Long> millis = new ArrayList<>();
        while (millis.stream().filter(time -> time < 100).count() < 5 && millis.size() < 15) {
            long repairs = node.keeper.counters().repairs();
            long announced = node.keeper.counters().announcements();
            long start = System.nanoTime();
            damage.run();
            while ((node.keeper.counters().repairs() == repairs
                    || node.keeper.counters().announcements() == announced
                    || !node.keeper.status().holdsAll()) && System.nanoTime() - start < SOON.toNanos()) {
                Thread.onSpinWait();
            }
            millis.add((System.nanoTime() - start) / 1_000_000);
            assertThat(node.keeper.counters().repairs()).isGreaterThan(repairs);
        }
        assertThat(millis.stream().filter(time -> time < 100)).as("milliseconds from %s to put and announced: %s", what,
                millis).hasSize(5);
    }

    @Test
    void whatAnotherProgramMadeItsOwnIsTakenBackWithItsMarkAndItsFence() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit(); RtNetlink netlink = a.call(RtNetlink::open)) {
            node.lead();
            for (VirtualIp vip : List.of(VIP4, VIP6)) {
                // As a network manager does that was told to have the address.
                a.run("ip", "addr", "replace", vip + "/" + vip.prefixLength(), "dev", "eth0", "valid_lft", "forever",
                        "preferred_lft", "forever");
                Await.until(vip + " is ours again", SOON, () -> isOursAndFenced(netlink, vip));
                // It is told after it was done.
                Await.until(vip + " is told as taken back", SOON, () -> node.journal.entries().stream()
                        .anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_REPAIRED
                                && e.keys().get("vip").equals(vip.toString())));
            }
            assertThat(node.relinquished).isEmpty();
            assertThat(node.keeper.status().holdsAll()).isTrue();
            node.follow(StandDown.HANDOVER);
            assertThat(a.addresses()).as("no copy is left").doesNotContain("10.77.0.100", "fd77::64");
        }
    }

    private static boolean isOursAndFenced(RtNetlink netlink, VirtualIp vip) {
        try {
            return netlink.addresses().stream()
                    .anyMatch(entry -> entry.address().equals(vip.address()) && entry.isOurs()
                            && entry.validSeconds() <= FENCE.toSeconds());
        } catch (LinuxException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theVipAsAnAddressOfTheOwnerItselfIsToldAndTheOwnerStays() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            a.run("ip", "addr", "add", "10.77.0.100/24", "dev", "eth0");
            Await.until("it is told", SOON, () -> node.journal.entries().stream().anyMatch(e -> e
                    .kind() == Journal.Kind.CONFLICT && "10.77.0.100/24 on eth0".equals(e.keys().get("address"))));
            Await.until("reluctant", SOON, () -> !node.keeper.fitness().fit());
            assertThat(node.keeper.fitness().able()).isTrue();
            assertThat(node.relinquished).isEmpty();
            assertThat(node.keeper.status().holdsAll()).isTrue();
            a.run("ip", "addr", "del", "10.77.0.100/24", "dev", "eth0");
            node.awaitFit();
            assertThat(lan.reaches(client, VIP4.address())).isTrue();
        }
    }

    @Test
    void whereIpv6IsSwitchedOffTheOwnerIsUnfitNamesTheSysctlAndKeepsTheIpv4Vip() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            a.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1");
            Await.until("unfit, with the reason", SOON,
                    () -> node.keeper.fitness().reason().contains("net.ipv6.conf.eth0.disable_ipv6=0"),
                    () -> node.keeper.fitness().reason());
            assertThat(node.keeper.fitness().able()).isFalse();
            assertThat(a.holds(VIP4.address())).isTrue();
            assertThat(node.keeper.status().holdsAll()).isFalse();
            a.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0");
            Await.until("held again", SOON, () -> node.keeper.status().holdsAll());
            node.awaitFit();
        }
    }

    @Test
    void whatThisMachinesAddressesRuleOutAsAVipIsNamed() {
        List<VirtualIp> vips = List.of(VIP4, new VirtualIp(a.ipv4()), VirtualIp.parse("10.77.0.255"),
                VirtualIp.parse("10.77.0.0"), new VirtualIp(a.ipv6()), VIP6);
        assertThat(a.call(() -> VipCheck.problems(vips))).hasSize(4)
                .anyMatch(text -> text.startsWith("vip: 10.77.0.1 is this node's own address (10.77.0.1/24 on eth0)"))
                .anyMatch(text -> text.startsWith("vip: 10.77.0.255 is the broadcast address"))
                .anyMatch(text -> text.startsWith("vip: 10.77.0.0 is the network address"))
                .anyMatch(text -> text.startsWith("vip: fd77::1 is this node's own address"));
        a.run("ip", "addr", "add", "10.77.0.100/32", "dev", "eth0");
        assertThat(a.call(() -> VipCheck.problems(List.of(VIP4)))).as("another program may hold it, and leave it to us")
                .isEmpty();
    }

    @Test
    void aVipGivenByNameMovesWithItsNameWhileItIsHeld() throws Exception {
        AtomicReference<InetAddress> answer = new AtomicReference<>(VIP4.address());
        VipConfig config = VipConfig.of(vip -> {
            vip.vips = List.of(new VipTarget("cp.example"));
            vip.fence = FENCE;
        });
        VipNames names = new VipNames(config, _ -> new InetAddress[]{answer.get()}, Duration.ofMillis(100));
        VirtualIp next = new VirtualIp(Lan.address4(200));
        try (Node node = new Node(a, config, names).awaitFit()) {
            node.lead();
            assertThat(a.holds(VIP4.address())).isTrue();
            answer.set(next.address());
            Await.until("the new address is held", SOON, () -> a.holds(next.address()));
            Await.until("the old one is gone", SOON, () -> !a.holds(VIP4.address()));
            assertThat(node.targets.getLast()).as("what is steered").isEqualTo(Set.of(next));
            assertThat(lan.reaches(client, next.address())).isTrue();
            node.follow(StandDown.HANDOVER);
            assertThat(a.addresses()).doesNotContain("10.77.0.100", "10.77.0.200").contains("10.77.0.1");
        }
    }

    @Test
    void leftoversOfAnEarlierRunAreRemovedAndNothingElse() throws Exception {
        try (RtNetlink netlink = a.call(RtNetlink::open)) {
            netlink.put(eth0(netlink), VIP4.address(), Duration.ZERO);
            netlink.put(eth0(netlink), Lan.address4(101), Duration.ZERO);
        }
        a.run("ip", "addr", "add", "10.77.0.102/32", "dev", "eth0");
        try (Node node = new Node(a, FENCE, VIP4)) {
            Await.until("the leftover is gone", SOON, () -> !a.holds(VIP4.address()));
            assertThat(a.addresses()).contains("10.77.0.1", "10.77.0.101", "10.77.0.102");
            assertThat(node.journal.entries()).anyMatch(e -> e.kind() == Journal.Kind.ADDRESS_REMOVED);
        }
    }

    private static LinkEntry eth0(RtNetlink netlink) throws Exception {
        return netlink.links().stream().filter(l -> l.name().equals(Host.INTERFACE)).findFirst().orElseThrow();
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
}
