package dev.hacp.leader.channel;

import dev.hacp.core.FaultGuard;
import dev.hacp.core.HostPort;
import dev.hacp.core.NodeName;
import dev.hacp.core.Ticker;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An address from the configuration: the agent there must be a member, and we dial whichever name is lower. Lives on
/// the channel's event loop.
final class StaticPeer implements Dialer.Target {

    private static final Logger log = LoggerFactory.getLogger(StaticPeer.class);

    private final HostPort address;
    private final Predicate<NodeName> connected;
    private @Nullable MemberConnection last;

    private StaticPeer(HostPort address, Predicate<NodeName> connected) {
        this.address = address;
        this.connected = connected;
    }

    /// Begins to dial; looks every second whether it is still needed.
    ///
    /// @param connected whether there is a connection to this member already
    static void dial(HostPort address, Wiring wiring, Predicate<NodeName> connected) {
        StaticPeer peer = new StaticPeer(address, connected);
        Dialer dialer = wiring.dialer(peer, begun -> peer.last = begun);
        FaultGuard dialling = new FaultGuard("dialling " + address, Ticker.system());
        wiring.loop().scheduleAtFixedRate(dialling.around(dialer::now), 0, 1, TimeUnit.SECONDS);
    }

    @Override
    public HostPort address() {
        return address;
    }

    @Override
    public boolean wanted() {
        return !Optional.ofNullable(last).flatMap(MemberConnection::certified).filter(connected).isPresent();
    }

    @Override
    public void refused() {
        log.debug("{} refuses", address);
    }
}
