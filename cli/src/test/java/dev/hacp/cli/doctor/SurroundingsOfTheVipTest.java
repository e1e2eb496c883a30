package dev.hacp.cli.doctor;

import static dev.hacp.cli.doctor.FakeMachine.nic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Options;
import dev.hacp.cli.doctor.Finding.Grade;
import dev.hacp.cli.doctor.Machine.Assigned;
import dev.hacp.cli.doctor.Machine.Nic;
import dev.hacp.cli.doctor.Machine.Running;
import dev.hacp.core.IpAddresses;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What around the VIP may take it away, take it for something else, or keep others from it.
class SurroundingsOfTheVipTest {

    private static final Map<Option<?>, List<String>> IPV6 = Map.of(Options.VIP, List.of("fd00::10"));
    private static final String NETWORK = "/run/systemd/network/10-netplan-eth0.network";

    private final FakeMachine node = new FakeMachine();

    private List<Finding> trouble(Map<Option<?>, List<String>> more) {
        return node.examine(more).stream().filter(finding -> finding.grade() != Grade.OK).toList();
    }

    private Finding onlyTrouble(Map<Option<?>, List<String>> more) {
        List<Finding> trouble = trouble(more);
        assertThat(trouble).hasSize(1);
        assertThat(trouble.getFirst().why()).isNotEmpty();
        assertThat(trouble.getFirst().remedy()).isNotEmpty();
        return trouble.getFirst();
    }

    private String textOf(String subject) {
        return node.examine(Map.of()).stream().filter(finding -> finding.subject().equals(subject)).findFirst()
                .orElseThrow().text();
    }

    // ---- the address

    @Test
    void whatASubnetKeepsForItselfIsAFailure() {
        for (Map.Entry<String, String> kept : Map.of("10.0.0.255", "broadcast", "10.0.0.0", "network").entrySet()) {
            assertThat(onlyTrouble(Map.of(Options.VIP, List.of(kept.getKey())))).returns(Grade.FAILURE, Finding::grade)
                    .returns("the " + kept.getValue() + " address of the subnet of 10.0.0.1/24 on eth0", Finding::text);
        }
    }

    @Test
    void aNameThatDoesNotResolveIsAFailureAndSoIsOneThatNamesNoVip() {
        Map<Option<?>, List<String>> named = Map.of(Options.VIP, List.of("cp.example"));
        assertThat(onlyTrouble(named)).returns(Grade.FAILURE, Finding::grade)
                .returns("the name does not resolve", Finding::text);
        node.name("cp.example", "224.0.0.18");
        assertThat(onlyTrouble(named)).returns(Grade.FAILURE, Finding::grade)
                .matches(finding -> finding.text().startsWith("resolves to '224.0.0.18'"));
        node.name("cp.example", "10.0.0.255");
        assertThat(onlyTrouble(named).text()).startsWith("the broadcast address");
        node.name("cp.example", "10.0.0.10");
        assertThat(trouble(named)).isEmpty();
    }

    @Test
    void whereTheVipIsHeldItsInterfaceIsExaminedAllTheSame() {
        node.nics = List.of(nic("lo", true, "127.0.0.1", 8), new Nic("eth0", true, List.of(
                new Assigned(IpAddresses.parse("10.0.0.1").orElseThrow(), 24),
                new Assigned(IpAddresses.parse("10.0.0.10").orElseThrow(), 32))));
        node.agent = Optional.of(new Running("cp1", "0.1.0", true, "cp1", ""));
        node.files.put("/proc/net/tcp6", FakeMachine.TCP_HEAD
                + "   0: 00000000000000000000000000000000:25AB 00000000000000000000000000000000:0000 0A 0\n");
        assertThat(trouble(Map.of())).isEmpty();
        node.files.put("/proc/sys/net/ipv4/conf/all/arp_ignore", "8\n");
        assertThat(onlyTrouble(Map.of())).returns("arp_ignore", Finding::subject).returns(Grade.FAILURE,
                Finding::grade);
        node.files.remove("/proc/sys/net/ipv4/conf/all/arp_ignore");
        node.files.put("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n");
        node.files.put("/proc/net/route", "Iface\tDestination\tGateway\neth9\t00000000\t0100000A\n");
        assertThat(onlyTrouble(Map.of()).subject()).isEqualTo("rp_filter");
    }

