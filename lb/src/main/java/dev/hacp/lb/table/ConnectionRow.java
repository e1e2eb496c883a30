package dev.hacp.lb.table;

import dev.hacp.core.HostPort;
import dev.hacp.core.VirtualIp;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// One relayed connection at one moment.
///
/// @param vip             the VIP it was dialled at; empty when it came to the listener's own address
/// @param frontend        what the client dialled
/// @param backend         empty while none has accepted it yet
/// @param bytesFromClient handed to the backend's socket
/// @param bytesToClient   handed to the client's socket
/// @param idle            since bytes moved last, to the second; at most `age`
public record ConnectionRow(Optional<VirtualIp> vip, HostPort frontend, InetSocketAddress client,
        Optional<HostPort> backend, long bytesFromClient, long bytesToClient, Duration age, Duration idle) {

    /// What a list of connections is sorted by; each puts what an operator looks for first.
    public enum Order {
        BYTES,
        AGE,
        IDLE;

        Comparator<ConnectionRow> comparator() {
            return switch (this) {
                case BYTES -> Comparator.comparingLong(ConnectionRow::bytes).reversed();
                case AGE -> Comparator.comparing(ConnectionRow::age).reversed();
                case IDLE -> Comparator.comparing(ConnectionRow::idle).reversed();
            };
        }
    }

    /// Both ways.
    public long bytes() {
        return bytesFromClient + bytesToClient;
    }

    /// The first `n` of the rows in that order.
    public static List<ConnectionRow> top(List<ConnectionRow> rows, Order order, int n) {
        return rows.stream().sorted(order.comparator()).limit(n).toList();
    }
}
