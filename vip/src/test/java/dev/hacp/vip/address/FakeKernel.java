package dev.hacp.vip.address;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.AddressEntry;
import dev.hacp.vip.netlink.LinkEntry;
import dev.hacp.vip.netlink.NeighbourEntry;
import dev.hacp.vip.wire.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Both seams of the address machine in one: an address table as `ip addr` would show it, and a record of what went over
/// the wire. Either can be told to fail.
final class FakeKernel implements AddressTable, Wire {

    static final MacAddress OWN_MAC = MacAddress.parse("02:00:00:00:00:01");
    /// `IFA_F_TENTATIVE`
    static final int TENTATIVE = 0x40;
    private static final int NO_PREFIX_ROUTE = 0x200;
    private static final int UP = 0x10001;

    final List<LinkEntry> links = new ArrayList<>();
    final List<AddressEntry> addresses = new ArrayList<>();
    final List<NeighbourEntry> neighbours = new ArrayList<>();
    final List<String> sent = new ArrayList<>();
    int puts;
    /// Of what is put, besides those that hacp asks for.
    int putFlags;
    String putFails = "";
    /// Empty = all.
    String putFailsFor = "";
    String removeFails = "";
    /// Empty = all.
    String removeFailsFor = "";
    String wireProblem = "";
    boolean ipv6Disabled;
    boolean announceFails;
    private Collection<VirtualIp> served = List.of();

    FakeKernel() {
        link(2, "eth0", true);
        own(2, "10.0.0.1", 24);
    }

    void link(int index, String name, boolean up) {
        link(new LinkEntry(index, name, true, OWN_MAC, up ? UP : 1));
    }

    private void link(LinkEntry link) {
        links.removeIf(l -> l.name().equals(link.name()));
        links.add(link);
    }

    void mac(String name, MacAddress mac) {
        LinkEntry old = link(name);
        link(new LinkEntry(old.index(), name, true, mac, old.flags(), old.portOf()));
    }

    /// `ip link set NAME master BRIDGE`
    void port(String name, String bridge) {
        LinkEntry old = link(name);
        link(new LinkEntry(old.index(), name, true, old.mac(), old.flags(), link(bridge).index()));
    }

    private LinkEntry link(String name) {
        return links.stream().filter(l -> l.name().equals(name)).findFirst().orElseThrow();
    }

    /// `ip address replace ADDRESS/32 dev NAME`: by another program, forever.
    void replace(int index, String address) {
        lose(address);
        InetAddress replaced = IpAddresses.parse(address).orElseThrow();
        own(index, address, replaced.getAddress().length * 8);
    }

    void own(int index, String address, int prefixLength) {
        addresses.add(new AddressEntry(index, IpAddresses.parse(address).orElseThrow(), prefixLength, 0x80, 0, "eth0",
                AddressEntry.FOR_EVER, AddressEntry.FOR_EVER));
    }

    void leftover(int index, String address) {
        addresses.add(ours(index, IpAddresses.parse(address).orElseThrow(), 3));
    }

    InetAddress neighbour(String address, MacAddress mac) {
        InetAddress neighbour = IpAddresses.parse(address).orElseThrow();
        neighbours.add(new NeighbourEntry(2, neighbour, mac));
        return neighbour;
    }

    private AddressEntry ours(int index, InetAddress address, long valid) {
        return new AddressEntry(index, address, address.getAddress().length * 8, NO_PREFIX_ROUTE | putFlags,
                AddressEntry.OUR_PROTOCOL, "", 0, valid);
    }

    void lose(String address) {
        addresses.removeIf(entry -> entry.toString().startsWith(address + "/"));
    }

    @Override
    public List<LinkEntry> links() {
        return List.copyOf(links);
    }

    @Override
    public List<AddressEntry> addresses() {
        return List.copyOf(addresses);
    }

    @Override
    public List<NeighbourEntry> neighbours() {
        return List.copyOf(neighbours);
    }

    @Override
    public void put(LinkEntry link, VirtualIp vip, Duration valid) throws IOException {
        puts++;
        if (!putFails.isEmpty() && (putFailsFor.isEmpty() || putFailsFor.equals(vip.toString()))) {
            throw new IOException(putFails);
        }
        AddressEntry entry = ours(link.index(), vip.address(), valid.toSeconds());
        int at = -1;
        for (int i = 0; i < addresses.size(); i++) {
            if (addresses.get(i).interfaceIndex() == link.index() && addresses.get(i).address().equals(vip.address())
                    && addresses.get(i).prefixLength() == entry.prefixLength()) {
                at = i;
            }
        }
        if (at >= 0) {
            addresses.set(at, entry);
        } else {
            addresses.add(entry);
        }
    }

    @Override
    public void remove(int interfaceIndex, VirtualIp vip) throws IOException {
        if (!removeFails.isEmpty() && (removeFailsFor.isEmpty() || removeFailsFor.equals(vip.toString()))) {
            throw new IOException(removeFails);
        }
        // As the kernel does it: it goes, no matter who put it, if it has no subnet.
        addresses.removeIf(entry -> entry.interfaceIndex() == interfaceIndex && entry.address().equals(vip.address())
                && entry.prefixLength() == vip.prefixLength());
    }

    @Override
    public void serve(LinkEntry link, Collection<VirtualIp> vips) {
        served = List.copyOf(vips);
    }

    @Override
    public int announce(VirtualIp vip) throws IOException {
        if (announceFails) {
            throw new IOException("announce: network is down");
        }
        send("announce " + vip);
        return vip.isIpv6() ? 1 : 2;
    }

    @Override
    public void probe(VirtualIp vip) throws IOException {
        send("probe " + vip);
    }

    private void send(String what) throws IOException {
        if (!wireProblem.isEmpty() || served.stream().noneMatch(vip -> what.endsWith(" " + vip))) {
            throw new IOException("announce: " + wireProblem);
        }
        sent.add(what);
    }

    @Override
    public boolean isIpv6Disabled(LinkEntry link) {
        return ipv6Disabled;
    }

    @Override
    public String problem() {
        return wireProblem;
    }

    /// What has been sent since the last call, one after the other.
    String takeSent() {
        String text = String.join(", ", sent);
        sent.clear();
        return text;
    }

    /// The address table, hacp's own with their lifetime.
    String render() {
        StringBuilder text = new StringBuilder();
        for (AddressEntry entry : addresses) {
            text.append(text.isEmpty() ? "" : ", ").append(entry).append(" on ").append(entry.interfaceIndex());
            if (entry.isOurs()) {
                text.append(" for ").append(entry.validSeconds()).append('s');
            }
        }
        return text.toString();
    }
}
