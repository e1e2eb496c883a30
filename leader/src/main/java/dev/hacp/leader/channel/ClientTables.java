package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.NodeName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The client connections that each peer has, as it told us. Kept when the peer is lost: that is when they are needed.
/// Thread-safe.
final class ClientTables {

    /// A peer cannot make us remember more than this.
    static final int MOST_PER_PEER = 100_000;

    private final Map<NodeName, Set<ClientConnection>> tables = new HashMap<>();

    synchronized void apply(NodeName peer, Frame.Clients change) {
        Set<ClientConnection> table = tables.computeIfAbsent(peer, p -> new HashSet<>());
        if (change.fresh()) {
            table.clear();
        }
        change.removed().forEach(table::remove);
        for (ClientConnection one : change.added()) {
            if (table.size() < MOST_PER_PEER) {
                table.add(one);
            }
        }
    }

    synchronized Set<ClientConnection> of(NodeName peer) {
        return Set.copyOf(tables.getOrDefault(peer, Set.of()));
    }

    synchronized Set<ClientConnection> all() {
        Set<ClientConnection> all = new HashSet<>();
        tables.values().forEach(all::addAll);
        return all;
    }

    synchronized int count(NodeName peer) {
        return tables.getOrDefault(peer, Set.of()).size();
    }

    synchronized void forget(NodeName peer) {
        tables.remove(peer);
    }
}
