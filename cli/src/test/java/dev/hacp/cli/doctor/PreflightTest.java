package dev.hacp.cli.doctor;

import static dev.hacp.cli.doctor.FakeMachine.TCP_HEAD;
import static dev.hacp.cli.doctor.FakeMachine.nic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.agent.config.ConfigReader;
import dev.hacp.agent.config.Option;
import dev.hacp.agent.config.Options;
import dev.hacp.agent.config.Surroundings;
import dev.hacp.cli.Invocation;
import dev.hacp.cli.doctor.Finding.Grade;
import dev.hacp.cli.doctor.Machine.Running;
import dev.hacp.core.MacAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PreflightTest {

    private final FakeMachine node = new FakeMachine();

    private List<Finding> examine(Map<Option<?>, List<String>> more) {
        return node.examine(more);
    }

    /// The one finding that is not well.
    private Finding onlyTrouble(Map<Option<?>, List<String>> more) {
        List<Finding> trouble = examine(more).stream().filter(finding -> finding.grade() != Grade.OK).toList();
        assertThat(trouble).hasSize(1);
        assertThat(trouble.getFirst().why()).isNotEmpty();
        assertThat(trouble.getFirst().remedy()).isNotEmpty();
        return trouble.getFirst();
    }

    @Test
    void aGoodNodeHasNoTrouble() {
        assertThat(examine(Map.of())).isNotEmpty().allMatch(finding -> finding.grade() == Grade.OK)
                .allMatch(finding -> finding.remedy().isEmpty() && finding.why().isEmpty())
                .anyMatch(finding -> finding.text().contains("steered past"));
    }

    @Test
    void anOldKernelIsNamed() {
        node.release = "5.4.0-150-generic";
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade).returns("kernel", Finding::subject);
        node.release = "5.9.0";
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aKernelThatDoesNotSteerIsAFailureOnlyWhereThePortIsTaken() {
        node.steeringProblem = Optional.of("bpf program load: EINVAL");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade)
                .returns("6.1.0-40-amd64: bpf program load: EINVAL", Finding::text);
        assertThat(onlyTrouble(Map.of(Options.PORT, List.of("8443")))).returns(Grade.WARNING, Finding::grade);
    }

    @Test
    void whatARunningAgentExplainsIsNoTrouble() {
        node.files.put("/proc/net/tcp6", TCP_HEAD + listening("25AB") + listening("25AC"));
        assertThat(examine(Map.of()).stream().filter(finding -> finding.grade() != Grade.OK)).hasSize(2);
        node.agent = Optional.of(new Running("cp1", "0.1.0", false, "cp2", ""));
        node.answering = Optional.of(MacAddress.parse("02:00:00:00:00:07"));
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK)
                .anyMatch(finding -> finding.text().equals("hacp 0.1.0 runs here; cp2 owns the VIP"));
        node.answering = Optional.empty();
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade)
                .returns("nobody on the LAN answers for it, but cp2 owns it", Finding::text);
        node.agent = Optional.of(new Running("cp1", "0.1.0", true, "cp1", ""));
        node.nics = List.of(nic("eth0", true, "10.0.0.1", 24), nic("eth1", true, "10.0.0.10", 32));
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
        node.agent = Optional.of(new Running("cp1", "0.1.0", true, "cp1", "no link"));
        assertThat(onlyTrouble(Map.of()).text()).isEqualTo("hacp 0.1.0 runs here and is not ready: no link");
    }

    private static String listening(String port) {
        return "   0: 00000000000000000000000000000000:" + port + " 00000000000000000000000000000000:0000 0A 0\n";
    }

    @Test
    void whoAnswersForTheVipOnTheLanIsNamed() {
        node.answering = Optional.of(MacAddress.parse("02:00:00:00:00:07"));
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade)
                .returns("02:00:00:00:00:07 answers for it on the LAN", Finding::text);
    }

    @Test
    void missingCapabilitiesAreNamed() {
        node.files.put("/proc/self/status", "CapEff:\t0000000000001000\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade)
                .returns("missing: NET_RAW (announce it, probe the other members)", Finding::text);
        node.files.put("/proc/self/status", "CapEff:\t0000000000003000\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade)
                .matches(finding -> finding.text().startsWith("BPF is missing"));
        node.files.put("/proc/self/status", "CapEff:\t0000008000003000\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void whatRealTimeSchedulingOfTheProbesNeedsIsToldAndItsLackIsNoTrouble() {
        assertThat(textOf("probes")).endsWith("real-time scheduling is allowed");
        node.files.put("/proc/self/status", "CapEff:\t0000008000003000\n");
        node.files.put("/proc/self/limits", "Max realtime priority     0                    9                    \n");
        assertThat(textOf("probes")).endsWith("optional: SYS_NICE in a pod, LimitRTPRIO=10 in a unit");
        node.files.put("/proc/self/limits", "Max realtime priority     0                    10                   \n");
        assertThat(textOf("probes")).endsWith("real-time scheduling is allowed");
    }

    private String textOf(String subject) {
        return examine(Map.of()).stream().filter(finding -> finding.subject().equals(subject))
                .peek(finding -> assertThat(finding.grade()).isEqualTo(Grade.OK)).findFirst().orElseThrow().text();
    }

    @Test
    void missingLibpcapIsAFailure() {
        node.pcap = false;
        assertThat(onlyTrouble(Map.of()).remedy()).contains("libpcap0.8");
    }

    @Test
    void tooFewOpenFilesForTheConnectionsAreAWarning() {
        node.files.put("/proc/self/limits", "Max open files   1024   4096   files\n");
        assertThat(onlyTrouble(Map.of()).text()).contains("carries 1792 connections");
        assertThat(examine(Map.of(Options.MAX_CONNECTIONS, List.of("1000"))))
                .allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aVipOutsideEverySubnetIsAFailure() {
        assertThat(onlyTrouble(Map.of(Options.VIP, List.of("10.0.1.10"))).text())
                .isEqualTo("in no subnet of [lo, eth0]");
    }

    @Test
    void aVipThatIsTheNodesOwnAddressIsAFailure() {
        node.kubelet = List.of("/usr/bin/kubelet");
        assertThat(onlyTrouble(Map.of(Options.VIP, List.of("10.0.0.1")))).returns(Grade.FAILURE, Finding::grade)
                .matches(finding -> finding.text().contains("address of this node itself (eth0, /24)"));
    }

    @Test
    void aVipThatIsHeldNowIsAWarning() {
        node.nics = List.of(nic("eth0", true, "10.0.0.1", 24), nic("eth1", true, "10.0.0.10", 32));
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade)
                .returns("held on eth1 now", Finding::text);
    }

    @Test
    void anInterfaceThatIsMissingOrDownIsAFailure() {
        assertThat(onlyTrouble(Map.of(Options.INTERFACE_NAME, List.of("eth7"))).remedy()).contains("[eth0, lo]");
        node.nics = List.of(nic("eth0", false, "10.0.0.1", 24));
        assertThat(onlyTrouble(Map.of()).remedy()).isEqualTo("ip link set eth0 up");
    }

    @Test
    void strictArpThatSilencesTheVipIsAFailure() {
        node.files.put("/proc/sys/net/ipv4/conf/all/arp_ignore", "8\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade).returns("arp_ignore",
                Finding::subject);
        node.files.put("/proc/sys/net/ipv4/conf/all/arp_ignore", "1\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void twoInterfacesInOneSubnetNeedStrictArp() {
        node.nics = List.of(nic("eth0", true, "10.0.0.1", 24), nic("eth1", true, "10.0.0.2", 24));
        assertThat(onlyTrouble(Map.of()).why()).contains("both answer for the VIP");
        node.files.put("/proc/sys/net/ipv4/conf/all/arp_ignore", "1\n");
        node.files.put("/proc/sys/net/ipv4/conf/eth0/arp_announce", "2\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aStrictSourceFilterThatDropsClientsIsAWarning() {
        node.files.put("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
        node.files.put("/proc/net/route", "Iface\tDestination\tGateway\neth9\t00000000\t0100000A\n");
        assertThat(onlyTrouble(Map.of()).text()).isEqualTo("1 on eth0, and the default route leaves by eth9");
        node.files.put("/proc/sys/net/ipv4/conf/eth0/rp_filter", "2\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void kubeletMustKnowTheNodeByAnotherAddressThanTheVip() {
        node.kubelet = List.of("/usr/bin/kubelet", "--node-ip=10.0.0.10");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade).returns("kubelet", Finding::subject);
        node.kubelet = List.of("/usr/bin/kubelet");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
        node.nics = List.of(nic("eth0", true, "10.0.0.1", 24), nic("eth1", true, "192.168.7.1", 24));
        assertThat(onlyTrouble(Map.of()).text()).contains("chooses itself among [10.0.0.1, 192.168.7.1]");
        node.files.put("/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1\"\n");
        assertThat(examine(Map.of())).allMatch(finding -> finding.grade() == Grade.OK);
    }

    @Test
    void aTakenPortIsAWarning() {
        node.files.put("/proc/net/tcp6",
                TCP_HEAD + "   0: 00000000000000000000000000000000:25AB 00000000000000000000000000000000:0000 0A 0\n");
        assertThat(onlyTrouble(Map.of()).subject()).isEqualTo("port 9643");
    }

    @Test
    void otherVipSoftwareIsAWarning() {
        node.processes = List.of("keepalived", "kubelet");
        assertThat(onlyTrouble(Map.of()).text()).isEqualTo("keepalived runs");
        node.processes = List.of();
        node.files.put("/etc/kubernetes/manifests/kube-vip.yaml", "- name: address\n  value: 10.0.0.100\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.WARNING, Finding::grade)
                .matches(finding -> finding.remedy().contains("hacp import"));
        node.files.put("/etc/kubernetes/manifests/kube-vip.yaml", "- name: address\n  value: 10.0.0.10\n");
        assertThat(onlyTrouble(Map.of())).returns(Grade.FAILURE, Finding::grade)
                .matches(finding -> finding.text().endsWith("and holds 10.0.0.10"));
    }

    @Test
    void aCredentialThatIsNotThereYetIsAWarning() {
        AgentConfig config = ConfigReader.agent(new ConfigReader.Flags(
                Map.of(Options.VIP, List.of("10.0.0.10"), Options.KUBECONFIG, List.of("/absent.conf")),
                Optional.empty(), List.of()), new Surroundings(Map.of(), "cp1"));
        List<Finding> findings = new ArrayList<>();
        ClusterAccess.examine(config, node, Map.of(), Clock.systemUTC(), findings::add);
        assertThat(findings).singleElement().returns(Grade.WARNING, Finding::grade)
                .returns("credential", Finding::subject)
                .matches(finding -> finding.text().endsWith("/absent.conf does not exist"));
    }

    @Test
    void theCommandSpeaksTextAndJson() {
        Invocation text = Invocation.of("doctor", "--vip", "10.0.0.10", "--interface", "nosuchnic0");
        assertThat(text.err()).isEmpty();
        assertThat(text.code()).isEqualTo(1);
        assertThat(text.out())
                .contains("failure  interface nosuchnic0: no such interface\n         why: there is no interface")
                .contains("\n         do:  one of [").contains(" looked at: ");
        Invocation json = Invocation.of("doctor", "--vip", "10.0.0.10", "--interface", "nosuchnic0", "-o", "json");
        assertThat(json.code()).isEqualTo(1);
        assertThat(json.out()).startsWith("[ {").contains("\"grade\" : \"failure\"").contains("\"why\" : ");
    }
}
