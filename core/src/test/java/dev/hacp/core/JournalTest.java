package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalTest {

    private final Journal journal = new Journal();

    @Test
    void anEntryKeepsItsKeysInTheOrderGiven() {
        journal.record(Journal.Kind.TOOK_OVER, "took over", "vip", "10.0.0.100", "interface", "eth0", "ms", 12);
        Journal.Entry entry = journal.entries().getFirst();
        assertThat(entry.kind()).isEqualTo(Journal.Kind.TOOK_OVER);
        assertThat(entry.message()).isEqualTo("took over");
        assertThat(entry.keys()).containsExactly(Map.entry("vip", "10.0.0.100"),
                Map.entry("interface", "eth0"), Map.entry("ms", "12"));
        assertThatThrownBy(() -> entry.keys().put("more", "x")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void onlyTheNewestEntriesAreKept() {
        for (int i = 0; i < Journal.CAPACITY + 10; i++) {
            journal.record(Journal.Kind.BACKENDS, "change " + i);
        }
        assertThat(journal.entries()).hasSize(Journal.CAPACITY);
        assertThat(journal.entries().getFirst().message()).isEqualTo("change 10");
        assertThat(journal.entries().getLast().message()).isEqualTo("change " + (Journal.CAPACITY + 9));
    }

    @Test
    void aFollowerHearsEveryLaterEntryUntilItLeaves() throws Exception {
        journal.record(Journal.Kind.LINK, "before");
        List<String> heard = new ArrayList<>();
        try (AutoCloseable _ = journal.follow(entry -> heard.add(entry.message()))) {
            journal.record(Journal.Kind.LINK, "while");
        }
        journal.record(Journal.Kind.LINK, "after");
        assertThat(heard).containsExactly("while");
    }

    @Test
    void whatAnOperatorShouldSeeBecomesAKubernetesEvent() {
        assertThat(Journal.Kind.TOOK_OVER.isKubernetesEvent()).isTrue();
        assertThat(Journal.Kind.CONFLICT.isKubernetesEvent()).isTrue();
        assertThat(Journal.Kind.WAITING.isKubernetesEvent()).isFalse();
    }
}
