package dev.hacp.testbed;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The test builds network namespaces: it is skipped, with the reason, where this user may not or `ip` is missing.
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(RequiresRoot.Condition.class)
public @interface RequiresRoot {

    /// Programs beside `ip` that the test starts (`tcpdump`, `nft`, `haproxy`); it is skipped when one is missing.
    String[] programs() default {};

    /// Tries once per JVM whether a namespace can be made, instead of guessing from the user's name.
    final class Condition implements ExecutionCondition {

        private static final ConditionEvaluationResult NAMESPACES = probe();

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (NAMESPACES.isDisabled()) {
                return NAMESPACES;
            }
            for (String program : context.getElement().map(e -> e.getAnnotation(RequiresRoot.class))
                    .map(RequiresRoot::programs).orElse(new String[0])) {
                if (Shell.find(program).isEmpty()) {
                    return ConditionEvaluationResult.disabled("the program '" + program + "' is not on the PATH");
                }
            }
            return NAMESPACES;
        }

        private static ConditionEvaluationResult probe() {
            if (Shell.find("ip").isEmpty()) {
                return ConditionEvaluationResult.disabled("the program 'ip' is not on the PATH (Debian: iproute2)");
            }
            String name = "hacp-" + ProcessHandle.current().pid() + "-probe";
            Shell.Result made = Shell.attempt("ip", "netns", "add", name);
            if (made.exitCode() != 0) {
                return ConditionEvaluationResult
                        .disabled("needs root to make network namespaces: " + made.output().strip());
            }
            Shell.attempt("ip", "netns", "delete", name);
            return ConditionEvaluationResult.enabled("network namespaces can be made");
        }
    }
}
