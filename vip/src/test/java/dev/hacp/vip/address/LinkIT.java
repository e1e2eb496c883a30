package dev.hacp.vip.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.core.StandDown;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import dev.hacp.testbed.lan.Capture;
import dev.hacp.vip.announce.AnnouncementSchedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// What happens to the VIP when its interface does not stay as it is.
class LinkIT extends OnALan {

    private static final String ANNOUNCED4 = "10.77.0.100 is-at";
    private static final String ANNOUNCED6 = "neighbor advertisement, tgt is fd77::64";

    @Test
    void aLostLinkIsToldAtOnceAndABouncingOneIsNotFitUntilItIsCalm() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            lan.cutOff(a);
            awaitLoss(node);
            assertThat(node.keeper.fitness().reason()).isEqualTo("interface=eth0 has no link");
            lan.heal(a);
            Await.until("the link is back", SOON, () -> node.keeper.fitness().reason().contains("came back"));
            node.awaitFit();

            lan.cutOff(a);
            Await.until("the second loss is told too", SOON, () -> node.relinquished.size() == 2);
            lan.heal(a);
            Await.until("the next bounce is held down longer", SOON,
                    () -> node.keeper.fitness().reason().equals("interface=eth0 came back less than 6s ago"));
            assertThat(node.relinquished).containsOnly(StandDown.LINK_DOWN);
        }
    }

    private void awaitLoss(Node node) {
        Await.until("the keeper asks to let go", SOON, () -> node.relinquished.contains(StandDown.LINK_DOWN));
        Await.until("unfit", SOON, () -> !node.keeper.fitness().fit());
    }

    @Test
    void anInterfaceThatWasDownCarriesBothFamiliesAgainAndTellsTheLan() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            a.run("ip", "link", "set", "dev", "eth0", "down");
            awaitLoss(node);
            // The kernel has dropped every IPv6 address (net/ipv6/addrconf.c, addrconf_ifdown), the node's own too.
            assertThat(a.addresses()).doesNotContain("fd77::1");
            try (Capture capture = Capture.start(client, "arp or icmp6")) {
                a.run("ip", "link", "set", "dev", "eth0", "up");
                awaitAnnounced(capture, ANNOUNCED4, ANNOUNCED6);
            }
            Await.until("both are held", SOON, () -> node.keeper.status().holdsAll());
            assertThat(a.addresses()).contains("10.77.0.100", "fd77::64");
        }
    }

    private static void awaitAnnounced(Capture capture, String... texts) {
        for (String text : texts) {
            Await.until(text, SOON, () -> capture.lines().stream().anyMatch(line -> line.contains(text)),
                    () -> String.join("\n", capture.lines()));
        }
    }

    @Test
    void theVipComesBackOnAnInterfaceThatWasMadeAnew() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            lan.network().ip("link", "del", "dev", "a");
            Await.until("the keeper misses its interface", SOON, () -> node.keeper.status().interfaceName().isEmpty());
            assertThat(node.relinquished).contains(StandDown.LINK_DOWN);

            lan.network().ip("link", "add", "name", "a", "type", "veth", "peer", "name", "eth0", "netns",
                    a.namespace().name());
            lan.network().ip("link", "set", "dev", "a", "master", "br0", "up");
            a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "eth0");
            try (Capture capture = Capture.start(client, "arp or icmp6")) {
                a.run("ip", "link", "set", "dev", "eth0", "up");
                a.run("ip", "addr", "add", "fd77::1/64", "dev", "eth0", "nodad");
                Await.until("the VIPs are held again", SOON, () -> node.keeper.status().holdsAll());
                awaitAnnounced(capture, ANNOUNCED4, ANNOUNCED6);
            }
        }
    }

    @Test
    void anotherMacAddressIsAnnouncedAtOnce() throws Exception {
        try (Node node = new Node(a, FENCE, VIP4, VIP6).awaitFit()) {
            node.lead();
            long quiet = AnnouncementSchedule.BURST.plus(AnnouncementSchedule.REPEAT).toNanos();
            long start = System.nanoTime();
            Await.until("the takeover's announcements are over", Duration.ofSeconds(20),
                    () -> System.nanoTime() - start > quiet);
            try (Capture capture = Capture.start(client, "arp or icmp6")) {
                long changed = System.nanoTime();
                a.run("ip", "link", "set", "dev", "eth0", "address", "02:00:00:00:77:42");
                awaitAnnounced(capture, ANNOUNCED4 + " 02:00:00:00:77:42", ANNOUNCED6);
                assertThat(System.nanoTime() - changed).as("not only with the next periodic one")
                        .isLessThan(Duration.ofSeconds(3).toNanos());
            }
            assertThat(lan.reaches(client, VIP4.address())).isTrue();
            assertThat(node.relinquished).isEmpty();
        }
    }

    @Test
    void anInterfaceThatBecomesAPortOfABridgeIsGivenUpAndTheReasonIsThatAndNoLostLink() throws Exception {
        make("bridges (CONFIG_BRIDGE)", "name", "brx", "type", "bridge", "forward_delay", "0");
        VipConfig config = VipConfig.of(vip -> {
            vip.vips = List.of(new VipTarget(VIP4.toString()));
            vip.interfaceName = Optional.of("eth0");
        });
        try (Node node = new Node(a, config, new VipNames(config)).awaitFit()) {
            node.lead();
            a.run("ip", "link", "set", "dev", "eth0", "master", "brx");
            Await.until("it is given up", SOON, () -> node.relinquished.contains(StandDown.ADDRESS_FAILED));
            Await.until("the reason is known", SOON,
                    () -> node.keeper.fitness().reason().startsWith("interface eth0 is a port of brx"),
                    () -> node.keeper.fitness().reason());
            assertThat(node.relinquished).containsOnly(StandDown.ADDRESS_FAILED);
            assertThat(node.keeper.status().holdsAll()).isFalse();
            node.follow(StandDown.ADDRESS_FAILED);
            assertThat(a.holds(VIP4.address())).isFalse();
            a.run("ip", "link", "set", "dev", "eth0", "nomaster");
            node.awaitFit();
        }
    }

    @Test
    void anInterfaceInAVrfCarriesTheVip() throws Exception {
        make("VRF devices (CONFIG_NET_VRF)", "name", "vrf9", "type", "vrf", "table", "9");
        a.run("ip", "link", "set", "dev", "vrf9", "up");
        a.run("ip", "link", "set", "dev", "eth0", "master", "vrf9");
        try (Node node = new Node(a, FENCE, VIP4).awaitFit()) {
            node.lead();
            assertThat(a.holds(VIP4.address())).isTrue();
        }
    }

    @Test
    void aVlanOnTheLinkCarriesTheVipAndLosesItsLinkWithIt() throws Exception {
        make("VLAN devices (CONFIG_VLAN_8021Q)", "link", "eth0", "name", "eth0.7", "type", "vlan", "id", "7");
        a.run("ip", "addr", "add", "10.78.0.1/24", "dev", "eth0.7");
        a.run("ip", "link", "set", "dev", "eth0.7", "up");
        holdsOnAndLosesItsLink("eth0.7", VirtualIp.parse("10.78.0.100"));
    }

    @Test
    void aBondCarriesTheVipAndLosesItsLinkWithItsLastPort() throws Exception {
        make("bonding (CONFIG_BONDING)", "name", "bond9", "type", "bond", "mode", "active-backup", "miimon", "50");
        a.run("ip", "link", "set", "dev", "eth0", "down");
        moveAddressTo("bond9");
        holdsOnAndLosesItsLink("bond9", VIP4);
    }

    @Test
    void aBridgeCarriesTheVipAndLosesItsLinkWithItsLastPort() throws Exception {
        make("bridges (CONFIG_BRIDGE)", "name", "brx", "type", "bridge", "forward_delay", "0");
        moveAddressTo("brx");
        holdsOnAndLosesItsLink("brx", VIP4);
    }

    @Test
    void aMacvlanCarriesTheVipAndLosesItsLinkWithTheOneBelow() throws Exception {
        make("macvlan (CONFIG_MACVLAN)", "link", "eth0", "name", "mac0", "type", "macvlan", "mode", "bridge");
        a.run("ip", "addr", "flush", "dev", "eth0");
        a.run("ip", "addr", "add", "10.77.0.1/24", "dev", "mac0");
        a.run("ip", "link", "set", "dev", "mac0", "up");
        holdsOnAndLosesItsLink("mac0", VIP4);
    }

    private void make(String kind, String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "link", "add"));
        command.addAll(List.of(arguments));
        Shell.Result made = a.attempt(command.toArray(String[]::new));
        Assumptions.assumeTrue(made.exitCode() == 0,
                () -> "this kernel has no " + kind + ": " + made.output().strip());
    }

    private void moveAddressTo(String device) {
        a.run("ip", "addr", "flush", "dev", "eth0");
        a.run("ip", "link", "set", "dev", "eth0", "master", device);
        a.run("ip", "link", "set", "dev", "eth0", "up");
        a.run("ip", "link", "set", "dev", device, "up");
        a.run("ip", "addr", "add", "10.77.0.1/24", "dev", device);
    }

    private void holdsOnAndLosesItsLink(String device, VirtualIp vip) throws Exception {
        try (Node node = new Node(a, FENCE, vip).awaitFit()) {
            node.lead();
            assertThat(node.keeper.status().interfaceName()).isEqualTo(device);
            assertThat(a.run("ip", "-o", "addr", "show", "dev", device)).contains(vip.toString());
            lan.cutOff(a);
            awaitLoss(node);
            assertThat(node.keeper.fitness().reason()).isEqualTo("interface=" + device + " has no link");
            lan.heal(a);
            Await.until("the link is back", SOON, () -> node.keeper.fitness().reason().contains("came back"));
        }
    }
}
