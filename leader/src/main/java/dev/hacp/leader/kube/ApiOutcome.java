package dev.hacp.leader.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;

/// What became of one request to one API server.
sealed interface ApiOutcome<T> {

    record Answered<T>(T value) implements ApiOutcome<T> {}

    /// Understood and declined; another API server would say the same.
    record Declined<T>(KubernetesClientException cause) implements ApiOutcome<T> {}

    /// Every credential was refused. An API server that has just started does so too, until it knows its roles.
    ///
    /// @param forbidden at least one was known and lacked the right (403); else none was known (401)
    record Refused<T>(boolean forbidden, List<Credential> credentials, String message) implements ApiOutcome<T> {}

    /// @param reason one clause: `refused the connection`
    /// @param sent   whether the request may have been carried out all the same
    record Silent<T>(String reason, boolean sent) implements ApiOutcome<T> {}
}
