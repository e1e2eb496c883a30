package dev.hacp.testbed.lan;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import dev.hacp.testbed.Await;
import dev.hacp.testbed.Shell;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// A switch with hosts on it: 10.77.0.0/24 and fd77::/64. Several LANs, also of several JVMs, do not see each other:
/// nothing of it exists in the machine's own namespace but the names, which carry the process id.
///
/// Faults are made at the switch, as a real LAN does: the hosts keep their configuration. Not thread-safe.
public final class Lan implements AutoCloseable {

    private static final Duration OPERATIONAL = Duration.ofSeconds(10);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Set<Lan> OPEN = new LinkedHashSet<>();

    private final String prefix;
    private final NetNamespace network;
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final List<String> drops = new ArrayList<>();

    private Lan(String prefix) {
        this.prefix = prefix;
        this.network = NetNamespace.create(prefix + "-switch");
    }

    /// Makes the switch; removes what killed runs left before.
    public static Lan create() {
        synchronized (OPEN) {
            if (NUMBER.get() == 0) {
                NetNamespace.removeLeftovers();
                Runtime.getRuntime().addShutdownHook(new Thread(Lan::closeAll, "lan-shutdown"));
            }
        }
        Lan lan = new Lan("hacp-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
        synchronized (OPEN) {
            OPEN.add(lan);
        }
        try {
            // The switch itself must not speak: no addresses, no router solicitations, no multicast snooping.
            lan.network.sysctl("net/ipv6/conf/all/disable_ipv6", "1");
            lan.network.sysctl("net/ipv6/conf/default/disable_ipv6", "1");
            lan.network.ip("link", "add", "name", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0",
                    "mcast_snooping", "0");
            lan.network.ip("link", "set", "dev", "br0", "up");
            return lan;
        } catch (RuntimeException e) {
            lan.close();
            throw e;
        }
    }

    /// Attaches a new host; the first gets 10.77.0.1 and fd77::1.
    ///
    /// @param name at most 15 characters: it names the switch's port too
    public Host host(String name) {
        if (name.length() > 15 || hosts.containsKey(name)) {
            throw new IllegalArgumentException(name + " (expected: a new name of at most 15 characters)");
        }
        int number = hosts.size() + 1;
        NetNamespace namespace = NetNamespace.create(prefix + "-" + name);
        try {
            network.ip("link", "add", "name", name, "type", "veth", "peer", "name", Host.INTERFACE, "netns",
                    namespace.name());
            network.ip("link", "set", "dev", name, "master", "br0", "up");
            namespace.sysctl("net/ipv6/conf/" + Host.INTERFACE + "/accept_dad", "0");
            namespace.ip("addr", "add", IpAddresses.text(address4(number)) + "/24", "dev", Host.INTERFACE);
            namespace.ip("addr", "add", IpAddresses.text(address6(number)) + "/64", "dev", Host.INTERFACE, "nodad");
            namespace.ip("link", "set", "dev", Host.INTERFACE, "up");
            Host host = new Host(name, namespace, address4(number), address6(number), macOf(namespace));
            hosts.put(name, host);
            return host;
        } catch (RuntimeException e) {
            namespace.close();
            throw e;
        }
    }

    /// Attaches a host for each name.
    public List<Host> hosts(String... names) {
        return List.of(names).stream().map(this::host).toList();
    }

    private static MacAddress macOf(NetNamespace namespace) {
        String[] words = namespace.ip("-o", "link", "show", "dev", Host.INTERFACE).split("\\s+");
        return MacAddress.parse(words[List.of(words).indexOf("link/ether") + 1]);
    }

    /// All hosts in the order they came.
    public List<Host> hosts() {
        return List.copyOf(hosts.values());
    }

    /// The namespace of the switch: captures of everything are taken on its interface `br0`.
    public NetNamespace network() {
        return network;
    }

    /// 10.77.0.X, for hosts (from 1) and anything else that must be in their subnet.
    public static InetAddress address4(int x) {
        return IpAddresses.of(new byte[]{10, 77, 0, (byte) x});
    }

    /// fd77::X
    public static InetAddress address6(int x) {
        return IpAddresses.of(
                new byte[]{(byte) 0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) (x >> 8), (byte) x});
    }

    /// 10.77.0.100, never a host's.
    public static VirtualIp vip4() {
        return new VirtualIp(address4(100));
    }

    /// 10.77.0.101 and on: VIPs of other products beside [#vip4].
    ///
    /// @param number from 1 to 9
    public static VirtualIp peerVip4(int number) {
        return new VirtualIp(address4(100 + number));
    }

    /// fd77::64, never a host's.
    public static VirtualIp vip6() {
        return new VirtualIp(address6(100));
    }

    /// The cable is pulled: the switch's port goes down and the host's interface loses its carrier.
    public void cutOff(Host host) {
        network.ip("link", "set", "dev", host.name(), "down");
    }

    /// The switch forwards nothing from and to the host, whose carrier stays: a fault further away.
    public void blackHole(Host host) {
        network.run("bridge", "link", "set", "dev", host.name(), "state", "0");
    }

    /// What `from` sends does not reach `to`; the other way works.
    public void oneWayCut(Host from, Host to) {
        drops.add("iifname \"" + from.name() + "\" oifname \"" + to.name() + "\" drop");
        filter();
    }

    /// Port up and forwarding, no cut from or to the host.
    public void heal(Host host) {
        network.ip("link", "set", "dev", host.name(), "up");
        // Refused (ENETDOWN) until the port is operational, which the kernel finds out by itself up to a second later
        // (net/bridge/br_netlink.c, br_set_port_state; net/core/link_watch.c).
        Await.until("the port of " + host + " forwards", OPERATIONAL, () -> network
                .attempt("bridge", "link", "set", "dev", host.name(), "state", "3").exitCode() == 0);
        if (drops.removeIf(rule -> rule.contains("\"" + host.name() + "\""))) {
            filter();
        }
    }

    /// Puts a delay and a loss into the way from the switch to the host, none of either at first. The link is interrupted for a
    /// moment, now and when the port is closed.
    public DelayedPort delayedPort(Host host) {
        return DelayedPort.insert(network, host.name());
    }

    private void filter() {
        network.nft(drops.isEmpty()
                ? ""
                : "table bridge lan {\nchain forward {\ntype filter hook forward priority 0\n"
                        + String.join("\n", drops)
                        + "\n}\n}\n");
    }

    /// The hosts that have `vip` on an interface right now.
    public List<Host> holders(VirtualIp vip) {
        return hosts.values().stream().filter(host -> host.holds(vip.address())).toList();
    }

    /// The only host that has `vip`, empty when none or several have it.
    public Optional<Host> holder(VirtualIp vip) {
        List<Host> holders = holders(vip);
        return holders.size() == 1 ? Optional.of(holders.getFirst()) : Optional.empty();
    }

    /// Whether `from` reaches `to` (one ping, one second).
    public boolean reaches(Host from, InetAddress to) {
        Shell.Result result = from.attempt("ping", "-c", "1", "-W", "1", IpAddresses.text(to));
        return result.exitCode() == 0;
    }

    /// Kills what runs on the hosts and removes everything; may be called twice.
    @Override
    public void close() {
        synchronized (OPEN) {
            OPEN.remove(this);
        }
        hosts.values().forEach(host -> host.namespace().close());
        hosts.clear();
        network.close();
    }

    private static void closeAll() {
        List<Lan> open;
        synchronized (OPEN) {
            open = List.copyOf(OPEN);
        }
        open.forEach(Lan::close);
    }
}
