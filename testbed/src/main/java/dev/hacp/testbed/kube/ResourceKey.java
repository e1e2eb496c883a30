package dev.hacp.testbed.kube;

/// Where an object is kept.
///
/// @param namespace empty for what has none, and for requests over all namespaces
/// @param name      empty for requests that speak of a collection
record ResourceKey(ResourceType type, String namespace, String name) {

    ResourceKey named(String newName) {
        return new ResourceKey(type, namespace, newName);
    }

    /// Whether `other` is what a request for this key (a whole collection perhaps) speaks of.
    boolean covers(ResourceKey other) {
        return type.equals(other.type) && (namespace.isEmpty() || namespace.equals(other.namespace))
                && (name.isEmpty() || name.equals(other.name));
    }
}
