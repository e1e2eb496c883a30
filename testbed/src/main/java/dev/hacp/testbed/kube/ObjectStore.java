package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// What the embedded API servers share, as real ones share etcd: objects, one resourceVersion, a history for watches.
/// Thread-safe; watchers are called under the lock, in the order of the changes, and must only queue.
final class ObjectStore {

    private static final int HISTORY = 1000;
    // metav1.MicroTime: exactly six digits.
    private static final Pattern MICRO_TIME = Pattern
            .compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}(Z|[+-]\\d\\d:\\d\\d)");

    private record Change(long version, String type, ResourceKey key, ObjectNode object) {}

    /// Told of each change that its key and selector cover.
    private record Watcher(ResourceKey key, LabelSelector selector, BiConsumer<String, ObjectNode> sink) {}

    private final Map<ResourceKey, ObjectNode> objects = new LinkedHashMap<>();
    private final Deque<Change> history = new ArrayDeque<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private long version = 100;
    // A watch from an earlier version can no longer be served.
    private long compacted = 100;

    synchronized ObjectNode get(ResourceKey key) {
        ObjectNode object = objects.get(key);
        if (object == null) {
            throw ApiFailure.notFound(key);
        }
        return object.deepCopy();
    }

    synchronized ObjectNode list(ResourceKey collection, LabelSelector selector) {
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("kind", collection.type().kind() + "List").put("apiVersion", collection.type().apiVersion());
        list.putObject("metadata").put("resourceVersion", Long.toString(version));
        ArrayNode items = list.putArray("items");
        objects.forEach((key, object) -> {
            if (collection.covers(key) && selector.matches(object)) {
                items.add(object.deepCopy());
            }
        });
        return list;
    }

    synchronized ObjectNode create(ResourceKey collection, ObjectNode object) {
        ObjectNode metadata = metadata(object);
        if (metadata.path("name").asText().isEmpty() && metadata.has("generateName")) {
            metadata.put("name", metadata.get("generateName").asText() + Long.toString(version + 1, 36));
        }
        ResourceKey key = collection.named(metadata.path("name").asText());
        if (key.name().isEmpty()) {
            throw ApiFailure.invalid(key, "metadata.name: Required value: name or generateName is required");
        }
        if (objects.containsKey(key)) {
            throw ApiFailure.alreadyExists(key);
        }
        validate(key, object);
        object.put("kind", key.type().kind()).put("apiVersion", key.type().apiVersion());
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put("creationTimestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        if (key.type().namespaced()) {
            metadata.put("namespace", key.namespace());
        }
        store("ADDED", key, object);
        return object.deepCopy();
    }

    synchronized ObjectNode update(ResourceKey key, ObjectNode object) {
        ObjectNode current = get(key);
        ObjectNode metadata = metadata(object);
        String expected = metadata.path("resourceVersion").asText();
        if (!expected.isEmpty() && !expected.equals(current.at("/metadata/resourceVersion").asText())) {
            throw ApiFailure.conflict(key);
        }
        validate(key, object);
        object.put("kind", key.type().kind()).put("apiVersion", key.type().apiVersion());
        for (String kept : List.of("name", "namespace", "uid", "creationTimestamp", "resourceVersion")) {
            if (current.path("metadata").has(kept)) {
                metadata.set(kept, current.path("metadata").get(kept));
            }
        }
        if (!object.equals(current)) {
            store("MODIFIED", key, object);
        }
        return object.deepCopy();
    }

    /// RFC 7386.
    synchronized ObjectNode patch(ResourceKey key, ObjectNode patch) {
        ObjectNode patched = get(key);
        merge(patched, patch);
        return update(key, patched);
    }

    synchronized ObjectNode delete(ResourceKey key, String expectedVersion) {
        ObjectNode current = get(key);
        if (!expectedVersion.isEmpty()
                && !expectedVersion.equals(current.at("/metadata/resourceVersion").asText())) {
            throw ApiFailure.conflict(key);
        }
        objects.remove(key);
        version++;
        metadata(current).put("resourceVersion", Long.toString(version));
        tell("DELETED", key, current);
        return current;
    }

    /// Follows the changes after `from` (0: all objects first, as ADDED).
    ///
    /// @param sink gets type and object; an expired version ends in one ERROR event and no more
    /// @return ends the watch
    synchronized Runnable watch(ResourceKey key, LabelSelector selector, long from,
            BiConsumer<String, ObjectNode> sink) {
        Watcher watcher = new Watcher(key, selector, sink);
        if (from == 0) {
            objects.forEach((each, object) -> offer(watcher, "ADDED", each, object));
        } else if (from < compacted) {
            sink.accept("ERROR", ApiFailure.expired().status());
            return () -> {};
        } else {
            history.stream().filter(change -> change.version() > from)
                    .forEach(change -> offer(watcher, change.type(), change.key(), change.object()));
        }
        watchers.add(watcher);
        return () -> {
            synchronized (this) {
                watchers.remove(watcher);
            }
        };
    }

    /// Forgets the history, as etcd's compaction does: a watch from an older version gets 410.
    synchronized void compact() {
        history.clear();
        compacted = ++version;
    }

    private void store(String type, ResourceKey key, ObjectNode object) {
        version++;
        metadata(object).put("resourceVersion", Long.toString(version));
        objects.put(key, object.deepCopy());
        tell(type, key, object.deepCopy());
    }

    private void tell(String type, ResourceKey key, ObjectNode object) {
        history.addLast(new Change(version, type, key, object));
        if (history.size() > HISTORY) {
            compacted = history.removeFirst().version();
        }
        List.copyOf(watchers).forEach(watcher -> offer(watcher, type, key, object));
    }

    private static void offer(Watcher watcher, String type, ResourceKey key, ObjectNode object) {
        if (watcher.key().covers(key) && watcher.selector().matches(object)) {
            watcher.sink().accept(type, object);
        }
    }

    private static ObjectNode metadata(ObjectNode object) {
        return object.get("metadata") instanceof ObjectNode metadata ? metadata : object.putObject("metadata");
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (value.isNull()) {
                target.remove(entry.getKey());
            } else if (value instanceof ObjectNode object && target.get(entry.getKey()) instanceof ObjectNode inner) {
                merge(inner, object);
            } else {
                target.set(entry.getKey(), value.deepCopy());
            }
        });
    }

    /// The rules that an elector can break.
    private static void validate(ResourceKey key, ObjectNode object) {
        if (!key.type().plural().equals("leases")) {
            return;
        }
        JsonNode duration = object.at("/spec/leaseDurationSeconds");
        if (duration.isNumber() && duration.asInt() <= 0) {
            throw ApiFailure.invalid(key, "spec.leaseDurationSeconds: Invalid value: " + duration.asInt()
                    + ": must be greater than 0");
        }
        for (String time : List.of("renewTime", "acquireTime")) {
            JsonNode value = object.at("/spec/" + time);
            if (value.isTextual() && !MICRO_TIME.matcher(value.asText()).matches()) {
                throw ApiFailure.badRequest("Lease in version \"v1\" cannot be handled as a Lease: parsing time \""
                        + value.asText() + "\" as \"2006-01-02T15:04:05.000000Z07:00\"");
            }
        }
    }
}
