package dev.hacp.agent.composition;

import dev.hacp.core.Journal;
import dev.hacp.core.Ticker;
import dev.hacp.leader.kube.AccessReview;
import dev.hacp.leader.kube.ApiException;
import dev.hacp.leader.kube.ApiServers;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// What must be there before this node can take part: a credential, an API server that takes it, and the rights. None of
/// it is there when the first `kubeadm init` starts this agent, so it is waited for, with a line in the log each time the
/// reason changes.
final class ApiGate {

    private static final Duration AGAIN = Duration.ofMillis(500);
    /// The same kind of reason in other words (one API server refuses, then does not answer) is logged once in a while.
    private static final Duration QUIET = Duration.ofSeconds(60);

    private enum Kind {
        NONE,
        CREDENTIALS,
        API,
        RIGHTS
    }

    private record Missing(Kind kind, String reason) {
        static final Missing NOTHING = new Missing(Kind.NONE, "");
    }

    private final ApiServers servers;
    private final List<AccessReview.Right> needed;
    private final Journal journal;
    private final Ticker ticker;
    private volatile Missing missing = Missing.NOTHING;
    private String logged = "";
    private long loggedNanos;

    /// @param discovers whether backends are discovered through the API
    ApiGate(ApiServers servers, String leaseNamespace, boolean discovers, Journal journal, Ticker ticker) {
        this.servers = servers;
        // Without Events the agent still does all its work.
        this.needed = AccessReview.needed(leaseNamespace, discovers).stream()
                .filter(right -> !right.resource().equals("events")).toList();
        this.journal = journal;
        this.ticker = ticker;
    }

    /// Why this node is not through; empty when it is.
    String reason() {
        return missing.reason();
    }

    /// Returns when everything is there.
    void await() throws InterruptedException {
        while (true) {
            Missing now = look();
            say(now);
            if (now.kind() == Kind.NONE) {
                return;
            }
            Thread.sleep(AGAIN);
        }
    }

    private Missing look() throws InterruptedException {
        if (servers.credentials().usable().isEmpty()) {
            return new Missing(Kind.CREDENTIALS, servers.credentials().problems().stream()
                    .collect(Collectors.joining("; ", "no credential for the Kubernetes API: ", "")));
        }
        try {
            return AccessReview.sentence(AccessReview.missing(servers, needed))
                    .map(sentence -> new Missing(Kind.RIGHTS, sentence)).orElse(Missing.NOTHING);
        } catch (ApiException.Forbidden | ApiException.Rejected e) {
            // Nobody may ask what is allowed here: the election finds out.
            return Missing.NOTHING;
        } catch (ApiException e) {
            return new Missing(Kind.API, e.sentence());
        }
    }

    private void say(Missing now) {
        Missing before = missing;
        missing = now;
        boolean changed = now.kind() != before.kind();
        boolean otherWords = !now.reason().equals(logged) && ticker.nanos() - loggedNanos > QUIET.toNanos();
        if (now.kind() != Kind.NONE && (changed || otherWords)) {
            logged = now.reason();
            loggedNanos = ticker.nanos();
            journal.record(Journal.Kind.WAITING, "waiting for the Kubernetes API", "reason", now.reason());
        }
    }
}
