package dev.hacp.lb.relay;

import java.util.function.Consumer;

/// One loop's connections in eviction order: those younger than a tick; then those whose
/// client never sent a byte; then the rest. Each oldest first. Only the loop's thread touches it.
final class LoopTable {

    private static final int LOOK_AHEAD = 64;

    private final Chain<Connection> young = new Chain<>();
    private final Chain<Connection> silent = new Chain<>();
    private final Chain<Connection> settled = new Chain<>();

    void add(Connection connection) {
        young.addLast(connection);
    }

    static void remove(Connection connection) {
        Chain.remove(connection);
    }

    int size() {
        return young.size() + silent.size() + settled.size();
    }

    /// Moves on those that are older than a tick.
    ///
    /// @param grown called for each
    void age(long tickNanos, Consumer<Connection> grown) {
        long due = System.nanoTime() - tickNanos;
        for (Connection c = young.first(); c != null && c.createdNanos() - due <= 0; c = young.first()) {
            Chain.remove(c);
            (c.silent() ? silent : settled).addLast(c);
            grown.accept(c);
        }
    }

    /// Ends the connection that has been silent for longest, if there is one that was here at this time.
    boolean endSilent(long sinceNanos) {
        for (Connection c = silent.first(); c != null; c = silent.first()) {
            if (c.silent()) {
                c.end(Ending.SILENT, true);
                return true;
            }
            Chain.remove(c);
            settled.addLast(c);
        }
        Connection c = young.first();
        for (int i = 0; i < LOOK_AHEAD && c != null && c.createdNanos() - sinceNanos <= 0; i++) {
            if (c.silent()) {
                c.end(Ending.SILENT, true);
                return true;
            }
            c = Chain.next(c);
        }
        return false;
    }

    /// The action may close it.
    void forEach(Consumer<Connection> action) {
        forEach(young, action);
        forEach(silent, action);
        forEach(settled, action);
    }

    private static void forEach(Chain<Connection> chain, Consumer<Connection> action) {
        for (Connection c = chain.first(); c != null;) {
            Connection next = Chain.next(c);
            action.accept(c);
            c = next;
        }
    }
}
