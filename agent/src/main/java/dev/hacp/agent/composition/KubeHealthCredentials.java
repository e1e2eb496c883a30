package dev.hacp.agent.composition;

import dev.hacp.lb.health.HealthCredential;
import dev.hacp.lb.health.HealthCredentials;
import dev.hacp.leader.kube.Credential;
import dev.hacp.leader.kube.Credentials;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Health checks ask as the agent itself: with the credential that the API took last. A refusal needs no answer here: the
/// next call to the Lease API finds the credential that works.
final class KubeHealthCredentials implements HealthCredentials {

    private record Known(Credential credential, HealthCredential forChecks) {}

    private final Credentials credentials;
    private volatile @Nullable Known known;

    KubeHealthCredentials(Credentials credentials) {
        this.credentials = credentials;
    }

    @Override
    public Optional<HealthCredential> current() {
        Optional<Credential> now = credentials.current();
        Known last = known;
        if (now.isPresent() && (last == null || last.credential() != now.get())) {
            Credential credential = now.get();
            last = new Known(credential,
                    new HealthCredential(credential.sslContext(), credential.bearerToken(), credential.source()));
            known = last;
        }
        return now.isPresent() && last != null ? Optional.of(last.forChecks()) : Optional.empty();
    }
}
