package dev.hacp.leader.kube;

import dev.hacp.leader.election.LeaseRecord;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watcher;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Passes on only what is newer than the last state passed on of the same object. A list from an API server's cache may be
/// as old as the moment at which that server lost etcd, and each reconnection of a watch lists again: a known state told
/// again must not look like a renewal. Thread-safe; passes on in order.
final class NewsOnly<T extends HasMetadata> implements ReconnectingWatch.Listener<T> {

    private record Known<T>(String version, T object, boolean deleted) {}

    private final ReconnectingWatch.Listener<T> listener;
    private final Map<String, Known<T>> known = new HashMap<>();

    NewsOnly(ReconnectingWatch.Listener<T> listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void event(Watcher.Action action, T object) {
        String name = object.getMetadata().getName();
        String version = Objects.requireNonNullElse(object.getMetadata().getResourceVersion(), "");
        boolean deleted = action == Watcher.Action.DELETED;
        Known<T> last = known.get(name);
        if (last == null || LeaseRecord.isLater(version, last.version())
                || (deleted && !last.deleted() && version.equals(last.version()))) {
            known.put(name, new Known<>(version, object, deleted));
            listener.event(action, object);
        }
    }

    /// What is missing was deleted while nothing was watched, unless the list is older than what is known.
    @Override
    public synchronized void listed(List<T> objects, String version) {
        Set<String> listed = new HashSet<>();
        for (T object : objects) {
            listed.add(object.getMetadata().getName());
            event(Watcher.Action.ADDED, object);
        }
        for (Map.Entry<String, Known<T>> entry : known.entrySet()) {
            Known<T> last = entry.getValue();
            if (!last.deleted() && !listed.contains(entry.getKey())
                    && !LeaseRecord.isLater(last.version(), version)) {
                entry.setValue(new Known<>(version, last.object(), true));
                listener.event(Watcher.Action.DELETED, last.object());
            }
        }
    }

    /// A linearizable read has shown this version of the object, or that it is gone: what is later is passed on from now
    /// on, even if it is older than what was passed on before, as after etcd was restored from a backup.
    ///
    /// @param version empty when it is gone
    synchronized void read(String name, String version) {
        Known<T> last = known.get(name);
        if (last != null) {
            known.put(name, new Known<>(version.isEmpty() ? last.version() : version, last.object(),
                    version.isEmpty()));
        }
    }
}
