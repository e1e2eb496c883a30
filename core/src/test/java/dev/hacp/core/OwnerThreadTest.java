package dev.hacp.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class OwnerThreadTest {

    @Test
    void theFirstThatTouchesItOwnsItAndNobodyElseDoes() throws InterruptedException {
        OwnerThread owner = new OwnerThread();
        assertThat(owner.isCurrent()).isTrue();
        AtomicBoolean other = new AtomicBoolean(true);
        Thread.ofVirtual().start(() -> other.set(owner.isCurrent())).join();
        assertThat(other).isFalse();
        assertThat(owner.isCurrent()).as("still").isTrue();
    }
}
