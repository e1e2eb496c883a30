package dev.hacp.leader.kube;

import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Asks the API server which of the rights that hacp needs its credential lacks.
public final class AccessReview {

    /// One right in the words of RBAC.
    public record Right(String verb, String group, String resource, String namespace) {

        String plural() {
            return group.isEmpty() ? resource : resource + "." + group;
        }
    }

    private AccessReview() {}

    /// All that the agent asks for.
    ///
    /// @param discovers whether backends are discovered, which needs EndpointSlices
    public static List<Right> needed(String leaseNamespace, boolean discovers) {
        List<Right> rights = new ArrayList<>();
        for (String verb : List.of("get", "create", "update", "list", "watch")) {
            rights.add(new Right(verb, "coordination.k8s.io", "leases", leaseNamespace));
        }
        for (String verb : discovers ? List.of("list", "watch") : List.<String>of()) {
            rights.add(new Right(verb, "discovery.k8s.io", "endpointslices", "default"));
        }
        // get: the client reads an Event before it patches it into a series.
        for (String verb : List.of("create", "get", "patch")) {
            rights.add(new Right(verb, "events.k8s.io", "events", leaseNamespace));
        }
        return rights;
    }

    /// Those of the needed rights that the credential in use lacks.
    ///
    /// @throws ApiException when no API server could be asked
    public static List<Right> missing(ApiServers servers, List<Right> needed)
            throws ApiException, InterruptedException {
        List<Right> missing = new ArrayList<>();
        for (Right right : needed) {
            boolean allowed = servers.call(
                    ApiRequest.read("create", "selfsubjectaccessreviews.authorization.k8s.io", ""),
                    (client, server) -> allowed(client, right));
            if (!allowed) {
                missing.add(right);
            }
        }
        return missing;
    }

    /// One sentence for the log; empty when nothing is missing.
    public static Optional<String> sentence(List<Right> missing) {
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        Map<String, List<String>> verbs = new LinkedHashMap<>();
        for (Right right : missing) {
            String where = right.plural() + " in namespace " + right.namespace();
            verbs.computeIfAbsent(where, w -> new ArrayList<>()).add(right.verb());
        }
        List<String> parts = verbs.entrySet().stream().map(e -> String.join(", ", e.getValue()) + " " + e.getKey())
                .toList();
        return Optional.of(
                "the credential may not " + String.join("; nor ", parts) + ": grant it, see 'hacp manifest rbac'");
    }

    private static boolean allowed(KubernetesClient client, Right right) {
        SelfSubjectAccessReview review = new SelfSubjectAccessReviewBuilder().withNewSpec().withNewResourceAttributes()
                .withVerb(right.verb()).withGroup(right.group()).withResource(right.resource())
                .withNamespace(right.namespace()).endResourceAttributes().endSpec().build();
        SelfSubjectAccessReview answer = client.resource(review).create();
        return answer.getStatus() != null && Boolean.TRUE.equals(answer.getStatus().getAllowed());
    }
}
