package dev.hacp.leader.kube;

import dev.hacp.core.Durations;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One request, put to one API server after the other until one answers: the next is asked at once after a failure, and
/// as well after [ApiTiming#hedge] of silence, so that a black hole costs little and never more than one timeout.
///
/// A write is put to the next only when the one before surely did not carry it out, and never to two at a time.
final class ApiCall<T> {

    interface Attempt<T> {
        ApiOutcome<T> on(ApiEndpoint endpoint);
    }

    /// An answer that holds something open and arrived when nobody was waiting.
    interface AbandonedAnswer {
        void abandon();
    }

    private record Running(ApiEndpoint endpoint, Thread thread, long sinceNanos) {}

    private record Finished<T>(ApiEndpoint endpoint, ApiOutcome<T> outcome) {}

    private final ApiRequest request;
    private final Deque<ApiEndpoint> waiting;
    private final Attempt<T> attempt;
    private final Duration timeout;
    private final ApiTiming timing;
    private final Ticker ticker;
    private final BlockingQueue<Finished<T>> finished = new LinkedBlockingQueue<>();
    private final List<Running> running = new ArrayList<>();
    private final List<String> silences = new ArrayList<>();
    private ApiOutcome.@Nullable Refused<T> refused;
    private ApiOutcome.@Nullable Declined<T> declined;
    private volatile boolean over;

    ApiCall(ApiRequest request, List<ApiEndpoint> plan, Attempt<T> attempt, Duration timeout, ApiTiming timing,
            Ticker ticker) {
        this.request = request;
        this.waiting = new ArrayDeque<>(plan);
        this.attempt = attempt;
        this.timeout = timeout;
        this.timing = timing;
        this.ticker = ticker;
    }

    T run() throws ApiException, InterruptedException {
        try {
            startNext();
            while (!running.isEmpty()) {
                Finished<T> one = finished.poll(nanosToWait(), TimeUnit.NANOSECONDS);
                if (one == null) {
                    giveUpOverdue();
                    startNext();
                } else if (running.removeIf(r -> r.endpoint() == one.endpoint())) {
                    switch (one.outcome()) {
                        case ApiOutcome.Answered<T>(T value) -> {
                            return value;
                        }
                        case ApiOutcome.Declined<T> no -> {
                            if (no.everywhere()) {
                                throw declined(no.cause());
                            }
                            declined = no;
                            startNext();
                        }
                        case ApiOutcome.Refused<T> no -> {
                            boolean telling = refused == null || no.refusal().compareTo(refused.refusal()) >= 0;
                            refused = telling ? no : refused;
                            startNext();
                        }
                        case ApiOutcome.Silent<T>(String reason, boolean sent) -> {
                            silent(one.endpoint(), reason, sent);
                            startNext();
                        }
                    }
                }
            }
            throw failure();
        } finally {
            abandonRest();
        }
    }

    private void silent(ApiEndpoint endpoint, String reason, boolean sent) throws ApiException.Unknown {
        silences.add(endpoint.address() + " " + reason);
        endpoint.failed(ticker.nanos(), timing);
        if (sent && request.write()) {
            throw new ApiException.Unknown("it is not known whether '" + request + "' was carried out: "
                    + endpoint.address() + " " + reason);
        }
    }

    private void startNext() {
        ApiEndpoint next = waiting.poll();
        if (next != null) {
            Thread thread = Thread.ofVirtual().name("hacp-api-" + next.address()).unstarted(() -> attempt(next));
            running.add(new Running(next, thread, ticker.nanos()));
            thread.start();
        }
    }

    private void attempt(ApiEndpoint endpoint) {
        endpoint.asked(ticker.nanos());
        ApiOutcome<T> outcome = attempt.on(endpoint);
        endpoint.left();
        if (!(outcome instanceof ApiOutcome.Silent<T>)) {
            endpoint.answered();
        }
        finished.add(new Finished<>(endpoint, outcome));
        if (over) {
            closeLateAnswers();
        }
    }

    /// One that was outrun is asked later than the others for a while.
    private void abandonRest() {
        over = true;
        long now = ticker.nanos();
        for (Running one : running) {
            one.thread().interrupt();
            if (now - one.sinceNanos() >= timing.hedge().toNanos()) {
                one.endpoint().failed(now, timing);
            }
        }
        closeLateAnswers();
    }

    private void closeLateAnswers() {
        for (Finished<T> late = finished.poll(); late != null; late = finished.poll()) {
            if (late.outcome() instanceof ApiOutcome.Answered<T>(T value) && value instanceof AbandonedAnswer open) {
                open.abandon();
            }
        }
    }

    private long nanosToWait() {
        long now = ticker.nanos();
        long wait = waiting.isEmpty() || request.write() ? Long.MAX_VALUE : timing.hedge().toNanos();
        for (Running one : running) {
            wait = Math.min(wait, one.sinceNanos() + timeout.toNanos() - now);
        }
        return Math.max(0, wait);
    }

    private void giveUpOverdue() throws ApiException.Unknown {
        long now = ticker.nanos();
        for (Running one : List.copyOf(running)) {
            if (now - one.sinceNanos() >= timeout.toNanos()) {
                running.remove(one);
                one.thread().interrupt();
                silent(one.endpoint(), "gave no answer within " + Durations.format(timeout), true);
            }
        }
    }

    private ApiException declined(KubernetesClientException cause) {
        String sentence = "cannot " + request + ": the API server " + ApiFailures.clause(cause)
                + ApiFailures.remedy(cause);
        return cause.getCode() == 409
                ? new ApiException.Conflict(sentence)
                : new ApiException.Rejected(sentence, cause.getCode());
    }

    private ApiException failure() {
        if (declined != null) {
            return declined(declined.cause());
        }
        if (refused != null) {
            List<String> sources = refused.credentials().stream().map(Credential::source).toList();
            String who = (sources.size() == 1 ? "the credential " : "the credentials ") + String.join(", ", sources);
            return switch (refused.refusal()) {
                case UNKNOWN -> new ApiException.Unauthorised(
                        "no API server accepts " + who + " (" + refused.message() + ")");
                case RIGHTS -> new ApiException.Forbidden(
                        who + " may not " + request + ": grant it, see 'hacp manifest rbac'");
                case ADMISSION -> new ApiException.Rejected(
                        "cannot " + request + ": the API server " + refused.message(), 403);
            };
        }
        return new ApiException.Unreachable(
                silences.isEmpty()
                        ? "no API server is known"
                        : "no API server answers: " + String.join("; ", silences));
    }
}
