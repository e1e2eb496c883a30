package dev.hacp.leader.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;

/// What became of one request to one API server.
sealed interface ApiOutcome<T> {

    record Answered<T>(T value) implements ApiOutcome<T> {}

    /// Understood, declined and certainly not carried out.
    ///
    /// @param everywhere whether another API server would say the same; one may reach an admission webhook that another does
    ///                   not
    record Declined<T>(KubernetesClientException cause, boolean everywhere) implements ApiOutcome<T> {}

    /// Every credential was refused. An API server that has just started does so too, until it knows its roles.
    record Refused<T>(Refusal refusal, List<Credential> credentials, String message) implements ApiOutcome<T> {}

    /// Why, the more telling the later.
    enum Refusal {
        /// None was known (401).
        UNKNOWN,
        /// One was known and lacked the right (403).
        RIGHTS,
        /// One had the right, and admission said no (403): a webhook, a policy, quota, a namespace that is being deleted.
        ADMISSION
    }

    /// @param reason one clause: `refused the connection`
    /// @param sent   whether the request may have been carried out all the same
    record Silent<T>(String reason, boolean sent) implements ApiOutcome<T> {}
}
