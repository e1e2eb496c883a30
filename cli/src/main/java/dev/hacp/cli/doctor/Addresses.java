package dev.hacp.cli.doctor;

import dev.hacp.agent.config.AgentConfig;
import dev.hacp.cli.doctor.Machine.Assigned;
import dev.hacp.cli.doctor.Machine.Nic;
import dev.hacp.cli.doctor.Machine.Running;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VipTarget;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.address.VipCheck;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Whether the VIPs fit the interfaces of this node, and whether the LAN has them already.
final class Addresses {

    private static final String L2 = "the LAN finds the VIP by ARP and NDP, which do not cross routers";

    private final AgentConfig config;
    private final Machine machine;
    private final Optional<Running> agent;
    private final Consumer<Finding> findings;
    private final Set<String> examined = new TreeSet<>();
    private final Set<String> managed = new TreeSet<>();

    /// @param agent the one that runs here
    Addresses(AgentConfig config, Machine machine, Optional<Running> agent, Consumer<Finding> findings) {
        this.config = config;
        this.machine = machine;
        this.agent = agent;
        this.findings = findings;
    }

    void examine() {
        List<Nic> nics = machine.interfaces();
        Optional<String> named = config.address().interfaceName();
        Optional<Nic> given = named.flatMap(name -> nics.stream().filter(nic -> nic.name().equals(name)).findFirst());
        if (named.isPresent() && given.isEmpty()) {
            findings.accept(Finding.failure("interface " + named.get(), "no such interface",
                    "there is no interface to put the VIP on",
                    "one of " + nics.stream().map(Nic::name).sorted().toList() + ", or leave --interface out"));
            return;
        }
        List<Nic> candidates = given.map(List::of).orElse(nics);
        for (VipTarget target : config.address().vips()) {
            target.literal().ifPresentOrElse(vip -> examine(vip, candidates, nics),
                    () -> named(target.text(), candidates, nics));
        }
    }

    private void named(String name, List<Nic> candidates, List<Nic> nics) {
        List<InetAddress> found = machine.resolve(name);
        if (found.isEmpty()) {
            findings.accept(Finding.failure("VIP " + name, "the name does not resolve",
                    "the agent waits until it does: nobody has the VIP",
                    "add it to DNS or to /etc/hosts, or give the address"));
        }
        for (InetAddress address : found) {
            try {
                VirtualIp vip = new VirtualIp(address);
                findings.accept(Finding.ok("VIP " + name, "resolves to " + vip + "; the name is followed"));
                examine(vip, candidates, nics);
            } catch (IllegalArgumentException e) {
                findings.accept(Finding.failure("VIP " + name, "resolves to " + e.getMessage(), "it is never taken",
                        "correct it in DNS or in /etc/hosts, or give the address"));
            }
        }
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
        Optional<Nic> home = candidates.stream().filter(nic -> subnet(vip, nic).isPresent()).findFirst();
        if (home.isEmpty()) {
            List<String> without = vip.isIpv6()
                    ? candidates.stream().map(Nic::name).filter(this::hasNoIpv6).toList()
                    : List.of();
            findings.accept(without.isEmpty()
                    ? Finding.failure(subject, "in no subnet of " + candidates.stream().map(Nic::name).toList(), L2,
                            "choose a free address of the nodes' own subnet")
                    : noIpv6(subject, without.getFirst()));
            return;
        }
        Nic nic = home.get();
        Optional<String> reserved = subnet(vip, nic).flatMap(own -> VipCheck.reserved(vip.address(), own.prefixLength())
                .map(what -> "the " + what + " of the subnet of " + IpAddresses.text(own.address()) + "/"
                        + own.prefixLength()
                        + " on " + nic.name()));
        if (reserved.isPresent()) {
            findings.accept(Finding.failure(subject, reserved.get(), "no machine can have it, and the agent refuses it",
                    "choose a free address of the nodes' own subnet"));
        } else if (!nic.up()) {
            findings.accept(Finding.failure(subject, "its interface " + nic.name() + " is down", L2,
                    "ip link set " + nic.name() + " up"));
        } else {
            findings.accept(Finding.ok(subject, "in the subnet of " + nic.name()));
            onTheLan(vip, subject);
            interfaceOf(vip, nic, subject);
        }
    }

    private static Optional<Assigned> subnet(VirtualIp vip, Nic nic) {
        return nic.addresses().stream().filter(assigned -> assigned.prefixLength() < vip.prefixLength()
                && IpAddresses.sameSubnet(assigned.address(), vip.address(), assigned.prefixLength())).findFirst();
    }

    /// Whether the interface can carry the VIP; also on the owner, where the VIP is there already.
    private void interfaceOf(VirtualIp vip, Nic nic, String subject) {
        master(nic).ifPresent(master -> findings.accept(Finding.failure("interface " + nic.name(),
                "is a port of " + master
                        + ", which gets its frames",
                "nobody is answered on it", "give --interface " + master
                        + ", or leave it out and move the node's address to " + master)));
        if (vip.isIpv6() && hasNoIpv6(nic.name())) {
            findings.accept(noIpv6(subject, nic.name()));
        }
        sysctls(vip, nic);
        if (managed.add(nic.name())) {
            new NetworkManagers(machine, findings).examine(nic.name());
        }
    }

    private boolean hasNoIpv6(String nic) {
        return machine.read("/proc/sys/net/ipv6/conf/" + nic + "/disable_ipv6").filter(text -> text.startsWith("1"))
                .isPresent();
    }

    private static Finding noIpv6(String subject, String nic) {
        return Finding.failure(subject, "IPv6 is disabled on " + nic, "the kernel refuses the address",
                "sysctl -w net.ipv6.conf." + nic + ".disable_ipv6=0, and see what sets it: a file in /etc/sysctl.d, or"
                        + " systemd-networkd, which disables IPv6 where a .network file asks for none");
    }

