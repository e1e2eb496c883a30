package dev.hacp.lb.proxyprotocol;

import dev.hacp.core.Cidr;
import java.net.InetAddress;
import java.util.List;

/// Where PROXY headers go and come from.
///
/// @param send       each backend connection begins with one
/// @param acceptFrom sources that must begin with one; nobody else is believed
public record ProxyProtocol(boolean send, List<Cidr> acceptFrom) {

    public static final ProxyProtocol NONE = new ProxyProtocol(false, List.of());

    public ProxyProtocol {
        acceptFrom = List.copyOf(acceptFrom);
    }

    public boolean expectedFrom(InetAddress source) {
        return !acceptFrom.isEmpty() && Cidr.anyContains(acceptFrom, source);
    }
}
