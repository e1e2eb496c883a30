package dev.hacp.vip.announce;

import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import java.util.List;

/// Everything that is ever sent about one VIP, built before it is needed. Immutable as long as nobody writes the octets.
public final class Announcement {

    private final List<byte[]> frames;
    private final byte[] probe;

    private Announcement(byte[] probe, List<byte[]> frames) {
        this.frames = frames;
        this.probe = probe;
    }

    /// @param router whether the interface forwards IPv6
    public static Announcement of(VirtualIp vip, MacAddress mac, boolean router) {
        return vip.isIpv6()
                ? new Announcement(NeighbourFrames.probe(mac, vip.address()),
                        List.of(NeighbourFrames.advertisement(mac, vip.address(), router)))
                : new Announcement(ArpFrames.probe(mac, vip.address()), List.of(
                        ArpFrames.announcementRequest(mac, vip.address()),
                        ArpFrames.announcementReply(mac, vip.address())));
    }

    /// Sent together, in order, each time the VIP is announced.
    public List<byte[]> frames() {
        return frames;
    }

    /// The question whether somebody else has the VIP.
    public byte[] probe() {
        return probe;
    }
}
