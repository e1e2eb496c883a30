package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeNameTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "cp1", "cp-1.example.org", "0", "1-a"})
    void whatKubernetesTakesAsANodeNameIsTaken(String name) {
        assertThat(new NodeName(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "CP1", "cp_1", "-cp", "cp-", "cp..1", ".cp", "cp.", "cp 1", "cp\n", "ｃp"})
    void anythingElseIsRefused(String name) {
        assertThatThrownBy(() -> new NodeName(name)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: a node name");
    }

    @Test
    void theLongestNameHas253Characters() {
        assertThat(new NodeName("a".repeat(253)).value()).hasSize(253);
        assertThatThrownBy(() -> new NodeName("a".repeat(254))).hasMessageContaining("at most 253");
    }

    @Test
    void namesSortAsText() {
        assertThat(List.of(new NodeName("cp2"), new NodeName("cp10")).stream().sorted().toList())
                .containsExactly(new NodeName("cp10"), new NodeName("cp2"));
    }
}
