package dev.hacp.agent.metrics;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.VirtualIp;
import dev.hacp.lb.table.TableFollower;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// Counts the connections of each VIP. Written on the event loops, read when somebody asks.
public final class VipClients implements TableFollower {

    private static final class Tally {
        final LongAdder opened = new LongAdder();
        final LongAdder closed = new LongAdder();
    }

    private final Map<VirtualIp, Tally> tallies = new ConcurrentHashMap<>();

    @Override
    public void opened(ClientConnection connection) {
        tally(connection).opened.increment();
    }

    @Override
    public void closed(ClientConnection connection) {
        tally(connection).closed.increment();
    }

    /// Since the start.
    public long total(VirtualIp vip) {
        Tally tally = tallies.get(vip);
        return tally == null ? 0 : tally.opened.sum();
    }

    public long current(VirtualIp vip) {
        Tally tally = tallies.get(vip);
        if (tally == null) {
            return 0;
        }
        // In this order, so that one that opens and closes in between is not counted as -1.
        long closed = tally.closed.sum();
        return Math.max(0, tally.opened.sum() - closed);
    }

    private Tally tally(ClientConnection connection) {
        return tallies.computeIfAbsent(connection.vip(), _ -> new Tally());
    }
}