    /// A VRF takes no frames from its ports; every other master does.
    private Optional<String> master(Nic nic) {
        Optional<String> master = machine.read("/sys/class/net/" + nic.name() + "/master/uevent");
        return master.filter(text -> !text.contains("DEVTYPE=vrf")).map(text -> text.lines()
                .filter(line -> line.startsWith("INTERFACE=")).map(line -> line.substring(10)).findFirst()
                .orElse("another"));
    }

    private void onTheLan(VirtualIp vip, String subject) {
        Optional<String> owner = agent.map(Running::owner).filter(name -> !name.isEmpty());
        Optional<MacAddress> mac = machine.answering(vip, config.address().port());
        if (mac.isPresent() && owner.isPresent()) {
            findings.accept(Finding.ok(subject, mac.get() + " answers for it, which should be " + owner.get()
                    + ": it owns the VIP"));
        } else if (mac.isPresent()) {
            findings.accept(Finding.warning(subject, mac.get() + " answers for it on the LAN",
                    "two machines with one address: clients reach one or the other",
                    "fine if hacp, or what it replaces, owns it on another node now ('hacp status');"
                            + " otherwise choose a free address"));
        } else if (owner.isPresent()) {
            findings.accept(Finding.failure(subject, "nobody on the LAN answers for it, but " + owner.get()
                    + " owns it", "clients on this machine's LAN do not reach the VIP",
                    "check 'hacp status' and the log there, and that the switch passes ARP and NDP"));
        } else {
            findings.accept(Finding.ok(subject, "nobody on the LAN answers for it"));
        }
    }

    private void held(VirtualIp vip, Nic nic, Assigned assigned, String subject) {
        if (assigned.prefixLength() < vip.prefixLength()) {
            findings.accept(Finding.failure(subject, "it is an address of this node itself (" + nic.name() + ", /"
                    + assigned.prefixLength() + ")", "an address that moves cannot be a node's own",
                    "choose an address that no machine has"));
            return;
        }
        if (agent.filter(Running::ownsVip).isPresent()) {
            findings.accept(Finding.ok(subject, "held on " + nic.name() + " by the agent that runs here"));
        } else {
            findings.accept(Finding.warning(subject, "held on " + nic.name() + " now",
                    "an address that hacp does not manage stays here after another node has taken it",
                    "fine if hacp runs here and owns it; otherwise remove it: ip address del " + vip + "/"
                            + vip.prefixLength() + " dev " + nic.name()));
        }
        interfaceOf(vip, nic, subject);
    }

    /// Documentation/networking/ip-sysctl: the larger of `all` and the interface's own counts.
    private void sysctls(VirtualIp vip, Nic nic) {
        if (vip.isIpv6() || !examined.add(nic.name())) {
            return;
        }
        int ignore = sysctl(nic, "arp_ignore");
        boolean shared = machine.interfaces().stream().filter(other -> sharesSubnet(other, nic)).count() > 1;
        if (ignore == 8) {
            findings.accept(Finding.failure("arp_ignore", "8 on " + nic.name(),
                    "ARP requests for the VIP are not answered",
                    "sysctl -w net.ipv4.conf." + nic.name() + ".arp_ignore=1 (and .all)"));
        } else if (shared && (ignore == 0 || sysctl(nic, "arp_announce") == 0)) {
            findings.accept(Finding.warning("arp_ignore, arp_announce", "0 with two interfaces in one subnet",
                    "both answer for the VIP, and clients may learn the wrong one",
                    "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"));
        } else {
            findings.accept(Finding.ok("arp_ignore, arp_announce", "let " + nic.name() + " answer for the VIP"));
        }
        sourceFilter(nic);
    }

    private void sourceFilter(Nic nic) {
        Optional<String> gateway = machine.read("/proc/net/route").flatMap(text -> text.lines().skip(1)
                .map(line -> line.split("\\s+")).filter(fields -> fields.length > 1 && fields[1].equals("00000000"))
                .map(fields -> fields[0]).findFirst());
        if (sysctl(nic, "rp_filter") == 1 && gateway.filter(other -> !other.equals(nic.name())).isPresent()) {
            findings.accept(Finding.warning("rp_filter", "1 on " + nic.name() + ", and the default route leaves by "
                    + gateway.get(), "clients of other networks that come in by " + nic.name() + " are dropped",
                    "sysctl -w net.ipv4.conf." + nic.name() + ".rp_filter=2 (and .all)"));
        } else {
            findings.accept(Finding.ok("rp_filter", "drops no client of the VIP"));
        }
    }

    private static boolean sharesSubnet(Nic a, Nic b) {
        return a.addresses().stream().filter(Addresses::hasSubnet).anyMatch(left -> b.addresses().stream()
                .filter(Addresses::hasSubnet).anyMatch(right -> IpAddresses.sameSubnet(left.address(), right.address(),
                        Math.min(left.prefixLength(), right.prefixLength()))
                        && !left.address().isLinkLocalAddress()));
    }

    private static boolean hasSubnet(Assigned assigned) {
        return assigned.prefixLength() > 0
                && assigned.prefixLength() < assigned.address().getAddress().length * Byte.SIZE;
    }

    private int sysctl(Nic nic, String key) {
        return Math.max(sysctl("all", key), sysctl(nic.name(), key));
    }

    private int sysctl(String nic, String key) {
        return machine.read("/proc/sys/net/ipv4/conf/" + nic + "/" + key).map(String::strip)
                .filter(text -> text.matches("\\d{1,3}")).map(Integer::parseInt).orElse(0);
    }
}
