package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.core.VirtualIp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Programs that find out the node's address by themselves, and must not find the VIP. hacp keeps an IPv4 VIP behind the
/// node's own addresses; the kernel lists the newest IPv6 address first.
final class NodeAddressFinders {

    private static final String WHY = "the other nodes would reach this one by an address that moves away";

    private final AgentConfig config;
    private final Machine machine;
    private final Consumer<Finding> findings;

    NodeAddressFinders(AgentConfig config, Machine machine, Consumer<Finding> findings) {
        this.config = config;
        this.machine = machine;
        this.findings = findings;
    }

    void examine() {
        List<VirtualIp> vips = config.address().literals();
        List<String> running = machine.processes();
        if (running.contains("flanneld")) {
            flannel(vips, machine.commandLine("flanneld"));
        }
        if (running.contains("calico-node")) {
            calico(vips, machine.environment("calico-node"));
        }
        if (running.contains("cilium-agent")) {
            findings.accept(Finding.ok("Cilium", "takes the Node's InternalIP: kubelet's --node-ip decides"));
        }
    }

    private void flannel(List<VirtualIp> vips, List<String> command) {
        for (String flag : List.of("iface", "iface-regex", "public-ip", "public-ipv6")) {
            Optional<String> given = value(command, flag);
            Optional<VirtualIp> taken = given
                    .flatMap(text -> vips.stream().filter(vip -> finds(flag, text, vip)).findFirst());
            if (taken.isPresent()) {
                findings.accept(
                        Finding.failure("flannel", "--" + flag + "=" + given.get() + " finds the VIP " + taken.get(),
                                WHY, "give flannel the node's interface by name (--iface=eth0)"));
                return;
            }
        }
        findings.accept(
                newestFirst(vips) && value(command, "iface").isEmpty() && value(command, "public-ipv6").isEmpty()
                        ? Finding.warning("flannel",
                                "chooses the node's IPv6 address itself, and the kernel lists the newest first",
                                WHY, "--public-ipv6 with the node's own address")
                        : Finding.ok("flannel", "finds the node's own address"));
    }

    /// The option is a flag of Go: with one dash or two, the value behind a sign or a blank.
    private static Optional<String> value(List<String> command, String flag) {
        for (int i = 0; i < command.size(); i++) {
            String word = command.get(i).replaceFirst("^--?", "");
            if (word.startsWith(flag + "=")) {
                return Optional.of(word.substring(flag.length() + 1));
            }
            if (word.equals(flag) && i + 1 < command.size()) {
                return Optional.of(command.get(i + 1));
            }
        }
        return Optional.empty();
    }

    private static boolean finds(String flag, String text, VirtualIp vip) {
        if (!flag.equals("iface-regex")) {
            return text.equals(vip.toString());
        }
        try {
            // Against names and addresses alike: what finds the VIP finds it on whichever node has it.
            return Pattern.compile(text).matcher(vip.toString()).find();
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private void calico(List<VirtualIp> vips, Map<String, String> environment) {
        List<String> given = List.of(environment.getOrDefault("IP", ""), environment.getOrDefault("IP6", ""));
        Optional<VirtualIp> taken = vips.stream().filter(vip -> given.stream()
                .anyMatch(text -> text.replaceFirst("/.*", "").equals(vip.toString()))).findFirst();
        String method = environment.getOrDefault("IP6_AUTODETECTION_METHOD", "first-found");
        if (taken.isPresent()) {
            findings.accept(Finding.failure("Calico",
                    "calico-node is given the VIP " + taken.get() + " as the node's address",
                    WHY,
                    "IP=autodetect and IP_AUTODETECTION_METHOD=kubernetes-internal-ip in the DaemonSet calico-node"));
        } else if (newestFirst(vips) && environment.getOrDefault("IP6", "none").equals("autodetect")
                && !method.startsWith("kubernetes-internal-ip") && !method.startsWith("can-reach")) {
            findings.accept(Finding.warning("Calico", "finds the node's IPv6 address by " + method
                    + ", and the kernel lists the newest first", WHY,
                    "IP6_AUTODETECTION_METHOD=kubernetes-internal-ip in the"
                            + " DaemonSet calico-node (operator: nodeAddressAutodetectionV6: {kubernetes: NodeInternalIP})"));
        } else {
            findings.accept(Finding.ok("Calico", "finds the node's own address"));
        }
    }

    private static boolean newestFirst(List<VirtualIp> vips) {
        return vips.stream().anyMatch(VirtualIp::isIpv6);
    }
}
