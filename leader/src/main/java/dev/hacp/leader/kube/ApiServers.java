package dev.hacp.leader.kube;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to the Kubernetes API that depends neither on the VIP nor on one API server: the node's own API server first,
/// then every other one that is known, last what the kubeconfig names (often the VIP). One that failed is asked after the
/// others for a while. Thread-safe; requests block the calling thread.
public final class ApiServers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ApiServers.class);

    interface Operation<T> {
        T with(KubernetesClient client, HostPort server);
    }

    private final Credentials credentials;
    private final List<HostPort> configured;
    private final ApiTiming timing;
    private final Ticker ticker;
    private final ApiClients clients;
    private final Map<HostPort, ApiEndpoint> endpoints = new LinkedHashMap<>();
    private List<HostPort> own = List.of();
    private List<HostPort> discovered = List.of();
    private List<Credential> inUse = List.of();
    private volatile boolean warm;

    /// @param own        this node's API server, by an address of this node; more than one when it has several
    /// @param configured the backends of the configuration; empty when they are to be discovered (see [#discovered])
    public ApiServers(Credentials credentials, List<HostPort> own, List<HostPort> configured, ApiTiming timing,
            Ticker ticker) {
        this.credentials = credentials;
        this.own = List.copyOf(own);
        this.configured = List.copyOf(configured);
        this.timing = timing;
        this.ticker = ticker;
        this.clients = new ApiClients(timing);
    }

    /// This node's API server is dialled by these addresses from now on: they may not be known when the agent starts.
    public synchronized void own(List<HostPort> addresses) {
        own = List.copyOf(addresses);
    }

    /// The cluster's API servers are these from now on.
    public synchronized void discovered(List<HostPort> servers) {
        discovered = List.copyOf(servers);
    }

    /// All that would be asked, in the order of preference, whatever their state.
    public synchronized List<HostPort> known() {
        return List.copyOf(candidates(credentials.usable()));
    }

    /// Whether this API server failed the last time it was asked.
    public synchronized boolean failing(HostPort server) {
        ApiEndpoint endpoint = endpoints.get(server);
        return endpoint != null && endpoint.failing();
    }

    public Credentials credentials() {
        return credentials;
    }

    <T> T call(ApiRequest request, Operation<T> operation) throws ApiException, InterruptedException {
        List<Credential> usable = credentials.usable();
        if (usable.isEmpty()) {
            throw new ApiException.Unauthorised(
                    "no credential can be used: " + String.join("; ", credentials.problems()));
        }
        Duration timeout = warm ? timing.timeout(request) : ApiTiming.COLD;
        return new ApiCall<T>(request, plan(usable), endpoint -> attempt(endpoint, usable, operation), timeout, timing,
                ticker).run();
    }

    private synchronized List<ApiEndpoint> plan(List<Credential> usable) {
        Set<HostPort> candidates = candidates(usable);
        if (!usable.equals(inUse) || !candidates.equals(endpoints.keySet())) {
            endpoints.keySet().retainAll(candidates);
            clients.keep(candidates, usable);
            inUse = usable;
        }
        long now = ticker.nanos();
        List<ApiEndpoint> plan = new ArrayList<>();
        List<ApiEndpoint> suspects = new ArrayList<>();
        for (HostPort server : candidates) {
            ApiEndpoint endpoint = endpoints.computeIfAbsent(server, ApiEndpoint::new);
            (endpoint.suspect(now, timing) ? suspects : plan).add(endpoint);
        }
        plan.addAll(suspects);
        return plan;
    }

    private Set<HostPort> candidates(Collection<Credential> usable) {
        Set<HostPort> candidates = new LinkedHashSet<>(own);
        candidates.addAll(configured);
        candidates.addAll(discovered);
        for (Credential credential : usable) {
            candidates.add(credential.server());
        }
        return candidates;
    }

    /// Tries one credential after the other at one API server.
    private <T> ApiOutcome<T> attempt(ApiEndpoint endpoint, List<Credential> usable, Operation<T> operation) {
        List<Credential> refused = new ArrayList<>();
        ApiOutcome.Refusal refusal = ApiOutcome.Refusal.UNKNOWN;
        String words = "";
        String tlsFailure = "";
        for (Credential credential : usable) {
            try {
                T value = operation.with(clients.client(endpoint.address(), credential, warm), endpoint.address());
                answered(credential);
                return new ApiOutcome.Answered<>(value);
            } catch (KubernetesClientException e) {
                int code = e.getCode();
                if (code == 401 || code == 403) {
                    refused.add(credential);
                    ApiOutcome.Refusal one = refusal(e);
                    if (one.compareTo(refusal) >= 0) {
                        refusal = one;
                        words = ApiFailures.clause(e) + ApiFailures.remedy(e);
                    }
                } else if (ApiFailures.notStored(e)) {
                    answered(credential);
                    return new ApiOutcome.Declined<>(e, !ApiFailures.isUnaskedWebhook(e));
                } else if (code >= 400 && code < 500 && code != 408 && code != 429) {
                    answered(credential);
                    return new ApiOutcome.Declined<>(e, true);
                } else if (code == 0 && ApiFailures.isTls(e)) {
                    // Another kubeconfig may belong to another CA.
                    tlsFailure = ApiFailures.clause(e);
                } else {
                    // 429: the API server's own limit turned it away before it was looked at.
                    boolean sent = code != 429 && !ApiFailures.notSent(e);
                    return new ApiOutcome.Silent<>(ApiFailures.clause(e), sent);
                }
            } catch (RuntimeException e) {
                log.debug("{}: {}", endpoint.address(), e.toString(), e);
                return new ApiOutcome.Silent<>(ApiFailures.clause(e), true);
            }
        }
        return refused.isEmpty()
                ? new ApiOutcome.Silent<>(tlsFailure, false)
                : new ApiOutcome.Refused<>(refusal, refused, words);
    }

    private static ApiOutcome.Refusal refusal(KubernetesClientException answer) {
        if (answer.getCode() == 401) {
            return ApiOutcome.Refusal.UNKNOWN;
        }
        return ApiFailures.isMissingRight(answer) ? ApiOutcome.Refusal.RIGHTS : ApiOutcome.Refusal.ADMISSION;
    }

    private void answered(Credential credential) {
        warm = true;
        credentials.accepted(credential);
    }

    @Override
    public void close() {
        clients.close();
    }
}
