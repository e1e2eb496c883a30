package dev.hacp.testbed.kube;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a request's path and query speak of.
///
/// @param key             a collection when its name is empty
/// @param resourceVersion where a watch begins; 0: with everything there is
record ApiRequest(ResourceKey key, LabelSelector selector, boolean watch, long resourceVersion) {

    private static final Pattern PATH = Pattern.compile(
            "/(?:api|apis/(?<group>[^/]+))/(?<version>v[^/]+)(?:/namespaces/(?<namespace>[^/]+))?/(?<plural>[a-z]+)"
                    + "(?:/(?<name>[^/]+))?(?:/status)?");
    private static final Pattern NAMESPACE = Pattern.compile("/api/v1/namespaces/(?<name>[^/]+)(?:/status)?");

    /// @throws ApiFailure 404 when there is no such resource, 400 for a version that is no number
    static ApiRequest parse(QueryStringDecoder uri) {
        return new ApiRequest(key(uri), LabelSelector.parse(parameter(uri, "labelSelector")),
                List.of("true", "1").contains(parameter(uri, "watch")), version(parameter(uri, "resourceVersion")));
    }

    private static ResourceKey key(QueryStringDecoder uri) {
        Matcher namespace = NAMESPACE.matcher(uri.path());
        if (namespace.matches()) {
            return new ResourceKey(ResourceType.find("", "v1", "namespaces").orElseThrow(), "",
                    namespace.group("name"));
        }
        Matcher path = PATH.matcher(uri.path());
        if (!path.matches()) {
            throw ApiFailure.unknownPath();
        }
        ResourceType type = ResourceType
                .find(text(path.group("group")), path.group("version"), path.group("plural"))
                .orElseThrow(ApiFailure::unknownPath);
        String name = text(path.group("name"));
        for (String term : parameter(uri, "fieldSelector").split(",")) {
            if (term.startsWith("metadata.name=")) {
                name = term.substring("metadata.name=".length()).replaceFirst("^=", "");
            }
        }
        return new ResourceKey(type, text(path.group("namespace")), name);
    }

    private static long version(String text) {
        try {
            return text.isEmpty() ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiFailure.badRequest("resourceVersion: Invalid value: \"" + text + "\"");
        }
    }

    private static String parameter(QueryStringDecoder uri, String name) {
        List<String> values = uri.parameters().get(name);
        return values == null || values.isEmpty() ? "" : values.getFirst();
    }

    private static String text(@Nullable String group) {
        return Optional.ofNullable(group).orElse("");
    }
}