    @Test
    void disabledIpv6IsNamedWithItsSysctlAlsoWhereNoAddressIsLeft() {
        node.files.put("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1\n");
        assertThat(trouble(Map.of())).as("an IPv4 VIP does not mind").isEmpty();
        assertThat(onlyTrouble(IPV6)).returns(Grade.FAILURE, Finding::grade)
                .returns("IPv6 is disabled on eth0", Finding::text)
                .matches(finding -> finding.remedy().contains("net.ipv6.conf.eth0.disable_ipv6=0"));
        node.files.put("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "0\n");
        assertThat(onlyTrouble(IPV6).text()).isEqualTo("in no subnet of [lo, eth0]");
    }

    @Test
    void aPortOfABridgeIsAFailureAndAnInterfaceInAVrfIsNone() {
        node.files.put("/sys/class/net/eth0/master/uevent", "DEVTYPE=bridge\nINTERFACE=br0\nIFINDEX=7\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade)
                .returns("is a port of br0, which gets its frames", Finding::text);
        node.files.put("/sys/class/net/eth0/master/uevent", "DEVTYPE=vrf\nINTERFACE=blue\nIFINDEX=7\n");
        assertThat(trouble(Map.of())).isEmpty();
    }

    // ---- what manages the interface

    private void networkd(String state) {
        node.processes = List.of("systemd-network", "kubelet");
        node.files.put("/sys/class/net/eth0/ifindex", "2\n");
        node.files.put("/run/systemd/netif/links/2", state);
    }

    @Test
    void networkdIsAWarningUnlessItKeepsWhatItDidNotPut() {
        networkd("ADMIN_STATE=configured\nNETWORK_FILE=" + NETWORK + "\n");
        node.files.put(NETWORK, "[Match]\nName=eth0\n[Network]\nAddress=10.0.0.1/24\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade)
                .returns("manages eth0 by " + NETWORK, Finding::text)
                .matches(
                        finding -> finding.remedy().contains("/etc/systemd/network/10-netplan-eth0.network.d/hacp.conf")
                                && finding.remedy().contains("critical: true")
                                && !finding.remedy().contains("cloud-init"));
        node.files.put("/etc/netplan/50-cloud-init.yaml", "network: {}\n");
        assertThat(onlyTrouble(Map.of()).remedy()).contains("cloud-init writes /etc/netplan/50-cloud-init.yaml again");

        String dropIn = "/etc/systemd/network/10-netplan-eth0.network.d/hacp.conf";
        node.files.put(dropIn, "[Network]\nKeepConfiguration=static\n");
        assertThat(onlyTrouble(Map.of()).text()).as("its preferred lifetime makes the VIP a dynamic one")
                .endsWith("with KeepConfiguration=static");
        node.files.put(dropIn, "[Network]\nKeepConfiguration=yes\n");
        assertThat(trouble(Map.of())).isEmpty();
        assertThat(textOf("systemd-networkd")).contains("KeepConfiguration=yes");
    }

    @Test
    void networkdThatDoesNotManageTheInterfaceIsNoTrouble() {
        networkd("ADMIN_STATE=unmanaged\n");
        assertThat(trouble(Map.of())).isEmpty();
        assertThat(textOf("systemd-networkd")).isEqualTo("leaves eth0 alone");
    }

    @Test
    void whatNetworkManagerDoesAndHowToKeepItFromItIsTold() {
        node.processes = List.of("NetworkManager", "kubelet");
        node.files.put("/sys/class/net/eth0/ifindex", "2\n");
        node.files.put("/run/NetworkManager/devices/2", "[device]\nmanaged=1\n");
        assertThat(textOf("NetworkManager")).startsWith("manages eth0").contains("--preserve-external-ip",
                "unmanaged-devices=interface-name:eth0");
        node.files.put("/run/NetworkManager/devices/2", "[device]\nmanaged=0\n");
        assertThat(textOf("NetworkManager")).isEqualTo("leaves eth0 alone");
    }

    // ---- who may take the VIP for the node's address

    @Test
    void whileTheVipIsHeldKubeletHasNoMoreAddressesToChooseFrom() {
        node.kubelet = List.of("/usr/bin/kubelet");
        node.nics = List.of(nic("eth0", true, "10.0.0.1", 24), nic("eth1", true, "10.0.0.10", 32));
        node.agent = Optional.of(new Running("cp1", "0.1.0", true, "cp1", ""));
        node.files.put("/proc/net/tcp6", FakeMachine.TCP_HEAD
                + "   0: 00000000000000000000000000000000:25AB 00000000000000000000000000000000:0000 0A 0\n");
        assertThat(trouble(Map.of())).isEmpty();
        assertThat(textOf("kubelet")).contains("only [10.0.0.1] to choose from");
    }

    @Test
    void kubeletWithoutAnAddressMayTakeAnIpv6VipBecauseTheNewestComesFirst() {
        node.kubelet = List.of("/usr/bin/kubelet");
        node.nics = List.of(nic("eth0", true, "fd00::1", 64));
        assertThat(onlyTrouble(IPV6)).returns("kubelet", Finding::subject).returns(Grade.WARNING, Finding::grade);
        node.kubelet = List.of("/usr/bin/kubelet", "--node-ip=fd00::1");
        assertThat(trouble(IPV6)).isEmpty();
    }

    @Test
    void flannelMustNotFindTheVip() {
        node.processes = List.of("flanneld", "kubelet");
        for (String finds : List.of("--iface=10.0.0.10", "-public-ip=10.0.0.10", "--iface-regex=10\\.0\\.0\\..*")) {
            node.commands.put("flanneld", List.of("/opt/bin/flanneld", "--ip-masq", finds));
            assertThat(onlyTrouble(Map.of())).as(finds).returns(Grade.FAILURE, Finding::grade)
                    .matches(finding -> finding.text().endsWith("finds the VIP 10.0.0.10"));
        }
        node.commands.put("flanneld", List.of("/opt/bin/flanneld", "--ip-masq", "--iface", "eth0"));
        assertThat(trouble(Map.of())).isEmpty();
        node.nics = List.of(nic("eth0", true, "fd00::1", 64));
        node.commands.put("flanneld", List.of("/opt/bin/flanneld"));
        assertThat(onlyTrouble(IPV6).text()).contains("the kernel lists the newest first");
    }

    @Test
    void calicoMustNotFindTheVip() {
        node.processes = List.of("calico-node", "kubelet");
        node.environments.put("calico-node", Map.of("IP", "autodetect"));
        assertThat(trouble(Map.of())).as("an IPv4 VIP is behind the node's own").isEmpty();
        node.environments.put("calico-node", Map.of("IP", "10.0.0.10/24"));
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade).returns("Calico", Finding::subject);
        node.nics = List.of(nic("eth0", true, "fd00::1", 64));
        node.environments.put("calico-node", Map.of("IP6", "autodetect"));
        assertThat(onlyTrouble(IPV6)).returns(Grade.WARNING, Finding::grade)
                .matches(finding -> finding.remedy().contains("IP6_AUTODETECTION_METHOD=kubernetes-internal-ip"));
        node.environments.put("calico-node",
                Map.of("IP6", "autodetect", "IP6_AUTODETECTION_METHOD", "kubernetes-internal-ip"));
        assertThat(trouble(IPV6)).isEmpty();
    }

    // ---- the packet filter

    @Test
    void aChainThatDropsWhatIsNotAllowedNamesWhatIsMissing() {
        node.outputs.put("nft", """
                table inet filter {
                \tchain input {
                \t\ttype filter hook input priority filter; policy drop;
                \t\tct state established,related accept
                \t\tiifname "lo" accept
                \t\ttcp dport { 22, 6443, 9000-9643 } accept
                \t}
                \tchain forward {
                \t\ttype filter hook forward priority filter; policy accept;
                \t\taccept
                \t}
                }
                """);
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade).returns(
                "the table 'inet filter' seems to drop TCP 9644 (members), ICMP echo (probes of the members)",
                Finding::text);
        node.outputs.put("nft", node.outputs.get("nft").replace("9643 }", "9644 }")
                .replace("iifname", "icmp type { destination-unreachable, echo-request } accept\n\t\tiifname"));
        assertThat(trouble(Map.of())).isEmpty();
    }

    @Test
    void whatFirewalldAllowsIsFoundBehindItsJumps() {
        String rules = """
                table inet firewalld {
                \tchain filter_INPUT {
                \t\ttype filter hook input priority filter + 10; policy accept;
                \t\tct state { established, related } accept
                \t\tiifname "lo" accept
                \t\tjump filter_INPUT_ZONES
                \t\tct state invalid drop
                \t\treject with icmpx admin-prohibited
                \t}
                \tchain filter_INPUT_ZONES {
                \t\tiifname "eth0" goto filter_IN_public
                \t}
                \tchain filter_IN_public {
                \t\tjump filter_IN_public_allow
                \t\tmeta l4proto { icmp, ipv6-icmp } accept
                \t\treject with icmpx admin-prohibited
                \t}
                \tchain filter_IN_public_allow {
                \t\ttcp dport 22 accept
                \t\tip6 daddr fe80::/64 udp dport 546 accept
                \t}
                }
                """;
        node.outputs.put("nft", rules);
        node.processes = List.of("firewalld", "kubelet");
        assertThat(onlyTrouble(Map.of())).matches(finding -> finding.text()
                .endsWith("drop TCP 9644 (members), TCP 6443 (clients), TCP 9643 (metrics)"))
                .matches(finding -> finding.remedy().startsWith("firewall-cmd --permanent --add-port=9644/tcp"));
        node.outputs.put("nft", rules.replace("tcp dport 22 accept", "ip saddr 10.0.0.0/24 accept"));
        assertThat(trouble(Map.of())).as("a condition counts as allowed").isEmpty();
    }

    @Test
    void aRuleThatDropsOnePortIsFoundWhereAllElseIsAccepted() {
        node.outputs.put("nft", """
                table ip filter {
                \tchain INPUT {
                \t\ttype filter hook input priority filter; policy accept;
                \t\tip saddr 192.0.2.7 tcp dport 6443 drop
                \t\ttcp dport 9644 counter packets 0 bytes 0 drop
                \t}
                }
                table ip6 filter {
                \tchain INPUT {
                \t\ttype filter hook input priority filter; policy drop;
                \t}
                }
                """);
        assertThat(onlyTrouble(Map.of()).text()).isEqualTo("the table 'ip filter' seems to drop TCP 9644 (members)");
    }
}
