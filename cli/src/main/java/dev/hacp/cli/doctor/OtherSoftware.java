package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.Machine.Assigned;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What else on this node has to do with the VIP: other software that could hold it, and kubelet, which must not take it
/// for the node's own address.
final class OtherSoftware {

    /// @param process its `comm`
    /// @param file    where it is configured; empty: elsewhere than on the node
    private record Rival(String name, String process, String file, String remedy) {}

    private static final String IMPORT = "'hacp import' takes over its settings, then remove it here";
    private static final List<Rival> RIVALS = List.of(
            new Rival("keepalived", "keepalived", "/etc/keepalived/keepalived.conf", IMPORT),
            new Rival("kube-vip", "kube-vip", "/etc/kubernetes/manifests/kube-vip.yaml", IMPORT),
            new Rival("ucarp", "ucarp", "", "take the VIP out of its configuration"),
            new Rival("vrrpd", "vrrpd", "", "take the VIP out of its configuration"),
            new Rival("MetalLB's speaker", "speaker", "", "keep the VIP out of its IPAddressPools"));
    private static final List<String> KUBELET_FLAGS = List.of("/var/lib/kubelet/kubeadm-flags.env",
            "/etc/default/kubelet", "/etc/sysconfig/kubelet");
    private static final Pattern NODE_IP = Pattern.compile("--node-ip[= ]\"?([0-9a-fA-F.:,]+)");

    private final AgentConfig config;
    private final Machine machine;
    private final Consumer<Finding> findings;

    OtherSoftware(AgentConfig config, Machine machine, Consumer<Finding> findings) {
        this.config = config;
        this.machine = machine;
        this.findings = findings;
    }

    void examine() {
        rivals();
        kubelet();
    }

    private void rivals() {
        Set<String> running = new HashSet<>(machine.processes());
        boolean none = true;
        for (Rival rival : RIVALS) {
            boolean runs = running.contains(rival.process());
            Optional<String> file = rival.file().isEmpty() ? Optional.empty() : machine.read(rival.file());
            if (!runs && file.isEmpty()) {
                continue;
            }
            none = false;
            List<String> both = literals().stream().map(VirtualIp::toString)
                    .filter(vip -> file.filter(text -> names(text, vip)).isPresent()).toList();
            String seen = rival.name() + (runs ? " runs" : " is configured (" + rival.file() + ")");
            findings.accept(both.isEmpty()
                    ? Finding.warning("other VIP software", seen,
                            "two programs that hold one address take it from each other", rival.remedy())
                    : Finding.failure("other VIP software", seen + " and holds " + String.join(", ", both),
                            "two programs that hold one address take it from each other", rival.remedy()));
        }
        if (none) {
            findings.accept(Finding.ok("other VIP software", "none seen"));
        }
    }

    /// The address itself, not 10.0.0.10 in 10.0.0.100.
    private static boolean names(String text, String address) {
        return Pattern.compile("(?<![0-9a-fA-F.:])" + Pattern.quote(address) + "(?![0-9a-fA-F.:])").matcher(text)
                .find();
    }

    private void kubelet() {
        List<String> command = machine.commandLine("kubelet");
        if (command.isEmpty() && KUBELET_FLAGS.stream().noneMatch(machine::exists)) {
            return;
        }
        String flags = String.join(" ", command);
        StringBuilder all = new StringBuilder(flags);
        KUBELET_FLAGS.forEach(file -> machine.read(file).ifPresent(text -> all.append('\n').append(text)));
        Matcher given = NODE_IP.matcher(all);
        if (given.find()) {
            given(given.group(1));
        } else {
            chosen();
        }
    }

    private void given(String nodeIp) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : nodeIp.split(",")) {
            IpAddresses.parse(text).ifPresent(addresses::add);
        }
        boolean isVip = literals().stream().anyMatch(vip -> addresses.contains(vip.address()));
        findings.accept(isVip
                ? Finding.failure("kubelet", "--node-ip=" + nodeIp + " is the VIP",
                        "the node would register under an address that moves to another node",
                        "give kubelet the node's own address")
                : Finding.ok("kubelet", "--node-ip=" + nodeIp));
    }

    private void chosen() {
        for (boolean ipv6 : literals().stream().map(VirtualIp::isIpv6).distinct().toList()) {
            List<String> candidates = machine.interfaces().stream().flatMap(nic -> nic.addresses().stream())
                    .map(Assigned::address)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress()
                            && (address.getAddress().length == 16) == ipv6
                            && literals().stream().noneMatch(vip -> vip.address().equals(address)))
                    .map(IpAddresses::text).toList();
            if (ipv6 && literals().stream().allMatch(VirtualIp::isIpv6)) {
                findings.accept(Finding.warning("kubelet",
                        "no --node-ip: the kernel lists the newest IPv6 address first",
                        "while this node has the VIP, that is the VIP, and the node may register under it",
                        "--node-ip in " + KUBELET_FLAGS.getFirst() + " (kubeadm: nodeRegistration.kubeletExtraArgs)"));
                continue;
            }
            findings.accept(candidates.size() <= 1
                    ? Finding.ok("kubelet", "no --node-ip, and only " + candidates + " to choose from")
                    : Finding.warning("kubelet", "no --node-ip: it chooses itself among " + candidates,
                            "it may register the node under an address of another network, or"
                                    + " one that is gone after a restart",
                            "--node-ip in " + KUBELET_FLAGS.getFirst() + " (kubeadm:"
                                    + " nodeRegistration.kubeletExtraArgs)"));
        }
    }

    private List<VirtualIp> literals() {
        return config.address().literals();
    }
}
