package dev.hacp.core;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/// The story of this agent: each state change is one line in the log and one entry of the status page's timeline, and
/// some become Kubernetes Events. Thread-safe; keeps the newest [#CAPACITY] entries.
public final class Journal {

    public static final int CAPACITY = 256;

    /// What happened; the name in CamelCase is the reason of the Kubernetes Event.
    public enum Kind {
        AGENT_STARTED(Level.INFO, false),
        AGENT_STOPPED(Level.INFO, false),
        WAITING(Level.WARN, false),
        LEADER_CHANGED(Level.INFO, false),
        TOOK_OVER(Level.INFO, true),
        STOOD_DOWN(Level.INFO, true),
        OWNER_LOST(Level.WARN, true),
        ADDRESS_PUT(Level.INFO, false),
        ADDRESS_REMOVED(Level.INFO, false),
        ADDRESS_REPAIRED(Level.WARN, true),
        ADDRESS_CHANGED(Level.WARN, false),
        ADDRESS_FAILED(Level.ERROR, true),
        CONFLICT(Level.ERROR, true),
        CONFLICT_ENDED(Level.INFO, true),
        LINK(Level.WARN, false),
        MEMBER(Level.INFO, false),
        MEMBER_SKEW(Level.WARN, false),
        MEMBER_DIFFERS(Level.WARN, true),
        NAME_TAKEN(Level.ERROR, true),
        BACKEND_UP(Level.INFO, true),
        BACKEND_DRAINING(Level.WARN, true),
        BACKEND_DOWN(Level.WARN, true),
        BACKENDS(Level.INFO, false);

        private final Level level;
        private final boolean event;

        Kind(Level level, boolean event) {
            this.level = level;
            this.event = event;
        }

        public Level level() {
            return level;
        }

        /// Whether an operator should see it in `kubectl get events`.
        public boolean isKubernetesEvent() {
            return event;
        }
    }

    /// @param at   wall clock, for people only
    /// @param keys stable keys such as `vip`, `interface`, `leader`, `backend`, `reason`, in the order given
    public record Entry(Instant at, Kind kind, String message, Map<String, String> keys) {}

    private final Logger log;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final CopyOnWriteArrayList<Consumer<Entry>> followers = new CopyOnWriteArrayList<>();

    public Journal() {
        this(LoggerFactory.getLogger("hacp"));
    }

    /// @param log where it is told
    public Journal(Logger log) {
        this.log = log;
    }

    /// Logs the change and keeps it.
    ///
    /// @param keysAndValues alternating key and value
    public void record(Kind kind, String message, Object... keysAndValues) {
        Map<String, String> keys = new LinkedHashMap<>();
        for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
            keys.put(String.valueOf(keysAndValues[i]), String.valueOf(keysAndValues[i + 1]));
        }
        Entry entry = new Entry(Instant.now(), kind, message, Collections.unmodifiableMap(keys));
        synchronized (entries) {
            if (entries.size() == CAPACITY) {
                entries.removeFirst();
            }
            entries.addLast(entry);
        }
        LoggingEventBuilder line = log.atLevel(kind.level());
        for (int i = 0; i + 1 < keysAndValues.length; i += 2) {
            Object value = keysAndValues[i + 1];
            // A number stays one in the JSON log.
            line = line.addKeyValue(String.valueOf(keysAndValues[i]),
                    value instanceof Number ? value : String.valueOf(value));
        }
        line.log(message);
        for (Consumer<Entry> follower : followers) {
            follower.accept(entry);
        }
    }

    /// Called for each later entry, on the thread that records it: must be quick and must not throw.
    public AutoCloseable follow(Consumer<Entry> follower) {
        followers.add(follower);
        return () -> followers.remove(follower);
    }

    /// Oldest first.
    public List<Entry> entries() {
        synchronized (entries) {
            return List.copyOf(entries);
        }
    }
}
