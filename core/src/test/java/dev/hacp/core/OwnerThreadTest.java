package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OwnerThreadTest {

    @Test
    void theFirstThatTouchesItOwnsItAndNobodyElseDoes() {
        OwnerThread owner = new OwnerThread();
        assertThat(owner.isCurrent()).isTrue();
        assertThat(CompletableFuture.supplyAsync(owner::isCurrent, Thread.ofVirtual()::start).join()).isFalse();
        assertThat(owner.isCurrent()).as("still").isTrue();
    }
}
