package dev.hacp.testbed.kube;

import java.util.List;
import java.util.Optional;

/// A kind of object that the embedded API server serves.
///
/// @param group empty for the core group
record ResourceType(String group, String version, String plural, String kind, boolean namespaced) {

    private static final List<ResourceType> ALL = List.of(
            new ResourceType("", "v1", "namespaces", "Namespace", false),
            new ResourceType("", "v1", "nodes", "Node", false),
            new ResourceType("", "v1", "events", "Event", true),
            new ResourceType("", "v1", "pods", "Pod", true),
            new ResourceType("", "v1", "services", "Service", true),
            new ResourceType("", "v1", "endpoints", "Endpoints", true),
            new ResourceType("", "v1", "configmaps", "ConfigMap", true),
            new ResourceType("", "v1", "serviceaccounts", "ServiceAccount", true),
            new ResourceType("coordination.k8s.io", "v1", "leases", "Lease", true),
            new ResourceType("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true),
            new ResourceType("events.k8s.io", "v1", "events", "Event", true),
            new ResourceType("apps", "v1", "daemonsets", "DaemonSet", true),
            new ResourceType("rbac.authorization.k8s.io", "v1", "roles", "Role", true),
            new ResourceType("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true),
            new ResourceType("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
            new ResourceType("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false));

    static Optional<ResourceType> find(String group, String version, String plural) {
        return ALL.stream().filter(type -> type.group.equals(group) && type.version.equals(version)
                && type.plural.equals(plural)).findFirst();
    }

    static List<ResourceType> ofGroup(String group, String version) {
        return ALL.stream().filter(type -> type.group.equals(group) && type.version.equals(version)).toList();
    }

    /// Each named group once.
    static List<String> groups() {
        return ALL.stream().map(ResourceType::group).filter(group -> !group.isEmpty()).distinct().toList();
    }

    String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /// `leases.coordination.k8s.io`, as messages name it.
    String qualified() {
        return group.isEmpty() ? plural : plural + "." + group;
    }
}
