package dev.hacp.cli.doctor;

import dev.hacp.cli.config.AgentConfig;
import dev.hacp.cli.config.VipTarget;
import dev.hacp.cli.doctor.Machine.Assigned;
import dev.hacp.cli.doctor.Machine.Nic;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.VirtualIp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether the VIPs fit the interfaces of this node.
final class Addresses {

    private final AgentConfig config;
    private final Machine machine;
    private final List<Finding> findings = new ArrayList<>();

    Addresses(AgentConfig config, Machine machine) {
        this.config = config;
        this.machine = machine;
    }

    List<Finding> examine() {
        List<Nic> nics = machine.interfaces();
        Optional<String> named = config.address().interfaceName();
        Optional<Nic> given = named.flatMap(name -> nics.stream().filter(nic -> nic.name().equals(name)).findFirst());
        if (named.isPresent() && given.isEmpty()) {
            findings.add(Finding.failure("interface " + named.get(), "there is none of that name",
                    "one of " + nics.stream().map(Nic::name).sorted().toList() + ", or leave --interface out"));
            return findings;
        }
        List<Nic> candidates = given.map(List::of).orElse(nics);
        for (VipTarget target : config.address().vips()) {
            target.literal().ifPresentOrElse(vip -> examine(vip, candidates, nics), () -> findings.add(Finding
                    .ok("VIP " + target, "a name: it is resolved when the agent starts, and followed")));
        }
        return findings;
    }

    private void examine(VirtualIp vip, List<Nic> candidates, List<Nic> nics) {
        String subject = "VIP " + vip;
        for (Nic nic : nics) {
            for (Assigned assigned : nic.addresses()) {
                if (assigned.address().equals(vip.address())) {
                    held(vip, nic, assigned, subject);
                    return;
                }
            }
        }
        Optional<Nic> home = candidates.stream().filter(nic -> nic.addresses().stream()
                .anyMatch(assigned -> assigned.prefixLength() < vip.prefixLength()
                        && IpAddresses.sameSubnet(assigned.address(), vip.address(), assigned.prefixLength())))
                .findFirst();
        if (home.isEmpty()) {
            findings.add(Finding.failure(subject, "in no subnet of " + candidates.stream().map(Nic::name).toList(),
                    "choose a free address of the nodes' own subnet: ARP and NDP do not cross routers"));
        } else if (!home.get().up()) {
            findings.add(Finding.failure(subject, "its interface " + home.get().name() + " is down",
                    "ip link set " + home.get().name() + " up"));
        } else {
            findings.add(Finding.ok(subject, "in the subnet of " + home.get().name()));
            sysctls(vip, home.get());
        }
    }

    private void held(VirtualIp vip, Nic nic, Assigned assigned, String subject) {
        if (assigned.prefixLength() < vip.prefixLength()) {
            findings.add(Finding.failure(subject, "it is an address of this node itself (" + nic.name() + ", /"
                    + assigned.prefixLength() + ")", "choose an address that no machine has"));
        } else {
            findings.add(Finding.warning(subject, "held on " + nic.name() + " now",
                    "well when hacp runs here and owns it; else remove it: ip address del " + vip + "/"
                            + vip.prefixLength() + " dev " + nic.name()));
        }
    }

    private void sysctls(VirtualIp vip, Nic nic) {
        if (vip.isIpv6()) {
            return;
        }
        // Documentation/networking/ip-sysctl: the larger of `all` and the interface's own counts.
        int ignore = Math.max(sysctl("all", "arp_ignore"), sysctl(nic.name(), "arp_ignore"));
        if (ignore >= 3) {
            findings.add(Finding.failure("arp_ignore", ignore + " on " + nic.name() + ": the VIP's ARP requests stay"
                    + " unanswered", "sysctl -w net.ipv4.conf." + nic.name() + ".arp_ignore=1 (and .all)"));
        } else if (ignore == 0 && machine.interfaces().stream().filter(other -> sharesSubnet(other, nic)).count() > 1) {
            findings.add(Finding.warning("arp_ignore", "0 with two interfaces in one subnet: both answer for the VIP",
                    "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"));
        }
    }

    private static boolean sharesSubnet(Nic a, Nic b) {
        return a.addresses().stream().anyMatch(left -> b.addresses().stream().anyMatch(right -> left.prefixLength() > 0
                && IpAddresses.sameSubnet(left.address(), right.address(),
                        Math.min(left.prefixLength(), right.prefixLength()))
                && !left.address().isLinkLocalAddress()));
    }

    private int sysctl(String nic, String key) {
        return machine.read("/proc/sys/net/ipv4/conf/" + nic + "/" + key).map(String::strip)
                .filter(text -> text.matches("\\d{1,3}")).map(Integer::parseInt).orElse(0);
    }
}
