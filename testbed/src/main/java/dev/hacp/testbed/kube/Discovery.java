package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The documents by which kubectl learns what a server has.
final class Discovery {

    private Discovery() {}

    /// The document at `path`, or empty when this is no discovery path.
    static Optional<ObjectNode> document(String path) {
        if (path.equals("/version")) {
            return Optional.of(node().put("major", "1").put("minor", "36").put("gitVersion",
                    KubeBinaries.VERSION + "+embedded"));
        }
        if (path.equals("/api")) {
            ObjectNode versions = node().put("kind", "APIVersions");
            versions.putArray("versions").add("v1");
            return Optional.of(versions);
        }
        if (path.equals("/apis")) {
            ObjectNode list = node().put("kind", "APIGroupList").put("apiVersion", "v1");
            ArrayNode groups = list.putArray("groups");
            ResourceType.groups().forEach(group -> groups.add(group(group)));
            return Optional.of(list);
        }
        String[] parts = path.split("/");
        if (path.equals("/api/v1")) {
            return Optional.of(resources("", "v1"));
        }
        if (parts.length == 4 && parts[1].equals("apis") && ResourceType.groups().contains(parts[2])) {
            return Optional.of(resources(parts[2], parts[3]));
        }
        return Optional.empty();
    }

    private static ObjectNode group(String name) {
        ObjectNode group = node().put("name", name);
        ObjectNode version = node().put("groupVersion", name + "/v1").put("version", "v1");
        group.putArray("versions").add(version);
        group.set("preferredVersion", version.deepCopy());
        return group;
    }

    private static ObjectNode resources(String group, String version) {
        ObjectNode list = node().put("kind", "APIResourceList").put("apiVersion", "v1").put("groupVersion",
                group.isEmpty() ? version : group + "/" + version);
        ArrayNode resources = list.putArray("resources");
        for (ResourceType type : ResourceType.ofGroup(group, version)) {
            ObjectNode resource = resources.addObject().put("name", type.plural()).put("kind", type.kind())
                    .put("singularName", type.kind().toLowerCase(Locale.ROOT))
                    .put("namespaced", type.namespaced());
            ArrayNode verbs = resource.putArray("verbs");
            List.of("create", "delete", "get", "list", "patch", "update", "watch").forEach(verbs::add);
        }
        return list;
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }
}
