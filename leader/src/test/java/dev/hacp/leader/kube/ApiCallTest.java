package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.HostPort;
import dev.hacp.core.Ticker;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ApiCallTest {

    private static final ApiTiming TIMING = new ApiTiming(Duration.ofSeconds(1), Duration.ofMillis(400),
            Duration.ofMillis(400), Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(15));
    private static final ApiRequest READ = ApiRequest.read("get", "leases", "a/b");
    private static final ApiRequest WRITE = ApiRequest.write("update", "leases", "a/b");

    private final ApiEndpoint first = new ApiEndpoint(new HostPort("10.0.0.1", 6443));
    private final ApiEndpoint second = new ApiEndpoint(new HostPort("10.0.0.2", 6443));
    private final List<ApiEndpoint> asked = new CopyOnWriteArrayList<>();

    private String run(ApiRequest request, ApiCall.Attempt<String> attempt) throws Exception {
        return new ApiCall<String>(request, List.of(first, second), endpoint -> {
            asked.add(endpoint);
            return attempt.on(endpoint);
        }, Duration.ofMillis(400), TIMING, Ticker.system()).run();
    }

    private static ApiOutcome<String> never() {
        try {
            if (new CountDownLatch(1).await(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new ApiOutcome.Silent<>("was given up", true);
    }

    @Test
    void aReadThatIsNotAnsweredIsPutToTheNextServerAfterTheHedge() throws Exception {
        String answer = run(READ, e -> e == first ? never() : new ApiOutcome.Answered<>("yes"));
        assertThat(answer).isEqualTo("yes");
        assertThat(asked).containsExactly(first, second);
        assertThat(first.suspect(System.nanoTime(), TIMING)).isTrue();
        assertThat(second.failing()).isFalse();
    }

    @Test
    void aWriteThatSurelyDidNotArriveIsPutToTheNextServer() throws Exception {
        assertThat(run(WRITE, e -> e == first
                ? new ApiOutcome.Silent<>("refused the connection", false)
                : new ApiOutcome.Answered<>("done"))).isEqualTo("done");
    }

    @Test
    void aWriteThatMayHaveArrivedIsNeverRepeated() {
        assertThatThrownBy(() -> run(WRITE, e -> new ApiOutcome.Silent<>("answered 500", true)))
                .isInstanceOf(ApiException.Unknown.class)
                .hasMessage("it is not known whether 'update leases a/b' was carried out: 10.0.0.1:6443 answered 500");
        assertThatThrownBy(() -> run(WRITE, e -> never())).isInstanceOf(ApiException.Unknown.class)
                .hasMessageContaining("gave no answer within 400ms");
        assertThat(asked).containsExactly(first, first);
    }

    @Test
    void whenNobodyAnswersEachServerIsNamedWithItsReason() {
        assertThatThrownBy(
                () -> run(READ, e -> e == first ? never() : new ApiOutcome.Silent<>("refused the connection", false)))
                .isInstanceOf(ApiException.Unreachable.class).hasMessageContaining("no API server answers: ")
                .hasMessageContaining("10.0.0.1:6443 gave no answer within 400ms")
                .hasMessageContaining("10.0.0.2:6443 refused the connection");
    }

    @Test
    void aConflictIsBelievedAtOnce() {
        assertThatThrownBy(() -> run(WRITE,
                e -> new ApiOutcome.Declined<>(new KubernetesClientException("changed", 409, null), true)))
                .isInstanceOf(ApiException.Conflict.class);
        assertThat(asked).containsExactly(first);
    }

    @Test
    void aWriteThatAWebhookKeptFromOneApiServerIsPutToTheNext() throws Exception {
        ApiOutcome<String> barred = new ApiOutcome.Declined<>(answer(500, "failed calling webhook \"x\""), false);
        assertThat(run(WRITE, e -> e == first ? barred : new ApiOutcome.Answered<>("done"))).isEqualTo("done");
        assertThat(first.failing()).as("it answers: what is read there stays").isFalse();
        assertThatThrownBy(() -> run(WRITE, e -> barred)).isInstanceOf(ApiException.Rejected.class)
                .hasMessage("cannot update leases a/b: the API server answered 500 (failed calling webhook \"x\")");
    }

    @Test
    void whatAdmissionSaidIsToldRatherThanAMissingRightAtAnApiServerThatHasJustStarted() {
        ApiOutcome<String> admission = new ApiOutcome.Refused<>(ApiOutcome.Refusal.ADMISSION, List.of(),
                "answered 403 (exceeded quota)");
        ApiOutcome<String> rights = new ApiOutcome.Refused<>(ApiOutcome.Refusal.RIGHTS, List.of(), "answered 403");
        assertThatThrownBy(() -> run(WRITE, e -> e == first ? admission : rights))
                .isInstanceOf(ApiException.Rejected.class)
                .hasMessage("cannot update leases a/b: the API server answered 403 (exceeded quota)");
        assertThatThrownBy(() -> run(WRITE, e -> rights)).isInstanceOf(ApiException.Forbidden.class)
                .hasMessageEndingWith("may not update leases a/b: grant it, see 'hacp manifest rbac'");
    }

    private static KubernetesClientException answer(int code, String message) {
        return new KubernetesClientException(message, code,
                new StatusBuilder().withCode(code).withMessage(message).build());
    }

    @Test
    void anApiServerThatFailedIsSuspectForAPauseThatDoubles() {
        long now = 0;
        first.failed(now, TIMING);
        assertThat(first.suspect(now + 499_000_000L, TIMING)).isTrue();
        assertThat(first.suspect(now + 500_000_000L, TIMING)).isFalse();
        first.failed(now, TIMING);
        assertThat(first.suspect(now + 999_000_000L, TIMING)).isTrue();
        for (int i = 0; i < 40; i++) {
            first.failed(now, TIMING);
        }
        assertThat(first.suspect(now + 15_000_000_000L, TIMING)).isFalse();
        first.answered();
        assertThat(first.suspect(now, TIMING)).isFalse();
    }
}
