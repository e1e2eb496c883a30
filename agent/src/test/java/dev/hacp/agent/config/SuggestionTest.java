package dev.hacp.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {

    private static final List<String> KNOWN = List.of("renew-deadline", "retry-period", "vip", "port");

    @Test
    void aSlipOfTheFingersIsForgiven() {
        assertThat(Suggestion.nearest("vpi", KNOWN)).contains("vip");
        assertThat(Suggestion.nearest("renew-dedline", KNOWN)).contains("renew-deadline");
        assertThat(Suggestion.hint("prot", KNOWN)).isEqualTo(" (did you mean port?)");
    }

    @Test
    void anotherSpellingOfTheSameWordsIsRecognised() {
        assertThat(Suggestion.nearest("renewDeadline", KNOWN)).contains("renew-deadline");
        assertThat(Suggestion.nearest("RETRY_PERIOD", KNOWN)).contains("retry-period");
    }

    @Test
    void whatIsFarFromEverythingGetsNoSuggestion() {
        assertThat(Suggestion.nearest("colour", KNOWN)).isEmpty();
        assertThat(Suggestion.hint("colour", KNOWN)).isEmpty();
    }
}
