package dev.hacp.testbed.lan;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.testbed.Shell;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;

/// A machine on the LAN: one namespace with one interface, an IPv4 and an IPv6 address.
///
/// @param name also the name of the switch's port it hangs on
/// @param ipv4 /24
/// @param ipv6 /64
public record Host(String name, NetNamespace namespace, InetAddress ipv4, InetAddress ipv6, MacAddress mac) {

    public static final String INTERFACE = "eth0";

    /// See [NetNamespace#call].
    public <T> T call(Callable<T> task) {
        return namespace.call(task);
    }

    /// See [NetNamespace#process].
    public ProcessBuilder process(String... command) {
        return namespace.process(command);
    }

    /// See [NetNamespace#run].
    public String run(String... command) {
        return namespace.run(command);
    }

    /// See [NetNamespace#attempt].
    public Shell.Result attempt(String... command) {
        return namespace.attempt(command);
    }

    /// Whether an interface of this host has `address` right now, whatever its prefix length.
    public boolean holds(InetAddress address) {
        return addresses().contains(IpAddresses.text(address));
    }

    /// The addresses of all interfaces but `lo`, without prefix length.
    public List<String> addresses() {
        return namespace.ip("-o", "addr", "show").lines().map(line -> line.split("\\s+"))
                .filter(words -> words.length > 3 && !words[1].equals("lo") && words[2].startsWith("inet"))
                .map(words -> words[3].replaceFirst("/.*", "")).toList();
    }

    /// The entry of this host's neighbour table for `address`: a MAC address, or empty text when there is none.
    public String neighbour(InetAddress address) {
        String[] words = namespace.ip("neigh", "show", "to", IpAddresses.text(address), "dev", INTERFACE).split("\\s+");
        int at = List.of(words).indexOf("lladdr");
        return at < 0 ? "" : words[at + 1];
    }

    /// Takes the interface down and up, as an operator or a driver would; IPv6 addresses do not survive that.
    public void flap() {
        namespace.ip("link", "set", "dev", INTERFACE, "down");
        namespace.ip("link", "set", "dev", INTERFACE, "up");
    }

    @Override
    public String toString() {
        return name + " (" + IpAddresses.text(ipv4) + ")";
    }
}
