package dev.hacp.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hacp.testbed.Golden;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void everyOptionIsInTheTableOnce() {
        long declared = Arrays.stream(Options.class.getDeclaredFields())
                .filter(field -> field.getType() == Option.class && Modifier.isStatic(field.getModifiers())).count();
        assertThat(Options.ALL).doesNotHaveDuplicates().hasSize((int) declared).extracting(Option::key)
                .doesNotHaveDuplicates();
    }

    @Test
    void flagVariableAndKeyAreSpelledAlike() {
        assertThat(Options.RENEW_DEADLINE.flag()).isEqualTo("--renew-deadline");
        assertThat(Options.RENEW_DEADLINE.variable()).isEqualTo("HACP_RENEW_DEADLINE");
        assertThat(Options.RENEW_DEADLINE.key()).isEqualTo("renew-deadline");
        assertThat(Options.ALL).allMatch(option -> option.key().matches("[a-z0-9]+(-[a-z0-9]+)*"));
    }

    @Test
    void everyDefaultCanBeRead() {
        for (Option<?> option : Options.ALL) {
            for (Option.Scope scope : option.scopes()) {
                if (!option.defaultIn(scope).texts().isEmpty()) {
                    assertThat((Object) option.parse(option.defaultIn(scope).texts())).as(option.key()).isNotNull();
                }
            }
        }
    }

    @Test
    void theDocumentationIsGeneratedFromTheTable() {
        Golden.assertFile(Path.of("../docs/configuration.md"), ConfigurationPage.render());
    }
}
