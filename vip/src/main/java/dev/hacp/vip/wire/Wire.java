package dev.hacp.vip.wire;

import dev.hacp.core.VirtualIp;
import dev.hacp.vip.netlink.LinkEntry;
import java.io.IOException;
import java.util.Collection;

/// The LAN as the address keeper needs it. What it hears comes back as claims.
public interface Wire {

    /// Serves exactly these VIPs on this interface from now on; may be called again with the same.
    void serve(LinkEntry link, Collection<VirtualIp> vips);

    /// Sends all announcement frames of a served VIP, at once.
    ///
    /// @return how many frames left
    int announce(VirtualIp vip) throws IOException;

    /// Asks the LAN who has a served VIP.
    void probe(VirtualIp vip) throws IOException;

    /// Empty when frames can be sent; else one clause that says why not.
    String problem();
}
