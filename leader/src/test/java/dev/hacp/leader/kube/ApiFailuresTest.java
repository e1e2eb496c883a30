package dev.hacp.leader.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiFailuresTest {

    private static KubernetesClientException answer(int code, String message) {
        return new KubernetesClientException(message, code,
                new StatusBuilder().withCode(code).withMessage(message).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "leases.coordination.k8s.io \"hacp\" is forbidden: User \"x\" cannot update resource \"leases\" in API group"
                    + " \"coordination.k8s.io\" in the namespace \"kube-system\"",
            "forbidden: User \"system:anonymous\" cannot get path \"/version\""})
    void theAuthorizersOwnRefusalIsAMissingRight(String message) {
        assertThat(ApiFailures.isMissingRight(answer(403, message))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "leases.coordination.k8s.io \"hacp\" is forbidden: exceeded quota: q, requested: count/leases=1",
            "leases.coordination.k8s.io \"hacp\" is forbidden: unable to create new content in namespace x because it is"
                    + " being terminated",
            "leases.coordination.k8s.io \"hacp\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied"
                    + " request: every object needs the label team",
            "admission webhook \"w\" denied the request: the user cannot do this", ""})
    void everyOtherRefusalIsNot(String message) {
        assertThat(ApiFailures.isMissingRight(answer(403, message))).isFalse();
    }

    @Test
    void theApiServersWordsAreOneLineOfBoundedLength() {
        String clause = ApiFailures.clause(answer(403, "\nno:\r\n\t- a\u001b[31m\n- b " + "x".repeat(5000)));
        assertThat(clause).startsWith("answered 403 (no: - a [31m - b xxx").endsWith("…)").hasSizeLessThan(330);
        assertThat(clause.lines()).hasSize(1);
    }
}
