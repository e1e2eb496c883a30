package dev.hacp.lb.backend;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Host names to addresses; may block.
@FunctionalInterface
public interface AddressResolver {

    /// In the order of preference, at least one.
    List<InetAddress> resolve(String host) throws UnknownHostException;

    static AddressResolver system() {
        return host -> List.of(InetAddress.getAllByName(host));
    }
}
